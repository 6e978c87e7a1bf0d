"""JSON arrays are read value by value, as a stream; a broken value costs no other."""

from __future__ import annotations

import io
import json
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.formats.rows import FormatError, Position, RowLimits, json_stream, read_rows
from tests.annotations.formats.rows.reading import fields_of, objects, rest, rows_of, shape_of, told

indents = st.sampled_from([None, 0, 1, 4])


@given(st.lists(objects, max_size=4), indents, st.booleans(), st.integers(1, 50))
def test_the_values_of_an_array_come_back_one_by_one(
    records: list[dict[str, Any]], indent: int | None, escapes: bool, chunk: int
) -> None:
    text = json.dumps(records, indent=indent, ensure_ascii=escapes)
    content = text.encode(errors="surrogatepass")
    with patch.object(json_stream, "CHUNK", chunk):
        assert fields_of(content) == records


@given(st.lists(objects, min_size=1, max_size=4), indents, st.sampled_from(["\n", "", " \r\n\t"]))
def test_objects_one_after_the_other_are_read(
    records: list[dict[str, Any]], indent: int | None, between: str
) -> None:
    text = between.join(json.dumps(record, indent=indent) for record in records)
    assert fields_of(text.encode(), format="json") == records


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-8-sig", "shift_jis"])
def test_arrays_in_other_encodings_are_read(encoding: str) -> None:
    records = [{"text": "機能の表 {[", "n": n} for n in range(3)]
    content = json.dumps(records, ensure_ascii=False, indent=1).encode(encoding)
    label = {"utf-16-be": "utf-16be", "shift_jis": "shift_jis"}.get(encoding)
    rows = rows_of(content, encoding=label)
    assert [row.fields for row in rows] == records
    shape = shape_of(content, encoding=label)
    assert [rest(content, shape, row.end) for row in rows] == [rows[1:], rows[2:], []]


def test_rows_tell_where_they_begin_and_end() -> None:
    content = b'\xef\xbb\xbf \n[\n {"text":\n"\xc3\xa9"}, {"text": 1}\n ,{}]\n'
    rows = rows_of(content)
    assert told(rows) == [(1, 3, {"text": "é"}), (2, 4, {"text": 1}), (3, 5, {})]
    assert rows[0].end == Position(content.index(b",", 8), 1, 4)
    assert rows[2].end == Position(len(content) - 2, 3, 5)
    assert fields_of(b"[ ]") == fields_of(b"[ {} , ]")[1:] == []


