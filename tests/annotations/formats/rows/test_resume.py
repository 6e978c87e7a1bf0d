"""Whoever goes on where another reader stopped reads exactly the rest."""

from __future__ import annotations

import io
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.formats.rows import (
    Format,
    FormatError,
    Position,
    Row,
    RowLimits,
    Shape,
    json_stream,
    lines,
    read_rows,
)

# Bits of all formats, whole and broken, so that rows end and errors begin anywhere.
BITS = [
    b'{"text": "a"}',
    b'{"text": "\xc3\xa9 \\" {["}',
    b'{"a": [',
    b'"a,',
    b'"',
    b'""',
    b"a,b",
    b",",
    b"\n",
    b"\r\n",
    b"\n  ",
    b"\n{",
    b"}",
    b"]",
    b"[",
    b"\\",
    b"\xff",
    b" ",
    b"\xf0\x9f\x91\xa9",
    b"a fairly long run of text that is over the limit",
]
contents = st.lists(st.sampled_from(BITS), max_size=25).map(b"".join)
LIMITS = RowLimits(row_bytes=30, reread_bytes=90)
Ending = str | None


def read(content: bytes, shape: Shape, position: Position, chunk: int) -> tuple[list[Row], Ending]:
    rows = []
    with patch.object(lines, "CHUNK", chunk), patch.object(json_stream, "CHUNK", chunk):
        try:
            for row in read_rows(io.BytesIO(content), shape, position, LIMITS):
                rows.append(row)  # noqa: PERF402 - those before the error count
        except FormatError as error:
            return rows, str(error)
    return rows, None


shapes = st.builds(
    Shape,
    st.sampled_from(Format),
    st.sampled_from(["utf_8", "cp1252"]),
    columns=st.sampled_from([("a",), ("a", "b")]),
    quote=st.sampled_from(['"', ""]),
    in_array=st.booleans(),
)


@settings(max_examples=300)
@given(contents, shapes, st.integers(1, 40), st.data())
def test_reading_from_the_end_of_any_row_yields_exactly_the_rest(
    content: bytes, shape: Shape, chunk: int, data: st.DataObject
) -> None:
    rows, ending = read(content, shape, Position(), 1 << 16)
    assert read(content, shape, Position(), chunk) == (rows, ending)
    if rows:
        index = data.draw(st.integers(0, len(rows) - 1))
        again = Shape.from_dict(shape.as_dict())
        assert read(content, again, rows[index].end, chunk) == (rows[index + 1 :], ending)


@given(contents, shapes)
def test_every_row_is_further_on_and_has_fields_or_an_error(content: bytes, shape: Shape) -> None:
    rows, _ = read(content, shape, Position(), 1 << 16)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    ends = [0, *(row.end.offset for row in rows)]
    assert sorted(set(ends)) == ends
    assert ends[-1] <= len(content)
    for row in rows:
        assert (row.fields is None) == (row.error is not None)
        before = content[: row.end.offset].count(b"\n")
        assert row.line <= row.end.line == before + 1 or not content[: row.end.offset].endswith(
            b"\n"
        )
