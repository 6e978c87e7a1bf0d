"""Convert offsets into a text between code points, UTF-16 units and UTF-8 bytes. Pure.

Python strings index by code point; JavaScript and Java count UTF-16 units, Rust and Go bytes.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import accumulate
from typing import ClassVar


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
STRETCH = 1024  # code points


def to_code_points(text: str, offset: int, unit: OffsetUnit) -> int:
    """Return the code-point offset of an offset in `unit`.

    An offset beyond either end of the text stays beyond it. Raises OffsetInsideCharacter.
    """
    if unit is OffsetUnit.CODE_POINTS or text.isascii() or offset < 0:
        return offset
    marks = _marks(text, unit)
    if offset >= marks[-1]:
        return len(text) + offset - marks[-1]
    encoding, width = _ENCODINGS[unit]
    stretch = bisect_right(marks, offset) - 1
    begin = stretch * STRETCH
    encoded = text[begin : begin + STRETCH].encode(encoding)
    try:
        return begin + len(encoded[: (offset - marks[stretch]) * width].decode(encoding))
    except UnicodeDecodeError:
        raise OffsetInsideCharacter(offset) from None


def from_code_points(text: str, offset: int, unit: OffsetUnit) -> int:
    """Return the offset in `unit` of a code-point offset within the text."""
    if unit is OffsetUnit.CODE_POINTS or text.isascii():
        return offset
    stretch = min(offset, len(text)) // STRETCH
    return _marks(text, unit)[stretch] + _length(text[stretch * STRETCH : offset], unit)


def all_from_code_points(text: str, offsets: Iterable[int], unit: OffsetUnit) -> Iterator[int]:
    """Yield the offsets in `unit` of code-point offsets that ascend, in one pass."""
    if unit is OffsetUnit.CODE_POINTS or text.isascii():
        yield from offsets
        return
    reached = passed = 0
    for offset in offsets:
        passed += _length(text[reached:offset], unit)
        reached = offset
        yield passed


class _LastMarks(threading.local):
    """The marks of a thread's last text: a list or a bulk request has many offsets into one."""

    text = ""
    unit = OffsetUnit.CODE_POINTS
    marks: ClassVar[list[int]] = []


_last = _LastMarks()


def _marks(text: str, unit: OffsetUnit) -> list[int]:
    """Return where each stretch of the text begins, and where the last one ends, in `unit`."""
    # Known by identity: to compare two texts of millions of characters costs as much as to mark.
    if _last.text is not text or _last.unit is not unit:
        _last.text, _last.unit, _last.marks = text, unit, _mark(text, unit)  # type: ignore[misc]
    return _last.marks


def _mark(text: str, unit: OffsetUnit) -> list[int]:
    stretches = (text[begin : begin + STRETCH] for begin in range(0, len(text), STRETCH))
    return list(accumulate((_length(one, unit) for one in stretches), initial=0))


def _length(text: str, unit: OffsetUnit) -> int:
    encoding, width = _ENCODINGS[unit]
    return len(text.encode(encoding)) // width
