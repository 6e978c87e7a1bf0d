"""What passes between an archive's cell and its keeper: an order, and frames.

A frame is a line of JSON: `{"index", "name", "copy", "size"}` and, after it, so many bytes;
`{"index", "name", "copy", "code", "detail"}` for an entry that cannot be had; `{"code", "detail"}`
where the rest cannot; `{"end": true}` at the end. Between them stand reports of progress.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import storable
from documents.ingest.limits import Limits
from documents.ingest.wire import WORDS, is_word

# A line has a name and a detail, each of whose characters may take six as JSON escapes.
LONGEST = 2 * 6 * WORDS + 1_000
END = b'{"end": true}\n'


class ArchiveOrder(NamedTuple):
    """What the cell is told: the limits, and which entry is the first to give."""

    limits: Limits
    start: int

    def encode(self) -> str:
        """Return the order as one word of a command line."""
        return json.dumps({"limits": asdict(self.limits), "start": self.start})

    @classmethod
    def decode(cls, word: str) -> ArchiveOrder:
        """Read an order back."""
        values = json.loads(word)
        return cls(Limits(**values["limits"]), values["start"])


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before an entry's bytes; without an index the archive itself ends with it.

    `copy` says which of the entries it is that share a display name.
    """

    index: int | None
    name: str
    copy: int
    size: int
    error: ExtractionError | None


def encode_head(index: int, name: str, size: int, copy: int = 1) -> bytes:
    """Return the line before an entry's bytes."""
    return _line({"index": index, "name": _word(name), "copy": copy, "size": size})


def encode_refusal(index: int, name: str, error: ExtractionError, copy: int = 1) -> bytes:
    """Return the line of an entry that cannot be had."""
    return _line({"index": index, "name": _word(name), "copy": copy, **_told(error)})


def encode_failure(error: ExtractionError) -> bytes:
    """Return the line of an archive of which the rest cannot be had."""
    return _line(_told(error))


def decode_head(line: bytes, limits: Limits, reached: int) -> Head:
    """Read a line, whose index is `reached` or more; raises `parser_crashed` for nonsense."""
    try:
        values = json.loads(line)
        _require(line.endswith(b"\n") and bool({"index", "code", "end"} & values.keys()))
        return Head(
            _number(values["index"], reached, limits.archive_entries - 1)
            if "index" in values
            else None,
            _checked(values.get("name", "")),
            _number(values.get("copy", 1), 1, limits.archive_entries),
            _number(values.get("size", 0), 0, limits.file_bytes),
            _error(values) if "code" in values else None,
        )
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ExtractionError(ErrorCode.PARSER_CRASHED) from error


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values).encode() + b"\n"


def _word(text: str) -> str:
    return storable(text[:WORDS])[0]


def _told(error: ExtractionError) -> dict[str, str]:
    return {"code": error.code, "detail": _word(error.detail)}


def _error(values: dict[str, Any]) -> ExtractionError:
    return ExtractionError(ErrorCode(values["code"]), _checked(values["detail"]))


def _checked(value: Any) -> str:
    _require(is_word(value))
    return str(value)


def _number(value: Any, least: int, most: int) -> int:
    _require(isinstance(value, int) and least <= value <= most)
    return int(value)


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError
