"""Which language a text is in, by fastText's small model of 176 languages.

The model is a file of a megabyte in the folder beside this module, with its own licence, loaded
in a few hundredths of a second. The packages that carry it bring a whole client of the web, to
download a larger one.
"""

from __future__ import annotations

import re
from functools import lru_cache
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
# What is looked at first: so many parts from all over a text, so long. The model's time goes with
# the letters, and a text's language would cost as much as all else that is done for it.
GLANCES, GLANCE = 4, 60
# Where it is not as sure of these parts, it is asked again about longer ones.
CLEAR = 0.9
LONGER = 150

MODEL = Path(__file__).with_name("language_model") / "lid.176.ftz"
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
    return fasttext.load_model(str(MODEL))


def preload() -> None:
    """Load the model, before a cell forbids opening files."""
    _model()


def detect(text: str) -> Language | None:
    """Return the language that most of a text is in; None when it is short or unclear."""
    text = text[: 4 * SAMPLE]
    if len(text) < GLANCES * LONGER or "@" in text or "://" in text:  # half an address is a word
        return _judged(words(text)[:SAMPLE], SURE)
    return _judged(_parts(text, GLANCE), CLEAR) or _judged(_parts(text, LONGER), SURE)


def _parts(text: str, length: int) -> str:
    """Return the words of parts from all over a text."""
    apart = len(text) // GLANCES
    parts = (text[start : start + length] for start in range(0, apart * GLANCES, apart))
    return words(" ".join(parts))


def _judged(sample: str, sure: float) -> Language | None:
    """Return the language of a sample of words, where the model is as sure of it."""
    if len(sample) < FEWEST and len(_DENSE.findall(sample)) < FEWEST_DENSE:
        return None
    # Capitals alone are taken for Japanese.
    labels, confidences = _model().predict(sample.lower() if sample.isupper() else sample, k=1)
    if not labels or confidences[0] < sure:
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
