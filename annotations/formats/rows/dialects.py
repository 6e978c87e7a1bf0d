"""What separates and encloses a table's cells, and what its columns are called."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import BinaryIO, NamedTuple

from annotations.formats.rows import tables
from annotations.formats.rows.row import FormatError, Position, RowFault, RowLimits
from annotations.formats.rows.shape import Format, ReadingOptions, Shape

DELIMITERS = ",\t;|"
QUOTE = '"'
NAME = 200
_LOOKED_AT = 200
# Rows that may be broken in what is still a table.
_EVEN = 0.9
# What Excel writes before the first row, and understands.
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[\d.,]+")


class Dialect(NamedTuple):
    """A way to cut a sample into cells; `evenness` is the part of its rows as wide as the first."""

    evenness: float
    width: int
    delimiter: str
    quote: str
    rows: list[list[str]]


def table_format(text: str) -> Format | None:
    """Return CSV or TSV where a sample is a table with names above it, else None."""
    best = _best(text, ReadingOptions(), DELIMITERS)
    names = best.rows[0] if best.rows else []
    fit = all(name.strip() and len(name) <= NAME for name in names)
    named = fit and len({*names}) > 1 and not any(map(_NUMBER.fullmatch, names))
    if not named or best.evenness < _EVEN or len(best.rows) < 2 or _is_prose(best):  # noqa: PLR2004
        return None
    return Format.TSV if best.delimiter == "\t" else Format.CSV


def with_dialect(
    file: BinaryIO, shape: Shape, options: ReadingOptions, text: str, limits: RowLimits
) -> Shape:
    """Return a table's shape with what separates and encloses its cells, and its columns.

    Raises FormatError: `no_header`, `duplicate_column`, `too_many_columns`.
    """
    separator = _SEPARATOR_LINE.match(text)
    told = separator[1] if separator else "\t" if shape.format == Format.TSV else DELIMITERS
    if separator:
        text = text[separator.end() :]
        first = len(separator[0].encode(shape.encoding))
        shape = replace(shape, start=Position(shape.start.offset + first, 0, 2))
    best = _best(text, options, options.delimiter or told)
    shape = replace(shape, delimiter=best.delimiter, quote=best.quote)
    return _with_columns(file, shape, limits, has_header=options.header)


def _with_columns(file: BinaryIO, shape: Shape, limits: RowLimits, *, has_header: bool) -> Shape:
    feed = tables.Feed(file, shape, shape.start, limits)
    try:
        names = next(filter(None, tables.parser(feed, shape)))
    except (csv.Error, RowFault, StopIteration) as error:
        detail = "The first row, which is to name the columns, cannot be read."
        raise FormatError("no_header", detail) from error
    if len(names) > limits.columns:
        detail = f"A table has at most {limits.columns} columns, this has {len(names)}."
        raise FormatError("too_many_columns", detail)
    if not has_header:
        return replace(shape, columns=tuple(f"column_{n + 1}" for n in range(len(names))))
    lines, offset = feed.leave()
    start = Position(offset, 0, shape.start.line + lines)
    return replace(shape, columns=tuple(_columns(names)), start=start)


def _columns(names: list[str]) -> Iterator[str]:
    """Yield each column's name, its number where it has none; raises FormatError."""
    seen = set()
    for number, name in enumerate(names, 1):
        column = name.strip() or f"column_{number}"
        if column in seen:
            raise FormatError("duplicate_column", f"Two columns are called {column[:NAME]!r}.")
        seen.add(column)
        yield column


def _best(text: str, options: ReadingOptions, delimiters: str) -> Dialect:
    """Return the dialect in which most rows are as wide as the first, then the widest."""
    dialects = _dialects(text, options.quote, delimiters)
    return max(dialects, key=lambda one: (one.evenness, one.width) if one.width > 1 else (0, 0))


def _dialects(text: str, quote: str | None, delimiters: str) -> Iterator[Dialect]:
    for delimiter in delimiters:
        yield _dialect(text, delimiter, QUOTE if quote is None else quote)
        if quote is None and delimiter == "\t":
            bare = _dialect(text, delimiter, "")
            if not _is_enclosed(bare):
                yield bare


def _dialect(text: str, delimiter: str, quote: str) -> Dialect:
    shape = Shape(Format.CSV, "utf_8", delimiter=delimiter, quote=quote)
    parsed = tables.parser(StringIO(text, newline=""), shape)
    rows, tried = [], 0
    while tried < _LOOKED_AT:
        try:
            row = next(parsed)
        except StopIteration:
            break
        except csv.Error:
            row = None
        if row != []:
            tried += 1
            rows.append(row or [])
    width = len(rows[0]) if rows else 0
    even = sum(len(row) == width for row in rows)
    return Dialect(even / max(tried, 1), width, delimiter, quote, rows)


def _is_enclosed(dialect: Dialect) -> bool:
    """Tell whether most of the cells that begin with a quote end with one."""
    begun = [cell for row in dialect.rows for cell in row if cell.startswith(QUOTE)]
    return 2 * sum(cell.endswith(QUOTE) and len(cell) > 1 for cell in begun) > len(begun)


def _is_prose(dialect: Dialect) -> bool:
    """Tell sentences from cells, which have no blank after their commas."""
    return dialect.delimiter != "\t" and any(
        cell.startswith(" ") for row in dialect.rows for cell in row[1:]
    )
