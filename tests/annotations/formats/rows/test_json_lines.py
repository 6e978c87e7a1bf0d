"""Lines of JSON are read one by one; what is wrong with one says so and stops no other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.formats.rows import Position, RowError, RowLimits
from tests.annotations.formats.rows.reading import fields_of, objects, rows_of, shape_of, told

GOOD = b'{"text": "a"}\n'


@given(st.lists(objects, min_size=1, max_size=3))
def test_what_json_says_comes_back(records: list[dict[str, Any]]) -> None:
    content = "\n".join(json.dumps(record) for record in records).encode()
    assert fields_of(content, format="jsonl") == records


def test_rows_tell_their_number_their_line_and_where_they_end() -> None:
    rows = rows_of(b"\n" + GOOD + b"  \r\n" + b'{"text": "b"}')
    assert told(rows) == [(1, 2, {"text": "a"}), (2, 4, {"text": "b"})]
    assert [row.end for row in rows] == [Position(15, 1, 3), Position(32, 2, 5)]


WRONG = {
    b'{"a" 1}': ("invalid_json", "Not JSON: unexpected character, expected ':' after key"),
    b'{"a": "\\u00"}': ("invalid_json", "Not JSON: "),
    b'{"a": NaN, "b": "\\u00e9"}': ("invalid_json", "Not JSON: "),
    b'{"a": 1e400}': ("invalid_json", "Not JSON: number is infinity when parsed as double"),
    b'{"a": -1e400, "b": "\\ud800"}': ("invalid_json", "Not JSON: "),
    b'{"a": 1%s, "b": "\\ud800"}' % (b"0" * 400): ("invalid_json", "Not JSON: "),
    b"[1]": ("not_an_object", "Expected an object with fields, found an array."),
    b"null": ("not_an_object", "Expected an object with fields, found null."),
    b'"a"': ("not_an_object", "Expected an object with fields, found a text."),
    b"true": ("not_an_object", "Expected an object with fields, found true or false."),
    b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}": ("too_deep", "Its values are nested too deep."),
    b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}": ("too_deep", "Its values are nested too deep."),
    b'{"a": "\xff"}': ("undecodable_text", "Byte 8 of the line is not utf-8."),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_line_tells_why_and_stops_no_other(wrong: bytes) -> None:
    first, second, third = rows_of(GOOD + wrong + b"\n" + GOOD, format="jsonl", encoding="utf-8")
    assert first.fields == third.fields == {"text": "a"}
    assert second.fields is None
    assert second.error
    code, beginning = WRONG[wrong]
    assert (second.line, second.error.field, second.error.code) == (2, "", code)
    assert second.error.detail.startswith(beginning)
    assert (third.number, third.line) == (3, 3)


def test_depth_counts_to_forty() -> None:
    deep = b'{"a": ' + b"[" * 39 + b"]" * 39 + b"}"
    [row] = rows_of(deep, format="jsonl")
    assert row.fields == json.loads(deep)


def test_a_line_over_the_limit_is_told_and_passed_over() -> None:
    limits = RowLimits(row_bytes=20)
    rows = rows_of(GOOD + b'{"text": "' + b"x" * 99 + b'"}\n' + GOOD, limits=limits)
    error = RowError("", "row_too_large", "A row has at most 20 bytes.")
    assert [row.error for row in rows] == [None, error, None]


def test_a_line_of_too_many_columns_is_told() -> None:
    content = json.dumps(dict.fromkeys("abcd", 1)).encode()
    [row] = rows_of(content, limits=RowLimits(columns=3))
    assert row.error == RowError("", "too_many_columns", "A row has at most 3 columns, this has 4.")


def test_a_long_line_of_many_small_values_is_told_before_it_takes_memory() -> None:
    content = b'{"a": [' + b"[]," * 400_000 + b"0]}"
    [row] = rows_of(content, limits=RowLimits(values=500_000))
    detail = "A row has at most 500000 values, this has up to 800002."
    assert row.error == RowError("", "too_many_values", detail)
    [text] = rows_of(json.dumps({"text": "a, b" * 300_000}).encode())
    assert text.fields == {"text": "a, b" * 300_000}


@pytest.mark.parametrize("number", [2**64, -(10**25), 2**63, 1e300, 1.5, -(2**63)])
def test_numbers_stay_what_they_are(number: float) -> None:
    content = json.dumps({"a": {"b": [1, {"c": number}]}, "d": 0.5}).encode()
    [fields] = fields_of(content)
    assert fields == json.loads(content)
    assert type(fields["a"]["b"][1]["c"]) is type(number)


def test_half_a_surrogate_pair_is_read() -> None:
    assert fields_of(b'{"a": "\\ud800 \\u00e9", "b": [1.5, 12]}') == [
        {"a": "\ud800 é", "b": [1.5, 12]}
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16le", "utf-8-sig", "shift_jis", "cp1251"])
def test_other_encodings_are_decoded(encoding: str) -> None:
    words = "機能の表" if encoding == "shift_jis" else "Привет, как дела сегодня вечером?"
    content = (f'{{"text": "{words}"}}\n\n' * 2).encode(encoding)
    label = None if encoding in {"utf-16", "utf-8-sig"} else encoding
    assert fields_of(content, encoding=label, format="jsonl") == [{"text": words}] * 2


def test_a_line_that_is_not_in_the_encoding_is_told() -> None:
    [good, bad] = rows_of(b'{"text": "\x83e"}\n{"text": "\x83"}\n', encoding="shift_jis")
    assert good.fields == {"text": "テ"}
    assert bad.error == RowError("", "undecodable_text", "Byte 11 of the line is not shift_jis.")


def test_an_empty_object_is_a_row() -> None:
    assert fields_of(b"{}\n{}") == [{}, {}]
    assert shape_of(b"{}\n{}").format == "jsonl"
