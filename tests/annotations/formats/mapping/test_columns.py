"""Which column is what is told by the sender, or by the columns' names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.formats.mapping import LOOKED_AT, Mapping, columns_of, complete
from annotations.formats.rows import FormatError
from documents.offsets import OffsetUnit
from tests.annotations.formats.rows.reading import rows_of

TASK = b'{"id": 1, "data": {"text": "a", "year": 2}, "annotations": []}\n'


def test_the_columns_of_the_first_rows_are_found() -> None:
    assert columns_of(rows_of(b'{"a": 1}\n[]\n{"b": 1, "a": {"text": 1}}')) == ["a", "b"]
    assert columns_of(rows_of(TASK)) == ["id", "data", "annotations", "/data/text"]
    many = b'{"text": 1}\n' * LOOKED_AT + b'{"b": 1}'
    assert columns_of(rows_of(many)) == ["text"]


RECOGNISED = [
    (["text"], Mapping("text", others=True)),
    (["anything"], Mapping("anything", others=True)),
    (
        ["id", "text", "label", "Comments"],
        Mapping("text", external_id="id", labels=("label",), others=True),
    ),
    (
        ["ID", "Text", "entities", "labels", "meta", "Title", "tags", "lang", "split"],
        Mapping(
            "Text",
            external_id="ID",
            title="Title",
            language="lang",
            split="split",
            tags="tags",
            metadata_objects=("meta",),
            labels=("labels", "entities"),
            others=True,
        ),
    ),
    (["external_id", "id", "body"], Mapping("body", external_id="external_id", others=True)),
    (
        ["id", "data", "/data/text", "annotations"],
        Mapping("/data/text", external_id="id", metadata_objects=("/data",)),
    ),
]


@pytest.mark.parametrize(("columns", "expected"), RECOGNISED)
def test_columns_are_known_by_the_names_that_other_tools_give_them(
    columns: list[str], expected: Mapping
) -> None:
    assert complete({}, columns) == expected


GIVEN: list[tuple[dict[str, Any], Mapping]] = [
    (
        {"text": "title"},
        Mapping("title", external_id="id", metadata_objects=("meta",), others=True),
    ),
    (
        {"text": "text", "external_id": None, "title": None},
        Mapping("text", metadata_objects=("meta",), others=True),
    ),
    (
        {"metadata": {"n": "id"}, "others": False, "metadata_objects": ()},
        Mapping("text", title="title", metadata={"n": "id"}),
    ),
    (
        {"labels": ("meta", "title"), "label_separator": ";", "offset_unit": OffsetUnit.UTF16},
        Mapping(
            "text",
            external_id="id",
            labels=("meta", "title"),
            label_separator=";",
            offset_unit=OffsetUnit.UTF16,
            others=True,
        ),
    ),
]


@pytest.mark.parametrize(("given_mapping", "expected"), GIVEN)
def test_what_is_told_goes_before_what_names_say(
    given_mapping: dict[str, Any], expected: Mapping
) -> None:
    columns = ["text", "id", "title", "meta"]
    assert complete(given_mapping, columns, is_table=True) == expected


def test_a_column_that_a_table_has_not_is_told() -> None:
    with pytest.raises(FormatError) as caught:
        complete({"text": "text", "labels": ("type",)}, ["text", "id"], is_table=True)
    assert str(caught.value) == "unknown_column: There is no column 'type'. There is: text, id."
    assert complete({"title": "/a/b"}, ["text", "id"]).title == "/a/b"


@pytest.mark.parametrize(
    ("columns", "end"),
    [
        (["a", "b"], "There is: a, b."),
        ([], "None of the first rows can be read."),
        ([f"c{n}" for n in range(21)], "c18, c19 and more."),
    ],
)
def test_without_a_text_the_columns_are_told(columns: list[str], end: str) -> None:
    with pytest.raises(FormatError) as caught:
        complete({}, columns)
    assert caught.value.code == "no_text_column"
    assert caught.value.detail.startswith("Which column is the text? Say so by a mapping. ")
    assert caught.value.detail.endswith(end)


names = st.none() | st.text(max_size=3)


@given(st.builds(Mapping, metadata=st.dictionaries(st.text(), st.text(), max_size=2)))
def test_a_mapping_that_was_kept_comes_back(mapping: Mapping) -> None:
    assert Mapping.from_dict(mapping.as_dict()) == mapping
