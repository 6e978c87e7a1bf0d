"""Columns that a file draws line by line, put back into reading order.

PDFium reads in the order in which a page is drawn, which nearly always is that of reading.
Some programs, those above all that lay text under a scan, draw across columns: each line of the
left one is joined with its neighbour to the right. Only the plain case is mended: two columns
of prose, with one empty strip between them all the way down. Else a table would be torn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from documents.ingest.boxes import TENTHS, Run

# So many lines that have both columns, of so many words in the mean, are no table.
LINES = 5
WORDS = 4


class Line(NamedTuple):
    """A line as PDFium finds it, and its runs, counted from its first character."""

    text: str
    ending: str
    bottom: float
    height: float
    runs: list[Run]


class _Side(NamedTuple):
    """A part of a line without wide gaps: its bounds, and where it begins in the line."""

    left: int
    right: int
    start: int


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a page, those across two columns as lines of each."""
    ordered: list[Line] = []
    at = 0
    while at < len(lines):
        end, starts = _region(lines, at)
        region = lines[at:end]
        ordered += _parted(region, starts) if _is_prose(region, starts) else region
        at = end
    return ordered


def _region(lines: Sequence[Line], at: int) -> tuple[int, list[int]]:
    """Return the end of the lines from `at` on with one strip between their sides.

    With it, where the right side of each begins: 0 for all of a line, its length for nothing.
    """
    left, right = 0, 0
    starts: list[int] = []
    for index in range(at, len(lines)):
        line = lines[index]
        sides = _sides(line)
        if not starts and len(sides) == 2:  # noqa: PLR2004 - two columns
            left, right = sides[0].right, sides[1].left
        if not right or (index > at and line.bottom >= lines[index - 1].bottom):
            break
        before = [side for side in sides if side.left < left]
        after = [side for side in sides if side.left >= left]
        left = max([left, *(side.right for side in before)])
        right = min([right, *(side.left for side in after)])
        if right - left < TENTHS * line.height or len(before) > 1 or len(after) > 1:
            break
        starts.append(after[0].start if after else len(line.text))
    return at + max(len(starts), 1), starts


def _sides(line: Line) -> list[_Side]:
    """Return the parts of a line between gaps wider than it is high."""
    sides: list[_Side] = []
    for run in line.runs:
        left, *steps = (int(word) for word in run.edges.split(" "))
        right = left + sum(steps)
        if sides and left - sides[-1].right <= run.bottom - run.top:
            sides[-1] = sides[-1]._replace(right=right)
        else:
            sides.append(_Side(left, right, run.start))
    return sides


def _is_prose(region: Sequence[Line], starts: Sequence[int]) -> bool:
    """Tell prose in columns from a table, and from lines that only happen to have a gap."""
    both = [
        (len(line.text[:start].split()), len(line.text[start:].split()))
        for line, start in zip(region, starts, strict=False)
        if 0 < start < len(line.text)
    ]
    enough = WORDS * len(both)
    return len(both) >= LINES and all(sum(words) >= enough for words in zip(*both, strict=True))


def _parted(region: Sequence[Line], starts: Sequence[int]) -> list[Line]:
    lefts = [_left(line, at) for line, at in zip(region, starts, strict=True) if at]
    rights = [
        _right(line, at) for line, at in zip(region, starts, strict=True) if at < len(line.text)
    ]
    parts = [line if line.ending else line._replace(ending="\n") for line in (*lefts, *rights)]
    if not region[-1].ending:
        parts[-1] = parts[-1]._replace(ending=parts[-1].ending.removesuffix("\n"))
    return parts


def _left(line: Line, at: int) -> Line:
    if at == len(line.text):
        return line
    kept = [run for run in line.runs if run.start < at]
    return line._replace(text=line.text[:at].rstrip(" "), ending="\n", runs=kept)


def _right(line: Line, at: int) -> Line:
    kept = [run._replace(start=run.start - at) for run in line.runs if run.start >= at]
    return line._replace(text=line.text[at:], runs=kept)
