"""Tables: CSV, TSV and what else one character separates, with cells of several lines."""

from __future__ import annotations

import csv
import sys
from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO

from annotations.formats.rows.lines import Line, decode, read_lines
from annotations.formats.rows.row import Fields, Position, Row, RowFault, RowLimits, too_large
from annotations.formats.rows.shape import Shape

_SENTENCES = {
    "unexpected end": "A cell begins with a quote that is not closed.",
    "expected after": "After a closing quote, the cell goes on.",
    "new-line character": "A cell that is not in quotes holds the end of a line.",
}


def read(file: BinaryIO, shape: Shape, position: Position, limits: RowLimits) -> Iterator[Row]:
    """Yield the rows as fields by column; an empty cell is None, a blank line is no row.

    After a broken row of several lines, its second line is read as the beginning of a row: most
    often one quote too many had swallowed what follows.
    """
    feed = Feed(file, shape, position, limits)
    rows = parser(feed, shape)
    number, line, reread = position[1:]
    while True:
        fields: Fields | None = None
        error = None
        try:
            fields = _fields(next(rows), shape)
        except StopIteration:
            return
        except csv.Error as damage:
            error = _fault(damage).error
        except RowFault as fault:
            error = fault.error
        if error:
            reread += feed.give_back(limits.reread_bytes - reread)
        begin, (count, offset) = line, feed.leave()
        line += count
        if fields or error:
            number += 1
            yield Row(number, begin, Position(offset, number, line, reread), fields, error)


def parser(feed: Iterator[str], shape: Shape) -> Iterator[list[str]]:
    """Return the standard library's parser, strict about quotes."""
    # The limit is the process's; what a row may hold is for the feed to say.
    csv.field_size_limit(sys.maxsize)
    quoting: dict[str, Any] = {"quotechar": shape.quote} if shape.quote else _NO_QUOTES
    return csv.reader(feed, delimiter=shape.delimiter, strict=True, **quoting)


_NO_QUOTES = {"quoting": csv.QUOTE_NONE, "quotechar": None}


class Feed:
    """Hands a file's lines to the parser, and keeps those of the record at hand."""

    def __init__(self, file: BinaryIO, shape: Shape, position: Position, limits: RowLimits) -> None:
        newline = shape.newline.encode(shape.encoding)
        self._lines = read_lines(file, position.offset, newline, limits.row_bytes)
        self._again: deque[Line] = deque()
        self._taken: list[Line] = []
        self._encoding, self._limits = shape.encoding, limits
        self._size = 0

    def __iter__(self) -> Feed:
        return self

    def __next__(self) -> str:
        """Return the next line; raises RowFault where it, or the record with it, is too large."""
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        self._size += len(line.content or b"")
        if line.content is None or self._size > self._limits.row_bytes:
            raise too_large(self._limits)
        return decode(line.content, self._encoding)

    def give_back(self, most: int) -> int:
        """Have all but the record's first line read again, if that is at most so many bytes.

        Return how many bytes that are.
        """
        size = self._taken[-1].end - self._taken[0].end
        if size > most:
            return 0
        self._again.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]
        return size

    def leave(self) -> tuple[int, int]:
        """Begin a new record; return how many lines the last one had, and the offset after it."""
        count, offset = len(self._taken), self._taken[-1].end
        self._taken.clear()
        self._size = 0
        return count, offset


def _fields(cells: list[str], shape: Shape) -> Fields | None:
    """Return the cells by column, None for a blank line; raises RowFault."""
    if not cells:
        return None
    found, expected = len(cells), len(shape.columns)
    if found < expected or any(cells[expected:]):
        raise RowFault("wrong_number_of_cells", f"Expected {expected} cells, found {found}.")
    return {name: cell or None for name, cell in zip(shape.columns, cells, strict=False)}


def _fault(damage: csv.Error) -> RowFault:
    said = str(damage)
    told = next((ours for theirs, ours in _SENTENCES.items() if theirs in said), said)
    return RowFault("invalid_csv", told)
