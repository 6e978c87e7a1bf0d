"""Read files of records row by row: JSON Lines, JSON arrays, tables, lines of text.

`detect` finds a file's shape by its first megabyte, once; `read_rows` reads on from any row's end,
in flat memory. A broken row comes with what is wrong with it and stops no other.
"""

from annotations.formats.rows.detection import TABLES, detect
from annotations.formats.rows.reader import read_rows
from annotations.formats.rows.row import (
    KINDS,
    Fields,
    FormatError,
    Position,
    Row,
    RowError,
    RowFault,
    RowLimits,
)
from annotations.formats.rows.shape import Format, ReadingOptions, Shape

__all__ = [
    "KINDS",
    "TABLES",
    "Fields",
    "Format",
    "FormatError",
    "Position",
    "ReadingOptions",
    "Row",
    "RowError",
    "RowFault",
    "RowLimits",
    "Shape",
    "detect",
    "read_rows",
]
