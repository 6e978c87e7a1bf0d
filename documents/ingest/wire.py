"""What passes between a cell and its keeper: an order, and an answer.

The order is JSON. The answer is a line of JSON and, after it, the text in UTF-8: so the part
that is parsed has a bound far below the text's. Before it there may be reports of progress and
pictures; see `process` and `ocr`. An answer comes from a process that a
stranger's bytes may have taken over, and is believed only as far as it is well formed.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields
from typing import Any, NamedTuple

from documents.ingest.context import Boilerplate
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction, storable
from documents.ingest.layout import is_sound
from documents.ingest.limits import Limits
from documents.ingest.media_type import MEDIA_TYPES

# Titles, notes and details are a few hundred characters long.
WORDS = 2_000
# Bytes of JSON for a block or a page, for a sentence, and for all the rest.
ENTRY = 100
SENTENCE = 30
REST = 100_000

_LARGEST = 2**63
_TAG = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Order(NamedTuple):
    """What a cell is told: limits, whether the file's name says Markdown, and the options.

    `replies` is the descriptor on which the keeper answers what `recogniser` found in pictures;
    None where text in pictures is not recognised.
    """

    limits: Limits
    markdown_name: bool
    boilerplate: Boilerplate = Boilerplate.KEEP
    recogniser: str = ""
    replies: int | None = None

    def encode(self) -> str:
        """Return the order as one word of a command line."""
        return json.dumps({**self._asdict(), "limits": asdict(self.limits)})

    @classmethod
    def decode(cls, word: str) -> Order:
        """Read an order back."""
        values = json.loads(word)
        limits, boilerplate = Limits(**values.pop("limits")), Boilerplate(values.pop("boilerplate"))
        return cls(limits=limits, boilerplate=boilerplate, **values)


def encode_extraction(extraction: Extraction) -> bytes:
    """Return an extraction as an answer."""
    # Not with asdict(), which would copy a hundred thousand blocks.
    values = {field.name: getattr(extraction, field.name) for field in fields(extraction)}
    text: str = values.pop("text")
    return b"%b\n%b" % (json.dumps(values).encode(), text.encode())


def encode_error(error: ExtractionError) -> bytes:
    """Return a failure as an answer."""
    detail = storable(error.detail[:WORDS])[0]
    return json.dumps({"code": error.code, "detail": detail}).encode()


def decode_answer(answer: bytes, limits: Limits) -> Extraction:
    """Return the extraction that an answer holds, or raise the ExtractionError.

    Raises `parser_crashed` for what no sound cell answers.
    """
    line, _, text = answer.partition(b"\n")
    try:
        _require(len(line) <= _longest(limits))
        values = json.loads(line)
        outcome = _error(values) if "code" in values else _extraction(values, text, limits)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ExtractionError(ErrorCode.PARSER_CRASHED) from error
    if isinstance(outcome, ExtractionError):
        raise outcome
    return outcome


def _longest(limits: Limits) -> int:
    """Return how many bytes of JSON a layout and the rest can take."""
    entries = limits.blocks + limits.pages
    return ENTRY * entries + SENTENCE * limits.sentences + limits.geometry_bytes + REST


def _error(values: dict[str, Any]) -> ExtractionError:
    _require(is_word(values["detail"]))
    return ExtractionError(ErrorCode(values["code"]), values["detail"])


def _extraction(values: dict[str, Any], text: bytes, limits: Limits) -> Extraction:
    extraction = Extraction(text=text.decode(), **values)
    metadata = extraction.metadata
    _require(len(extraction.text) <= limits.characters and not storable(extraction.text)[1])
    _require(extraction.media_type in MEDIA_TYPES)
    _require(is_word(extraction.extractor) and is_word(extraction.extractor_version))
    _require(is_sound(values["layout"], len(extraction.text)))
    _require(all(is_word(note) for note in extraction.notes))
    _require(all(is_word(key) and _is_fact(fact) for key, fact in metadata.items()))
    _require(_is_language(extraction.language, extraction.language_confidence))
    return extraction


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError


def is_word(value: object) -> bool:
    """Tell a text for people: of bounded length, and storable."""
    return isinstance(value, str) and len(value) <= WORDS and not storable(value)[1]


def _is_fact(value: object) -> bool:
    return is_word(value) or (isinstance(value, int) and abs(value) < _LARGEST)


def _is_language(tag: object, confidence: object) -> bool:
    if tag is None or confidence is None:
        return tag is confidence
    told = isinstance(tag, str) and _TAG.fullmatch(tag) is not None
    return told and isinstance(confidence, float) and 0 <= confidence <= 1
