"""Rows become documents as a mapping says; what does not fit is told by field, all at once."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.formats.mapping import Mapper, Mapping, RowDocument, RowRefused


def document(mapping: Mapping, **fields: Any) -> RowDocument:
    return Mapper(mapping).document(fields)


def refused(mapping: Mapping, **fields: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(RowRefused) as caught:
        document(mapping, **fields)
    return [tuple(error) for error in caught.value.errors]  # type: ignore[misc]


ALL = Mapping(
    "body",
    external_id="id",
    title="t",
    language="l",
    split="s",
    tags="g",
    metadata={"year": "/when/year"},
)


def test_each_property_is_taken_from_its_column() -> None:
    found = document(
        ALL,
        body=" a\0 ",
        id=7,
        t=" T ",
        l="pt-BR",
        s="Validation",
        g="x, y,,x",
        when={"year": 1843},
    )
    assert found == RowDocument(
        " a\0 ",
        {
            "external_id": "7",
            "title": "T",
            "language": "pt-BR",
            "split": "dev",
            "tags": ["x", "y"],
            "metadata": {"year": 1843},
        },
    )


def test_what_is_empty_or_not_there_is_not_said() -> None:
    found = document(ALL, body="a", id=None, t="", g=[], when=3)
    assert found == RowDocument("a", {"tags": []})


WRONG: list[tuple[dict[str, Any], list[tuple[str, str, str]]]] = [
    ({"body": None}, [("body", "required", "The row has no text.")]),
    ({"body": ""}, [("body", "required", "The row has no text.")]),
    ({"body": " \n"}, [("body", "required", "The text is empty.")]),
    ({"body": 3}, [("body", "invalid_type", "Expected a text, found a number.")]),
    ({"id": 1.5}, [("id", "invalid_type", "Expected a text, found a number.")]),
    ({"id": True}, [("id", "invalid_type", "Expected a text, found true or false.")]),
    ({"id": "x" * 256}, [("id", "too_long", "Expected 1 to 255 characters, found 256.")]),
    ({"id": " "}, [("id", "required", "Expected 1 to 255 characters, found 0.")]),
    ({"t": "a\ud800"}, [("t", "unstorable", "U+D800 cannot be stored.")]),
    ({"l": "english!"}, [("l", "invalid_language", "Expected a BCP 47 tag, found 'english!'.")]),
    ({"s": "first"}, [("s", "invalid_choice", "Expected train, dev or test, found 'first'.")]),
    ({"g": [1]}, [("g", "invalid_type", "Expected a text, found a number.")]),
    (
        {"g": [str(n) for n in range(51)]},
        [("g", "too_many", "A document has at most 50 tags, this has 51.")],
    ),
    ({"when": {"year": ["\0"]}}, [("year", "unstorable", "U+0000 cannot be stored.")]),
    ({"when": {"year": {"\0": 1}}}, [("year", "unstorable", "U+0000 cannot be stored.")]),
    (
        {"body": [], "id": {}},
        [
            ("body", "invalid_type", "Expected a text, found an array."),
            ("id", "invalid_type", "Expected a text, found an object."),
        ],
    ),
]


@pytest.mark.parametrize(("fields", "errors"), WRONG)
def test_what_does_not_fit_is_told_by_column(fields: dict[str, Any], errors: object) -> None:
    assert refused(ALL, **{"body": "a", **fields}) == errors


def test_all_other_columns_become_metadata() -> None:
    mapping = Mapping(
        "/doc/text",
        external_id="/doc/ids/0",
        metadata={"x": "a"},
        metadata_objects=("meta",),
        labels=("label",),
        others=True,
    )
    found = document(
        mapping,
        doc={"text": "t", "ids": ["n-1", "n-2"], "by": "Ada"},
        a=1,
        b=[{"c": None}],
        d=None,
        label="L",
        meta={"b": 2, "e": 3},
    )
    assert found.properties == {
        "external_id": "n-1",
        "metadata": {
            "doc": {"ids": ["n-1", "n-2"], "by": "Ada"},
            "b": 2,
            "e": 3,
            "x": 1,
        },
    }


def test_of_an_object_that_is_used_up_nothing_is_kept() -> None:
    mapping = Mapping("/data/text", metadata_objects=("/data",), others=True)
    assert document(mapping, data={"text": "t"}, n=1).properties == {"metadata": {"n": 1}}
    assert document(mapping, data={"text": "t", "n": 2}, n=1).properties == {"metadata": {"n": 2}}


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ('{"a": 1}', {"a": 1}),
        ("{broken", {"meta": "{broken"}),
        ("a", {"meta": "a"}),
        ([1], {"meta": [1]}),
        (None, None),
    ],
)
def test_a_cell_may_hold_an_object_as_json(cell: object, kept: object) -> None:
    found = document(Mapping("text", metadata_objects=("meta",)), text="t", meta=cell)
    assert found.properties.get("metadata") == kept


def test_pointers_follow_rfc_6901() -> None:
    mapping = Mapping("/a~1b/~0c/1", external_id="/n/9", title="/n/x", language="/")
    fields = {"a/b": {"~c": ["no", "yes"]}, "n": ["a"], "": "en"}
    assert Mapper(mapping).document(fields) == RowDocument("yes", {"language": "en"})


def test_tags_are_parted_as_told() -> None:
    mapping = Mapping("text", tags="tags", tag_separator=None)
    assert document(mapping, text="t", tags="a,b").properties == {"tags": ["a,b"]}
    mapping = Mapping("text", tags="tags", tag_separator="|")
    assert document(mapping, text="t", tags="a|b").properties == {"tags": ["a", "b"]}
