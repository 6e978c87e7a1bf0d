"""Read bytes as an import does: find the shape, then the rows."""

from __future__ import annotations

import io
from typing import Any

from hypothesis import strategies as st

from annotations.formats.rows import (
    Fields,
    Position,
    ReadingOptions,
    Row,
    RowLimits,
    Shape,
    detect,
    read_rows,
)
from annotations.formats.rows.row import DEFAULT_ROW_LIMITS

texts = st.text(st.sampled_from('ab"\\{[]},: \r\n\té\u2028\U0001f469'), max_size=5)
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.sampled_from([0.5, 1e300])
inner = texts | scalars | st.lists(texts | scalars, max_size=2)
objects = st.dictionaries(texts, inner | st.dictionaries(texts, inner, max_size=2), max_size=3)


def shape_of(content: bytes, name: str = "", **options: Any) -> Shape:
    return detect(io.BytesIO(content), name, ReadingOptions(**options))


def rows_of(
    content: bytes, name: str = "", limits: RowLimits = DEFAULT_ROW_LIMITS, **options: Any
) -> list[Row]:
    return list(read_rows(io.BytesIO(content), shape_of(content, name, **options), None, limits))


def fields_of(content: bytes, name: str = "", **options: Any) -> list[Fields | None]:
    return [row.fields for row in rows_of(content, name, **options)]


def told(rows: list[Row]) -> list[tuple[int, int, Any]]:
    """Return each row's number and line, and its fields or its error's code."""
    return [(row.number, row.line, row.error.code if row.error else row.fields) for row in rows]


def rest(
    content: bytes, shape: Shape, position: Position, limits: RowLimits = DEFAULT_ROW_LIMITS
) -> list[Row]:
    """Read on from a position, as another worker would."""
    again = Shape.from_dict(shape.as_dict())
    return list(read_rows(io.BytesIO(content), again, position, limits))
