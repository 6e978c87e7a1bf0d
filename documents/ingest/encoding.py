"""Bytes to characters: which encoding a text is in, and what it says in it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from operator import attrgetter, itemgetter
from typing import NamedTuple

from documents.ingest.charsets import (
    BYTE_ORDER_MARKS,
    NAMES,
    WIDE,
    WIDE_UNITS,
    declared_codec,
)
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import REPLACEMENT
from documents.ingest.languages import LANGUAGES
from documents.ingest.plausibility import bits, bits_of_bytes

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_HIGH = bytes(range(0x80, 0x100))
_LINE = re.compile(rb"[^\n]+\n?")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_SAMPLE = 16_384
# What a byte that is no ASCII takes at most, in bits, where somebody wrote it; one may be odd.
_STRANGE, _ODDITY = 9, 16
# Letters follow from each other, so that they prove less than their bits say.
_TEMPER = 2.0
_SURE = 0.98


class Reading(NamedTuple):
    """What bytes say in one encoding, and in how many bits it can be said: few are likely."""

    bits: float
    codec: str
    text: str


_BITS = attrgetter("bits")


class Decoded(NamedTuple):
    """Characters, the codec that gave them, and notes on what had to be done."""

    text: str
    codec: str
    notes: list[str]

    @property
    def encoding(self) -> str:
        """Name the encoding as the web does."""
        return NAMES[self.codec]


def decode(content: bytes, declared: str | None = None) -> Decoded:
    """Turn bytes into text, `declared` being the codec that the content itself asks for.

    Raises `unsupported_media_type` for what is not text, and `undecodable_text`.
    """
    decoded = (
        _with_mark(content)
        or _strictly(content, declared)
        or _as_iso2022(content)
        or _without_mark(content)
        or _as_utf8(content)
        or _guessed(content)
    )
    if decoded.codec != "utf_8":
        decoded.notes.insert(0, f"encoding: {decoded.encoding}")
    return decoded


def preload(content: bytes) -> None:
    """Import all that decoding these bytes may need, before a cell forbids opening files."""
    declared_codec(content)
    if b"\0" in content or b"\x1b" in content or _strictly(content, "utf_8") is None:
        preload_all()


def preload_all() -> None:
    """Import all that decoding may need, for what holds texts that cannot be seen yet."""
    for codec in NAMES:
        codecs.lookup(codec)


def _strictly(content: bytes, codec: str | None) -> Decoded | None:
    if codec is None:
        return None
    try:
        return Decoded(content.decode(codec), codec, [])
    except UnicodeDecodeError:
        return None


def _with_mark(content: bytes) -> Decoded | None:
    for mark, codec in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _marked(content[len(mark) :], codec)
    return None


def _marked(content: bytes, codec: str) -> Decoded:
    notes = ["byte order mark left out"]
    try:
        return Decoded(content.decode(codec, "surrogatepass"), codec, notes)
    except UnicodeDecodeError:
        text = content.decode(codec, "replace")
    broken = text.count(REPLACEMENT)
    if broken * 20 > len(text):
        detail = f"The byte order mark says {NAMES[codec]}, the bytes do not agree."
        raise ExtractionError(ErrorCode.UNDECODABLE_TEXT, detail)
    return Decoded(text, codec, [*notes, _damage(broken)])


def _as_iso2022(content: bytes) -> Decoded | None:
    return _strictly(content, "iso2022_jp") if b"\x1b$" in content else None


def _without_mark(content: bytes) -> Decoded | None:
    """Read as UTF-16 or UTF-32 what is likelier to be that than bytes with zeros among them."""
    if b"\0" not in content:
        return None
    readings = (reading for reading in map(partial(_wide, content), WIDE) if reading)
    best = min(readings, key=_BITS, default=None)
    if best is None or best.bits > bits_of_bytes(content[:_SAMPLE]):
        return None
    return Decoded(content.decode(best.codec), best.codec, [])


def _wide(content: bytes, codec: str) -> Reading | None:
    """Judge a reading whose zeros are where the codec has them: hardly in the lowest byte."""
    decoded = _strictly(content, codec)
    if decoded is None:
        return None
    width, lowest = WIDE_UNITS[codec]
    # Some letters of every script end in a zero, but few: U+3000, U+4E00.
    if content[lowest::width].count(0) * 20 * width > len(content):
        return None
    sample = decoded.text[: _SAMPLE // width]
    return Reading(min(bits(sample, language) for language in LANGUAGES), codec, sample)


def _as_utf8(content: bytes) -> Decoded | None:
    decoded = _strictly(content, "utf_8")
    if _is_binary(content, 10 if decoded else 50):
        detail = "The content is binary, of no kind that is read."
        raise ExtractionError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, detail)
    return decoded or _as_surrogates(content) or _as_damaged_utf8(content)


def _is_binary(content: bytes, rate: int) -> bool:
    """Tell by controls, more than one among `rate` bytes; single zeros may part short words."""
    controls, zeros = _count(content, _CONTROLS), content.count(0)
    if controls == zeros and b"\0\0" not in content:
        return zeros * 3 > len(content)
    return controls * rate > len(content)


def _as_surrogates(content: bytes) -> Decoded | None:
    """Read the UTF-8 of programs that encode each half of a pair, and join the halves."""
    try:
        units = content.decode("utf_8", "surrogatepass").encode("utf_16_le", "surrogatepass")
    except UnicodeDecodeError:
        return None
    text = units.decode("utf_16_le", "surrogatepass")
    return Decoded(text, "utf_8", ["surrogates in UTF-8 joined to characters"])


def _as_damaged_utf8(content: bytes) -> Decoded | None:
    """Accept UTF-8 with few wrong bytes: another encoding would give none but wrong letters."""
    text = content.decode("utf_8", "replace")
    broken = text.count(REPLACEMENT) - content.count(REPLACEMENT.encode())
    ascii_only = len(content.translate(None, _HIGH))
    sound = len(text) - ascii_only - broken
    return Decoded(text, "utf_8", [_damage(broken)]) if sound >= 20 * broken else None


def _guessed(content: bytes) -> Decoded:
    """Take the encoding in which somebody is likeliest to have written the content."""
    sample = _sample(content)
    readings = sorted(_readings(sample), key=_BITS)
    # Not all at once: a text may be long. Two are always there: KOI8-R and IBM866 have all bytes.
    possible = filter(lambda reading: _strictly(content, reading.codec), readings)
    best = next(possible)
    if best.bits > bits_of_bytes(sample, _STRANGE) + _ODDITY:
        raise ExtractionError(ErrorCode.UNDECODABLE_TEXT)
    rival = next(other for other in possible if other.text != best.text)
    return Decoded(content.decode(best.codec), best.codec, _doubts(best, rival))


def _readings(sample: bytes) -> Iterator[Reading]:
    """Yield what the sample says in each language and encoding that it can be in."""
    for language in LANGUAGES:
        for unusual, codec in enumerate(language.codecs):
            # An incremental decoder forgives that the sample ends within a character.
            with suppress(UnicodeDecodeError):
                text = codecs.getincrementaldecoder(codec)().decode(sample)
                rarity = language.rarity + 2 * unusual
                yield Reading(bits(text, language) + rarity, codec, text)


def _sample(content: bytes) -> bytes:
    """Return the lines that are not all ASCII, from shortly before they leave it."""
    size, pieces = 0, []
    for line in filter(
        lambda line: not line.isascii(), map(itemgetter(0), _LINE.finditer(content))
    ):
        start = max(0, next(_HIGH_BYTE.finditer(line)).start() - 40)
        pieces.append(line[start : start + _SAMPLE - size])
        size += len(pieces[-1])
        if size >= _SAMPLE:
            break
    return b"".join(pieces)


def _doubts(best: Reading, rival: Reading) -> list[str]:
    """Say how sure the choice is, where it is less than sure."""
    sure = 1 / (1 + 2 ** ((best.bits - rival.bits) / _TEMPER))
    if sure > _SURE:
        return []
    return [f"encoding guessed, {sure:.0%} sure: {NAMES[rival.codec]} is possible too"]


def _count(content: bytes, among: bytes) -> int:
    return len(content) - len(content.translate(None, among))


def _damage(broken: int) -> str:
    return f"{broken} byte sequences of no character replaced by U+FFFD"
