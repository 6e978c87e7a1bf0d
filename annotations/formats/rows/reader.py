"""Read the rows of a file of records in any of its formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from annotations.formats.rows import json_values, lines, tables
from annotations.formats.rows.row import DEFAULT_ROW_LIMITS, Position, Row, RowLimits
from annotations.formats.rows.shape import Format, Shape

_READERS = {
    Format.JSONL: lines.read_objects,
    Format.POSTIL: lines.read_objects,
    Format.JSON: json_values.read,
    Format.CSV: tables.read,
    Format.TSV: tables.read,
    Format.LINES: lines.read_texts,
}


def read_rows(
    file: BinaryIO,
    shape: Shape,
    position: Position | None = None,
    limits: RowLimits = DEFAULT_ROW_LIMITS,
) -> Iterator[Row]:
    """Yield the rows of a binary file that can seek, from a position on, in flat memory.

    Beginning anew at the `end` of any row yields exactly the rest. A broken row comes with its
    error and stops no other; raises FormatError where the rest cannot be read.
    """
    return _READERS[shape.format](file, shape, position or shape.start, limits)
