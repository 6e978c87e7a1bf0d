"""Bytes to characters: which encoding a text is in, and what it says in it."""

from __future__ import annotations

import codecs
import contextlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import REPLACEMENT

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch, CharsetMatches

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32_le"),
    (codecs.BOM_UTF32_BE, "utf_32_be"),
    (codecs.BOM_UTF16_LE, "utf_16_le"),
    (codecs.BOM_UTF16_BE, "utf_16_be"),
)
WIDE = {
    "utf_16_le": "utf-16le",
    "utf_16_be": "utf-16be",
    "utf_32_le": "utf-32le",
    "utf_32_be": "utf-32be",
}
GUESSED = {
    "cp932": "shift_jis",
    "euc_jp": "euc-jp",
    "gb18030": "gb18030",
    "big5hkscs": "big5",
    "cp949": "euc-kr",
    "koi8_r": "koi8-r",
    "koi8_u": "koi8-u",
    "cp866": "ibm866",
    "cp874": "windows-874",
    **{f"cp{number}": f"windows-{number}" for number in range(1250, 1259)},
    **{f"iso8859_{part}": f"iso-8859-{part}" for part in (2, 5, 7)},
    "mac_roman": "macintosh",
}
NAMES = {
    "utf_8": "utf-8",
    **WIDE,
    **GUESSED,
    **{f"iso8859_{part}": f"iso-8859-{part}" for part in (3, 4, 6, 8, 10, 13, 14, 15, 16)},
    "iso2022_jp": "iso-2022-jp",
    "mac_cyrillic": "x-mac-cyrillic",
}
# What browsers take these labels for: mostly the larger set that Windows made of it.
LABELS = {
    "ascii": "cp1252",
    "iso8859_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "windows_874": "cp874",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "windows_31j": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf_16": "utf_8",
    "utf_16_le": "utf_8",
    "utf_16_be": "utf_8",
}
# Among code pages that fit equally well, the one in which the language was written.
CUSTOMARY = {
    **dict.fromkeys(("German", "French", "Italian", "Spanish", "Portuguese"), "cp1252"),
    **dict.fromkeys(("Dutch", "Danish", "Norwegian", "Swedish", "Finnish"), "cp1252"),
    "Turkish": "cp1254",
    "Estonian": "cp1257",
}

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_UPPER_CONTROLS = bytes(range(0x80, 0xA0))
_HIGH = bytes(range(0x80, 0x100))
_UNLIKELY = frozenset({"Cc", "Cn", "Co", "Cs"})
_SAMPLE = 20_000
_DECLARATION = re.compile(
    rb"""<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([\w:.-]+)"""
    rb"""|<\?xml\b[^>]*?\bencoding\s*=\s*["']([\w:.-]+)""",
    re.IGNORECASE,
)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)


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


def declared_codec(content: bytes) -> str | None:
    """Return the codec that a page's `<meta>` or XML declaration asks for, if it is known."""
    found = _DECLARATION.search(_COMMENT.sub(b"", content[:4096]))
    if found is None:
        return None
    codec = (found[1] or found[2]).decode("ascii", "ignore").lower().replace("-", "_")
    with contextlib.suppress(LookupError):
        codec = codecs.lookup(codec).name.replace("-", "_")
    codec = LABELS.get(codec, codec)
    return codec if codec in NAMES else None


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
    for codec in _likely_codecs(content):
        decoded = _strictly(content, codec)
        if decoded:
            return decoded
    raise ExtractionError(ErrorCode.UNDECODABLE_TEXT)


def _likely_codecs(content: bytes) -> Iterator[str]:
    """Yield codecs, the likeliest first; short or mostly English text tells too little."""
    matches = list(_guesser()(content, cp_isolation=list(GUESSED)))
    best = matches[0] if matches else None
    if best and best.coherence:
        equals = {match.encoding for match in matches if _fit(match) == _fit(best)}
        yield from equals & {CUSTOMARY.get(best.language)}
        if best.encoding == "cp1250" and not _count(content, _UPPER_CONTROLS):
            # Windows writes the carons and quotes there; the older standard has none.
            yield "iso8859_2"
    elif _count(content, _HIGH) * 3 < len(content):
        yield "cp1252"
    yield from (match.encoding for match in matches)


def _fit(match: CharsetMatch) -> tuple[float, float]:
    return match.chaos, match.coherence


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
