"""Convert offsets into a text between code points, UTF-16 units and UTF-8 bytes. Pure.

Python strings index by code point; JavaScript and Java count UTF-16 units, Rust and Go bytes.
"""

from __future__ import annotations

from enum import StrEnum


class OffsetUnit(StrEnum):
    """What an offset counts."""

    CODE_POINTS = "code_points"
    UTF16 = "utf16"
    UTF8 = "utf8"


class OffsetInsideCharacter(ValueError):
    """The offset points into the middle of a character's code units."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"Offset {offset} lies inside a character.")
        self.offset = offset


_ENCODINGS = {OffsetUnit.UTF16: ("utf-16-le", 2), OffsetUnit.UTF8: ("utf-8", 1)}


def to_code_points(text: str, offset: int, unit: OffsetUnit) -> int:
    """Return the code-point offset of an offset in `unit`.

    An offset beyond either end of the text stays beyond it. Raises OffsetInsideCharacter.
    """
    if unit is OffsetUnit.CODE_POINTS or text.isascii() or offset < 0:
        return offset
    encoding, width = _ENCODINGS[unit]
    encoded = text.encode(encoding)
    excess = max(0, offset - len(encoded) // width)
    try:
        return len(encoded[: offset * width].decode(encoding)) + excess
    except UnicodeDecodeError:
        raise OffsetInsideCharacter(offset) from None


def from_code_points(text: str, offset: int, unit: OffsetUnit) -> int:
    """Return the offset in `unit` of a code-point offset within the text."""
    if unit is OffsetUnit.CODE_POINTS or text.isascii():
        return offset
    encoding, width = _ENCODINGS[unit]
    return len(text[:offset].encode(encoding)) // width
