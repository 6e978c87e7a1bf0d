"""Lines are cut in flat memory, and each that is not blank is a row."""

from __future__ import annotations

import io
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.formats.rows import Format, Shape, lines, read_rows
from annotations.formats.rows.lines import Line, read_lines
from tests.annotations.formats.rows.reading import rest, rows_of, told
from tests.documents.alphabets import texts_of_all_kinds

parts = st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r\n", b"\0", "é".encode()]), max_size=40)


@given(parts.map(b"".join), st.integers(1, 9))
def test_lines_are_those_of_the_file_whatever_the_chunks(content: bytes, chunk: int) -> None:
    with patch.object(lines, "CHUNK", chunk):
        found = list(read_lines(io.BytesIO(content), 0, b"\n", 1000))
    assert [line.content for line in found] == content.splitlines(keepends=True) or b"\r" in content
    assert b"".join(line.content or b"" for line in found) == content
    ends = [line.end for line in found]
    assert [content[:end].count(b"\n") for end in ends] == [
        n + 1 if content[:end].endswith(b"\n") else n for n, end in enumerate(ends)
    ]


@given(parts.map(b"".join), st.integers(1, 9), st.integers(1, 5))
def test_a_line_over_the_limit_is_passed_over(content: bytes, chunk: int, limit: int) -> None:
    whole = list(read_lines(io.BytesIO(content), 0, b"\n", 1000))
    with patch.object(lines, "CHUNK", chunk):
        found = list(read_lines(io.BytesIO(content), 0, b"\n", limit))
    short = [line if len(line.content or b"") <= limit else Line(None, line.end) for line in whole]
    assert found == short


@pytest.mark.parametrize("codec", ["utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be"])
@given(text=st.text(st.sampled_from("a\n\u0a0a\u0a00\u000a\U0001f469"), max_size=20))
def test_a_newline_begins_where_a_unit_does(codec: str, text: str) -> None:
    content = text.encode(codec)
    for limit in (1000, 4):
        with patch.object(lines, "CHUNK", 5):
            found = list(read_lines(io.BytesIO(content), 0, "\n".encode(codec), limit))
        parts_of_text = [part.encode(codec) for part in io.StringIO(text)]
        assert [line.content for line in found] == [
            line if len(line) <= limit else None for line in parts_of_text
        ]
        assert found[-1].end == len(content) if text else found == []


def test_reading_begins_at_an_offset() -> None:
    assert list(read_lines(io.BytesIO(b"ab\ncd"), 3, b"\n", 9)) == [Line(b"cd", 5)]


@given(texts_of_all_kinds, st.sampled_from(["utf_8", "utf_16_le", "utf_32_be"]))
def test_each_line_that_is_not_blank_is_a_text(text: str, codec: str) -> None:
    content, shape = text.encode(codec), Shape(Format.LINES, codec)
    rows = list(read_rows(io.BytesIO(content), shape))
    expected = [line.rstrip("\r") for line in text.split("\n")]
    assert [row.fields for row in rows] == [{"text": line} for line in expected if line.strip()]
    for index, row in enumerate(rows):
        assert rest(content, shape, row.end) == rows[index + 1 :]


def test_blanks_within_a_line_stay_and_blank_lines_are_counted() -> None:
    assert told(rows_of(b"\n  a b \r\n\xc2\xa0\n \nc", "x.txt")) == [
        (1, 2, {"text": "  a b "}),
        (2, 5, {"text": "c"}),
    ]
    assert told(rows_of("\u3000\na\n\u3000\n".encode("utf-16"), "x.txt")) == [(1, 2, {"text": "a"})]


def test_a_line_of_wrong_bytes_is_told() -> None:
    assert told(rows_of(b"a\n\xff\nb", "x.txt", encoding="utf-8")) == [
        (1, 1, {"text": "a"}),
        (2, 2, "undecodable_text"),
        (3, 3, {"text": "b"}),
    ]


def test_a_last_line_made_of_the_bytes_of_blanks_is_text() -> None:
    assert told(rows_of("†\n††".encode("utf-16"), "x.txt")) == [
        (1, 1, {"text": "†"}),
        (2, 2, {"text": "††"}),
    ]
