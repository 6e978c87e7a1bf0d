"""Which encodings are known, under which names, and which of them a page asks for."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

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
# How many bytes a unit has, and which of them is the lowest.
WIDE_UNITS = {
    "utf_16_le": (2, 0),
    "utf_16_be": (2, 1),
    "utf_32_le": (4, 0),
    "utf_32_be": (4, 3),
}
NAMES = {
    "utf_8": "utf-8",
    **WIDE,
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
    **{f"iso8859_{part}": f"iso-8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    "iso2022_jp": "iso-2022-jp",
    "mac_cyrillic": "x-mac-cyrillic",
    "mac_roman": "macintosh",
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
_DECLARATION = re.compile(
    rb"""<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([\w:.-]+)"""
    rb"""|<\?xml\b[^>]*?\bencoding\s*=\s*["']([\w:.-]+)""",
    re.IGNORECASE,
)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)


def declared_codec(content: bytes) -> str | None:
    """Return the codec that a page's `<meta>` or XML declaration asks for, if it is known."""
    found = _DECLARATION.search(_COMMENT.sub(b"", content[:4096]))
    if found is None:
        return None
    return known_codec((found[1] or found[2]).decode("ascii", "ignore"))


def known_codec(label: str) -> str | None:
    """Return the codec that a label asks for, as browsers take it; None when it is unknown."""
    codec = label.lower().replace("-", "_")
    with suppress(LookupError, ValueError):
        codec = codecs.lookup(codec).name.replace("-", "_")
    codec = LABELS.get(codec, codec)
    return codec if codec in NAMES else None
