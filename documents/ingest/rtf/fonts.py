"""In which code page each font of an RTF file is written."""

from __future__ import annotations

import codecs
from contextlib import suppress

WESTERN = "cp1252"
# The numbers that Windows and the Macintosh gave to sets of characters.
CHARSETS = {
    0: WESTERN,
    77: "mac_roman",
    78: "cp932",
    79: "cp950",
    80: "cp949",
    81: "mac_arabic",
    83: "mac_greek",
    84: "mac_cyrillic",
    85: "gb18030",
    86: "mac_romanian",
    89: "mac_latin2",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
PAGES = {936: "gb18030", 10000: "mac_roman", 10001: "cp932", 65001: "utf_8"}
FAMILIES = {b"ansi": WESTERN, b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}
NUMBERS = (
    *(437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874),
    *(932, 949, 950, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 1361),
)
KNOWN = frozenset(f"cp{number}" for number in NUMBERS)

# A sealed cell can load no codec.
for name in (*KNOWN, *CHARSETS.values(), *PAGES.values(), *FAMILIES.values()):
    with suppress(LookupError):
        codecs.lookup(name)


def page_codec(number: int) -> str | None:
    """Return the codec of a code page; None when it is unknown."""
    codec = PAGES.get(number, "johab" if number == 1361 else f"cp{number}")  # noqa: PLR2004
    return codec if codec in KNOWN or codec in {*PAGES.values(), "johab"} else None