BROKEN: dict[str, tuple[bytes, list[tuple[int, Any]]]] = {
    "a comma too few": (b'[{"a" 1}, {"b": 2}]', [(1, "invalid_json"), (1, {"b": 2})]),
    "no commas between": (b'[{"a": 1} {"b": 2}]', [(1, {"a": 1}), (1, {"b": 2})]),
    "not objects": (
        b'[1, "a b", true, [{}], "\n, x]',
        [(1, "not_an_object")] * 4 + [(1, "invalid_json"), (2, "invalid_json")],
    ),
    "quotes in a text": (b'[{"a": "say "b" c"},\n{"b": 2}]', [(1, "invalid_json"), (2, {"b": 2})]),
    "a quote too many": (b'[{"a": "b"c"},\n{"b": 2}\n]', [(1, "invalid_json"), (2, {"b": 2})]),
    "no quote at the end": (
        b'[\n  {"a": "b},\n  {"c": [{}]},\n  {"b": 2}\n]',
        [(2, "invalid_json"), (3, {"c": [{}]}), (4, {"b": 2})],
    ),
    "no bracket at the end": (
        b'[\r\n{"a": [1}, \r\n{"b": 2}, {"c": 3}\r\n]',
        [(2, "invalid_json"), (3, {"b": 2}), (3, {"c": 3})],
    ),
    "a bracket too many": (
        b'[{"a": 1}}, {"b": 2}]',
        [(1, {"a": 1}), (1, "invalid_json"), (1, {"b": 2})],
    ),
    "pretty, broken within": (
        b'[\n {\n  "a": {\n   "x" 1\n  }\n },\n {\n  "b": 2\n }\n]',
        [(2, "invalid_json"), (7, {"b": 2})],
    ),
    "wrong bytes": (b'[{"a": "\xff"}, {"b": 2}]', [(1, "undecodable_text"), (1, {"b": 2})]),
    "half a pair": (b'[{"a": "\\ud800"}, {"b": 2}]', [(1, {"a": "\ud800"}), (1, {"b": 2})]),
    "a bracket of no array": (b'{"a": 1} ] {"b": 2}', [(1, {"a": 1}), (1, "invalid_json")]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_value_is_told_and_the_next_one_is_read(case: str) -> None:
    content, expected = BROKEN[case]
    rows = rows_of(content, format="json", encoding="utf-8")
    assert [(line, found) for _, line, found in told(rows)][: len(expected)] == expected
    assert rows[-1].fields in ({"b": 2}, {"c": 3}, None)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    shape = shape_of(content, format="json", encoding="utf-8")
    for index, row in enumerate(rows):
        assert rest(content, shape, row.end) == rows[index + 1 :]


def test_where_values_share_lines_the_next_line_of_an_object_is_the_next_value() -> None:
    content = b'[{"a": "b}, {"c": 1},\n {"d": {\n  "e": 1}},\n {"f": 2}]'
    assert told(rows_of(content)) == [
        (1, 1, "invalid_json"),
        (2, 2, {"d": {"e": 1}}),
        (3, 4, {"f": 2}),
    ]


@pytest.mark.parametrize("content", [b'[{"a": 1}', b'[{"a": 1},', b'[{"a": [1', b'[{"a": 1}, "b'])
def test_a_file_that_ends_within_its_array_is_told_after_its_rows(content: bytes) -> None:
    shape = shape_of(content)
    with pytest.raises(FormatError) as caught:
        rest(content, shape, Position(9, 1, 1))
    told_of = "The file ends in line 1, within its array: it may be cut off."
    assert (caught.value.code, caught.value.detail) == ("unexpected_end", told_of)
    assert str(caught.value) == f"unexpected_end: {told_of}"


def test_more_after_the_array_is_told() -> None:
    with pytest.raises(FormatError, match=r"More follows in line 2 after the array's end\."):
        rows_of(b'[{"a": 1}]\n[{"b": 2}]')


@pytest.mark.parametrize("chunk", [1, 3, 16, 1 << 16])
@pytest.mark.parametrize(
    "long", [b'{"a": "%s\\""}', b'{"a": [{"%s": 1}]}', b'"%s"', b"1%s", b"[%s]"]
)
def test_a_value_over_the_limit_is_passed_over(long: bytes, chunk: int) -> None:
    content = b'[{"b": 1}, ' + long % (b"7" * 300) + b', {"c": 2}]'
    with patch.object(json_stream, "CHUNK", chunk):
        rows = rows_of(content, limits=RowLimits(row_bytes=30))
    assert [found for _, _, found in told(rows)] == [{"b": 1}, "row_too_large", {"c": 2}]
    assert rows[1].end.offset == content.rindex(b",")


def test_a_value_over_the_limit_with_values_below_it_is_one_that_does_not_close() -> None:
    content = b'[\n{"a": [,\n{"b": 1},\n{"c": 2}\n]'
    rows = rows_of(content, limits=RowLimits(row_bytes=20))
    assert [found for _, _, found in told(rows)] == ["invalid_json", {"b": 1}, {"c": 2}]
    assert rows[0].error
    assert rows[0].error.detail == "Not JSON: its brackets or its quotes do not close."
    assert rows[0].end.reread == 12


def test_what_has_to_be_read_again_is_bounded() -> None:
    content = b"[\n" + b'{"a": [,\n' * 20 + b"]"
    limits = RowLimits(row_bytes=50, reread_bytes=100)
    rows = read_rows(io.BytesIO(content), shape_of(content), None, limits)
    assert [next(rows).end.reread, next(rows).end.reread] == [42, 84]
    with pytest.raises(FormatError) as caught:
        next(rows)
    assert caught.value.code == "too_broken"


def test_bytes_that_the_encoding_has_not_at_all_end_the_reading() -> None:
    content = '[{"a": 1}]'.encode("utf-32-be") + b"\x00\x11\x00\x00"
    with pytest.raises(FormatError) as caught:
        rows_of(content, encoding="utf-32be")
    assert caught.value.code == "undecodable_text"


def test_blanks_without_end_take_no_memory() -> None:
    content = b"[" + b" " * 300_000 + b'\n   {"a": "b},\n   {"c": 1}' + b"\n" * 200_000 + b"]"
    assert [found for _, _, found in told(rows_of(content))] == ["invalid_json", {"c": 1}]


@pytest.mark.parametrize("chunk", [1, 2, 1 << 16])
def test_an_indent_is_told_whole_however_the_file_is_read(chunk: int) -> None:
    with patch.object(json_stream, "CHUNK", chunk):
        text = json_stream.JsonText(io.BytesIO(b" \n\t   {}"), 0, 1, "utf-8")
        assert text.skip_blanks() == "\t   "
        assert (text.peek(), text.offset, text.line) == ("{", 6, 2)
