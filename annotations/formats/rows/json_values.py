"""A JSON array of objects, or objects one after the other, read one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from annotations.formats.rows import json_objects
from annotations.formats.rows.json_stream import Bounds, JsonText
from annotations.formats.rows.row import (
    Fields,
    FormatError,
    Position,
    Row,
    RowFault,
    RowLimits,
    too_large,
)
from annotations.formats.rows.shape import Shape


def read(file: BinaryIO, shape: Shape, position: Position, limits: RowLimits) -> Iterator[Row]:
    """Yield the values of the array, or of the sequence where there is no array.

    Where a value ends is found by its brackets, so that one which is no JSON costs no other. Where
    the brackets do not close, or enclose what looks like more values, it ends before the next
    line that begins as its own did. Raises FormatError where the file ends too early, goes on
    after the array, or was read again too often.
    """
    values = _Values(file, shape, position, limits)
    while values.advance():
        yield values.row()


class _Values:
    """The values from a position on."""

    def __init__(self, file: BinaryIO, shape: Shape, position: Position, limits: RowLimits) -> None:
        self._text = JsonText(file, position.offset, position.line, shape.encoding)
        self._number, self._reread = position.number, position.reread
        self._in_array, self._limits = shape.in_array, limits
        self._indent: str | None = None

    def advance(self) -> bool:
        """Move to the next value; return False where there is none."""
        text = self._text
        self._indent = text.skip_blanks()
        if text.peek() == ",":
            text.take(1)
            after = text.skip_blanks()
            self._indent = self._indent if after is None else after
        sign = text.peek()
        if not self._in_array:
            return bool(sign)
        if not sign:
            raise self._cut_off()
        if sign == "]":
            self._require_end()
        return sign != "]"

    def row(self) -> Row:
        """Read the value at hand."""
        self._number += 1
        line, text = self._text.line, self._text
        bounds = Bounds(text)
        is_whole = bounds.end_within(self._limits.row_bytes)
        piece = text.held[text.at : text.at + min(bounds.length, self._limits.row_bytes)]
        fields: Fields | None = None
        error = None
        try:
            fields = self._parsed(piece, is_whole)
            text.take(len(piece))
        except RowFault as fault:
            error = fault.error
            self._leave(bounds, piece, is_whole)
        end = Position(text.offset, self._number, text.line, self._reread)
        return Row(self._number, line, end, fields, error)

    def _parsed(self, piece: str, is_whole: bool) -> Fields:
        if is_whole:
            return json_objects.parse(piece, self._limits)
        if self._next_value(piece):
            raise RowFault("invalid_json", "Not JSON: its brackets or its quotes do not close.")
        raise too_large(self._limits)

    def _leave(self, bounds: Bounds, piece: str, is_whole: bool) -> None:
        """Move on from a broken value."""
        if sync := self._next_value(piece):
            self._reread += len(piece) - sync
            if self._reread > self._limits.reread_bytes:
                detail = f"Too many values before line {self._text.line} do not close."
                raise FormatError("too_broken", detail)
            self._text.take(sync)
        elif is_whole:
            self._text.take(len(piece))
        elif not bounds.skip():
            raise self._cut_off()

    def _next_value(self, piece: str) -> int:
        """Return where, in what belongs to a broken value, another one begins; 0 if nowhere."""
        # Where values share their lines, those that begin one stand at its edge, or nearly.
        beginning = r"\r?\n ?\{" if self._indent is None else rf"\r?\n{self._indent}\{{"
        found = re.search(beginning, piece)
        return found.start() if found else 0

    def _require_end(self) -> None:
        self._text.take(1)
        self._text.skip_blanks()
        if self._text.peek():
            detail = f"More follows in line {self._text.line} after the array's end."
            raise FormatError("more_than_one_array", detail)

    def _cut_off(self) -> FormatError:
        detail = f"The file ends in line {self._text.line}, within its array: it may be cut off."
        return FormatError("unexpected_end", detail)
