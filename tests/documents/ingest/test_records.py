from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.ingest import Limits
from documents.ingest.plain import extract
from tests.documents.ingest.layouts import assert_sound, held

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1)


@pytest.mark.parametrize(
    ("text", "media_type", "records"),
    [
        ("a,b\n1,2\n", "text/csv", ["a,b", "1,2"]),
        ('a;b\r\n"x\r\ny";2\r\n\r\n', "text/csv", ["a;b", '"x\r\ny";2']),
        ("a\tb\r1\t 2", "text/tab-separated-values", ["a\tb", "1\t 2"]),
        (' {"a": [1], "b" : {"c": 2}} ', "application/json", ['"a": [1]', '"b" : {"c": 2}']),
        ('[1, "x",\n{}]\n', "application/json", ["1", '"x"', "{}"]),
        ("{}", "application/json", []),
        ('{"a": 1}\n\n[2]\n', "application/jsonl", ['{"a": 1}', "[2]"]),
    ],
)
def test_data_is_told_by_all_of_it_and_stays_as_it_is(
    text: str, media_type: str, records: list[str]
) -> None:
    extraction = extract(text.encode(), Limits())
    assert (extraction.text, extraction.media_type) == (text, media_type)
    assert [record for _, _, record in held(extraction)] == records
    assert extraction.extractor in {"python-csv", "python-json"}


@pytest.mark.parametrize(
    "text",
    [
        "Hello, world\nYou, there",
        "Roses,red\nViolets",
        "a,b",
        "1,2\n3,4",
        "a,a\n1,2",
        "a,\n1,2",
        'a,b\n"1"x,2',
        'a,b\n"1,2',
        "a,b\n\n1,2",
        f"{'a' * 201},b\n1,2",
        "[1,]",
        "[see below]",
        "[NaN]",
        '{"a" 1}',
        "{1: 2}",
        "[1] and more",
        '{"a": 1}\n{"a": }',
        '{"a": 1}\n2',
        "[" * 100_000,
        '{"a": ' * 100_000,
        "[" + "9" * 5_000 + "]",
        '"a string"',
        "true",
    ],
)
def test_what_is_data_only_in_part_is_plain_text(text: str) -> None:
    extraction = extract(text.encode(), Limits())
    assert (extraction.text, extraction.media_type) == (text, "text/plain")


def test_a_long_cell_is_a_cell() -> None:
    text = f"a,b\n{'x' * 500_000},2"
    assert extract(text.encode(), Limits()).media_type == "text/csv"


def test_many_records_are_counted_beyond_the_limit() -> None:
    extraction = extract(b"a,b\n" * 1 + b"1,2\n" * 99, Limits(blocks=10))
    assert len(extraction.layout["blocks"]) == 10
    assert extraction.notes == ["90 blocks beyond the first 10 are not in the layout"]


@settings(deadline=None)
@given(st.lists(VALUES) | st.dictionaries(st.text(), VALUES), st.sampled_from([None, 2]))
def test_any_json_is_json_with_a_record_for_each_member(value: Any, indent: int | None) -> None:
    extraction = extract(json.dumps(value, indent=indent).encode(), Limits())
    assert extraction.media_type == "application/json"
    assert len(extraction.layout["blocks"]) == len(value)
    assert_sound(extraction)


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_any_table_has_its_rows(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([["one", "two", "three"], *rows])
    extraction = extract(file.getvalue().encode(), Limits())
    assert extraction.media_type == "text/csv"
    assert len(extraction.layout["blocks"]) == len(rows) + 1
    assert_sound(extraction)
