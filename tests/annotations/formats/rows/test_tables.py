"""Tables are read row by row, with cells of several lines; a broken row costs no other."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.formats.rows import (
    Format,
    FormatError,
    Position,
    ReadingOptions,
    RowError,
    RowLimits,
    detect,
)
from tests.annotations.formats.rows.reading import fields_of, rest, rows_of, shape_of, told
from tests.documents.alphabets import texts_of_all_kinds

cells = texts_of_all_kinds.map(lambda text: text.replace("\r", ""))
dialects = st.sampled_from([(",", '"'), (";", '"'), ("\t", '"'), ("|", "'")])


@given(
    st.lists(st.lists(cells, min_size=3, max_size=3), max_size=6),
    dialects,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_what_is_written_as_a_table_comes_back(
    table: list[list[str]], dialect: tuple[str, str], newline: str, encoding: str
) -> None:
    delimiter, quote = dialect
    written = io.StringIO()
    writer = csv.writer(
        written, delimiter=delimiter, quotechar=quote, lineterminator=newline, quoting=csv.QUOTE_ALL
    )
    writer.writerows([["text", "a", "b"], *table])
    content = written.getvalue().encode(encoding)
    rows = rows_of(content, format="csv", delimiter=delimiter, quote=quote)
    expected = [{n: cell or None for n, cell in zip("tab", row, strict=True)} for row in table]
    assert [row.fields for row in rows] == [
        {"text": row["t"], "a": row["a"], "b": row["b"]} for row in expected
    ]
    shape = shape_of(content, format="csv", delimiter=delimiter, quote=quote)
    for index, row in enumerate(rows):
        assert rest(content, shape, row.end) == rows[index + 1 :]


def test_rows_tell_their_number_their_first_line_and_where_they_end() -> None:
    rows = rows_of(b'text,label\n\n"a\n""b""",x\n\r\nc,\n')
    assert told(rows) == [
        (1, 3, {"text": 'a\n"b"', "label": "x"}),
        (2, 6, {"text": "c", "label": None}),
    ]
    assert [row.end for row in rows] == [Position(24, 1, 5), Position(29, 2, 7)]


BROKEN = {
    "a quote too many": (
        b'a,b\n"1,2\n3,4\n"5",6\n7,8\n',
        [(2, "invalid_csv"), (3, "34"), (4, "56"), (5, "78")],
    ),
    "a quote that is never closed": (
        b'a,b\n1,2\n"3,4\n5,6\n',
        [(2, "12"), (3, "invalid_csv"), (4, "56")],
    ),
    "more after a closing quote": (b'a,b\n"1"1,2\n3,4\n', [(2, "invalid_csv"), (3, "34")]),
    "a cell too few": (b"a,b\n1\n3,4\n", [(2, "wrong_number_of_cells"), (3, "34")]),
    "a cell too many": (b"a,b\n1,2,3\n3,4,\n", [(2, "wrong_number_of_cells"), (3, "34")]),
    "rows swallowed by a cell": (
        b'a,b\n1,"2\n3,4\n5","6"\n7,8\n',
        [(2, "wrong_number_of_cells"), (3, "34"), (4, '5"6'), (5, "78")],
    ),
    "a lone carriage return": (b"a,b\n1\r1,2\n3,4\n", [(2, "invalid_csv"), (3, "34")]),
    "not in the encoding": (b"a,b\n\xff,2\n3,4\n", [(2, "undecodable_text"), (3, "34")]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_row_is_told_and_the_next_line_is_read(case: str) -> None:
    content, expected = BROKEN[case]
    options: dict[str, Any] = {"format": "csv", "encoding": "utf-8"}
    rows = rows_of(content, **options)
    found = [
        (row.line, "".join(str(cell) for cell in (row.fields or {}).values()))
        if row.fields
        else (row.line, row.error and row.error.code)
        for row in rows
    ]
    assert found == expected
    shape = shape_of(content, **options)
    for index, row in enumerate(rows):
        assert rest(content, shape, row.end) == rows[index + 1 :]


def test_sentences_say_what_is_wrong() -> None:
    content = b'a,b\n"1"1,2\n1\r1,2\n1\n"3,4\n'
    details = [row.error.detail for row in rows_of(content, format="csv") if row.error]
    assert details == [
        "After a closing quote, the cell goes on.",
        "A cell that is not in quotes holds the end of a line.",
        "Expected 2 cells, found 1.",
        "A cell begins with a quote that is not closed.",
    ]


def test_a_row_over_the_limit_is_told_and_its_second_line_read() -> None:
    content = b'a,b\n"' + b"x" * 30 + b'",2\n"3\n' + b"x,4\n" * 12 + b"5,6\n"
    rows = rows_of(content, format="csv", limits=RowLimits(row_bytes=20))
    too_large = RowError("", "row_too_large", "A row has at most 20 bytes.")
    assert [row.error for row in rows[:2]] == [too_large, too_large]
    assert [row.fields for row in rows[2:]] == [{"a": "x", "b": "4"}] * 12 + [{"a": "5", "b": "6"}]
    assert rows[1].end == Position(42, 2, 4, 20)


def test_what_is_read_again_is_bounded_and_later_broken_rows_are_left_whole() -> None:
    content = b"a,b\n" + b'"1,2\n3,4\n5"6,7\n' * 3
    rows = rows_of(content, format="csv", limits=RowLimits(reread_bytes=25))
    codes = [row.error.code if row.error else "good" for row in rows]
    assert codes == ["invalid_csv", "good", "good", "invalid_csv", "good", "good", "invalid_csv"]
    assert rows[-1].end == Position(len(content), 7, 11, 20)
    shape = shape_of(content, format="csv")
    for index, row in enumerate(rows):
        assert rest(content, shape, row.end, RowLimits(reread_bytes=25)) == rows[index + 1 :]


def test_excess_cells_without_characters_are_forgiven() -> None:
    assert fields_of(b"a,b\n1,2,,\n", "x.csv") == [{"a": "1", "b": "2"}]


def test_old_line_ends_are_read() -> None:
    assert fields_of(b"a,b\r1,2\r3,4", "x.csv") == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_without_a_header_columns_are_numbered() -> None:
    rows = rows_of(b"1,2\n3,4\n", format="csv", header=False)
    assert told(rows) == [
        (1, 1, {"column_1": "1", "column_2": "2"}),
        (2, 2, {"column_1": "3", "column_2": "4"}),
    ]


def test_a_column_without_a_name_is_numbered() -> None:
    assert fields_of(b" text , ,\n1,2,3\n", "x.csv") == [
        {"text": "1", "column_2": "2", "column_3": "3"}
    ]


HEADERS = {
    b"a,b,a\n1,2,3\n": ("duplicate_column", "Two columns are called 'a'."),
    b"a,b,c,d\n1,2,3,4\n": ("too_many_columns", "A table has at most 3 columns, this has 4."),
    b'"a,b\n1,2\n': ("no_header", "The first row, which is to name the columns, cannot be read."),
}


@pytest.mark.parametrize("content", HEADERS)
def test_a_header_that_names_no_columns_ends_the_reading(content: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        detect(io.BytesIO(content), "", ReadingOptions(Format.CSV), RowLimits(columns=3))
    assert (caught.value.code, caught.value.detail) == HEADERS[content]


def test_a_cell_may_be_as_long_as_a_row() -> None:
    text = "word, " * 100_000
    assert fields_of(f'text,n\n"{text}",1\n'.encode()) == [{"text": text, "n": "1"}]
