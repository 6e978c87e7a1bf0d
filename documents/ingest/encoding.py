"""Bytes to characters: which encoding a text is in, and what it says in it."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from documents.ingest.charsets import (
    ALPHABETS,
    BYTE_ORDER_MARKS,
    GUESSED,
    NAMES,
    PUNCTUATION,
    WESTERN,
    WIDE,
    declared_codec,
)
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import REPLACEMENT

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatches

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_BYTES = bytes(range(256))
_PLAIN = _BYTES[:0x80].decode()
_HIGH = bytes(range(0x80, 0x100))
_UNLIKELY = frozenset({"Cc", "Cn", "Co", "Cs"})
_SAMPLE = 20_000
_ASCII = re.compile("[\0-\x7f]+")
_KANA = re.compile("[\u3041-\u30ff]")


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
        _guesser()
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
    """Try UTF-16 and UTF-32 on what holds too many zero bytes for anything else."""
    if b"\0" not in content or _count(content, _CONTROLS) * 50 < len(content):
        return None
    best = _guesser()(content, cp_isolation=list(WIDE)).best()
    decoded = _strictly(content, best.encoding) if best else None
    return decoded if decoded and _is_likely(decoded.text) else None


def _as_utf8(content: bytes) -> Decoded | None:
    decoded = _strictly(content, "utf_8")
    if _count(content, _CONTROLS) * (10 if decoded else 50) > len(content):
        detail = "The content is binary, of no kind that is read."
        raise ExtractionError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, detail)
    return decoded or _as_surrogates(content) or _as_damaged_utf8(content)


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
    guesses = (_strictly(content, codec) for codec in _likely_codecs(content))
    decoded = next(filter(None, guesses), None)
    if decoded is None:
        raise ExtractionError(ErrorCode.UNDECODABLE_TEXT)
    return decoded


def _likely_codecs(content: bytes) -> Iterator[str]:
    """Yield codecs, the likeliest first."""
    yield from filter(lambda codec: _is_japanese(content, codec), ("euc_jp", "cp932"))
    if _count(content, _HIGH) * 3 < len(content):
        yield from _latin_codecs(content)
    matches = list(_guesser()(content, cp_isolation=list(GUESSED)))
    best = [match for match in matches if match.chaos == matches[0].chaos]
    if any(WESTERN in match.could_be_from_charset for match in best):
        yield WESTERN
    yield from (match.encoding for match in matches)


def _latin_codecs(content: bytes) -> Iterator[str]:
    """Yield code pages that give none but the letters of one language."""
    unused = _BYTES.translate(None, content)
    used = _BYTES.translate(None, unused)
    for letters, codecs_of_language in ALPHABETS:
        expected = {*_PLAIN, *letters, *PUNCTUATION}
        for codec in codecs_of_language:
            decoded = _strictly(used, codec)
            if decoded and set(decoded.text.lower()) <= expected:
                yield codec


def _is_japanese(content: bytes, codec: str) -> bool:
    """Tell Japanese by its syllables: frequent there, and nothing else decodes to them."""
    decoded = _strictly(content, codec)
    foreign = _ASCII.sub("", decoded.text)[:_SAMPLE] if decoded else ""
    return 0 < len(foreign) <= 5 * len(_KANA.findall(foreign))


def _guesser() -> Callable[..., CharsetMatches]:
    # Slow to import, and nearly every file is UTF-8.
    from charset_normalizer import from_bytes

    return from_bytes


def _count(content: bytes, among: bytes) -> int:
    return len(content) - len(content.translate(None, among))


def _is_likely(text: str) -> bool:
    """Tell whether characters are what people write: assigned, and hardly any controls."""
    sample = text[:_SAMPLE]
    unlikely = sum(
        unicodedata.category(character) in _UNLIKELY and not character.isspace()
        for character in sample
    )
    return unlikely * 50 <= len(sample)


def _damage(broken: int) -> str:
    return f"{broken} byte sequences of no character replaced by U+FFFD"
