"""Rows of one line each, JSON or plain text: what a broken one does to the others is nothing.

Lines are cut in bytes, in flat memory however long one is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from annotations.formats.rows import json_objects
from annotations.formats.rows.row import (
    Fields,
    Position,
    Row,
    RowError,
    RowFault,
    RowLimits,
    too_large,
    undecodable,
)
from annotations.formats.rows.shape import Shape
from documents.ingest.charsets import NAMES

CHUNK = 1 << 18
TEXT = "text"
Parse = Callable[[bytes | str, RowLimits], Fields | None]


class Line(NamedTuple):
    """A line with its end, or None for one that is too long; `end` is the offset after it."""

    content: bytes | None
    end: int


def read_lines(file: BinaryIO, offset: int, newline: bytes, limit: int) -> Iterator[Line]:
    """Yield the lines from a byte offset on; those of more than `limit` bytes without content.

    `newline` is one unit of the encoding: in UTF-16 and UTF-32 it counts only where a unit begins.
    """
    file.seek(offset)
    held, dropped = b"", 0
    while chunk := file.read(CHUNK):
        held, first = held + chunk, 0
        while after := _after(held, newline, first):
            size = dropped + after - first
            offset += size
            yield Line(held[first:after] if size <= limit else None, offset)
            first, dropped = after, 0
        held = held[first:]
        if len(held) > limit:
            # As many whole units as there are, so that the next one begins where it should.
            whole = len(held) - len(held) % len(newline)
            held, dropped = held[whole:], dropped + whole
    if held or dropped:
        yield Line(None if dropped else held, offset + dropped + len(held))


def _after(block: bytes, newline: bytes, first: int) -> int:
    """Return where the line that begins at `first` ends; 0 when that is not in the block."""
    width = len(newline)
    at = block.find(newline, first)
    while at != -1 and (at - first) % width:
        at = block.find(newline, at + 1)
    return at + width if at != -1 else 0


def read_objects(
    file: BinaryIO, shape: Shape, position: Position, limits: RowLimits
) -> Iterator[Row]:
    """Yield the JSON object of each line that is not blank (jsonlines.org)."""
    return _rows(file, shape, position, limits, json_objects.parse)


def read_texts(
    file: BinaryIO, shape: Shape, position: Position, limits: RowLimits
) -> Iterator[Row]:
    """Yield each line that is not blank, without its end, as doccano's TextLine does."""
    return _rows(file, shape, position, limits, _text)


def _text(content: bytes | str, limits: RowLimits) -> Fields | None:
    text = decode(content, "utf_8") if isinstance(content, bytes) else content
    return None if text.isspace() else {TEXT: text.rstrip("\r\n")}


def _rows(
    file: BinaryIO, shape: Shape, position: Position, limits: RowLimits, parse: Parse
) -> Iterator[Row]:
    """Yield the rows from a position on; blank lines are none.

    `parse` gets UTF-8 as it is and all else decoded, with its line end; it may return None for
    a blank line, and raise RowFault.
    """
    begin, number, line, reread = position
    newline = shape.newline.encode(shape.encoding)
    for content, offset in read_lines(file, begin, newline, limits.row_bytes):
        line += 1
        fields: Fields | None = None
        error: RowError | None = None
        try:
            fields = _fields(content, shape, limits, parse)
        except RowFault as fault:
            error = fault.error
        if fields is not None or error is not None:
            number += 1
            yield Row(number, line - 1, Position(offset, number, line, reread), fields, error)


def _fields(content: bytes | None, shape: Shape, limits: RowLimits, parse: Parse) -> Fields | None:
    if content is None:
        raise too_large(limits)
    if shape.encoding == "utf_8":
        return None if content.isspace() else parse(content, limits)
    # Not told from the bytes: in UTF-16 two blanks are a dagger.
    text = decode(content, shape.encoding)
    return None if text.isspace() else parse(text, limits)


def decode(content: bytes, encoding: str) -> str:
    """Return the characters of a line; raises RowFault `undecodable_text`."""
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise undecodable(NAMES[encoding], error.start) from error
