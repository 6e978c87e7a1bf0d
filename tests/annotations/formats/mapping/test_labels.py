"""Labels in rows are read as other tools write them, each held against the text."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.formats.mapping import Mapper, Mapping, RowAnnotation, RowRefused
from documents.offsets import OffsetUnit

TEXT = "Ada 👩 lives in Turin."


def said(value: Any, **options: Any) -> list[tuple[Any, ...]]:
    """Return what a label column says of the text: (label,) or (label, quote)."""
    mapping = Mapping("text", labels=("label",), **options)
    found = Mapper(mapping).document({"text": TEXT, "label": value}).annotations
    return [(one.label, one.anchor.quote) if one.anchor else (one.label,) for one in found]


SAID: list[tuple[Any, list[tuple[str, ...]]]] = [
    (None, []),
    ("", []),
    ([], []),
    ("letter", [("letter",)]),
    (" letter; note ", [("letter; note",)]),
    (["letter", "note", "letter"], [("letter",), ("note",)]),
    (1, [("1",)]),
    ([0, True], [("0",), ("true",)]),
    ([[0, 3, "PER"]], [("PER", "Ada")]),
    ([0, 3, "PER"], [("PER", "Ada")]),
    ('[[0, 3, "PER"], [15, 20, "LOC"]]', [("PER", "Ada"), ("LOC", "Turin")]),
    ("[no json", [("[no json",)]),
    ({"start": 0, "end": 3, "label": "PER"}, [("PER", "Ada")]),
    ([{"id": 4, "start_offset": 0, "end_offset": 3, "label": "PER"}], [("PER", "Ada")]),
    (
        [{"start": 0, "end": 3, "text": "Ada", "labels": ["PER", "X"]}],
        [("PER", "Ada"), ("X", "Ada")],
    ),
    ([{"choices": ["letter"]}, {"label": "note"}], [("letter",), ("note",)]),
    ([[0, 3, "PER"], "letter", [0, 3, "PER"]], [("PER", "Ada"), ("letter",)]),
]


@pytest.mark.parametrize(("value", "expected"), SAID)
def test_labels_are_read_as_other_tools_write_them(value: Any, expected: object) -> None:
    assert said(value) == expected


def test_names_in_a_cell_are_parted_as_told() -> None:
    assert said("letter; note;;", label_separator=";") == [("letter",), ("note",)]


@pytest.mark.parametrize(("unit", "start"), [("code_points", 4), ("utf16", 5), ("utf8", 7)])
def test_offsets_count_the_text_as_it_was_sent(unit: str, start: int) -> None:
    """NUL has one byte; what is kept instead of it has three, as has a lone surrogate."""
    mapping = Mapping("text", labels=("label",), offset_unit=OffsetUnit(unit))
    fields = {"text": "a\0👩 Ada \ud800", "label": [[start, start + 3, "PER"]]}
    [one] = Mapper(mapping).document(fields).annotations
    assert one.anchor
    assert (one.anchor.start, one.anchor.quote) == (4, "Ada")
    fields["label"] = [[start + 99, start + 102, "PER"]]
    with pytest.raises(RowRefused):
        Mapper(mapping).document(fields)


@pytest.mark.parametrize(("unit", "start"), [("code_points", 15), ("utf16", 16), ("utf8", 18)])
def test_offsets_count_what_is_told(unit: str, start: int) -> None:
    spans = [[start, start + 5, "LOC"]]
    assert said(spans, offset_unit=OffsetUnit(unit)) == [("LOC", "Turin")]


WRONG: list[tuple[Any, list[tuple[str, str]]]] = [
    ([[0, 99, "PER"]], [("label/0", "offset_out_of_range")]),
    ([[3, 3, "PER"]], [("label/0", "offset_out_of_range")]),
    ([[0, 3, "PER"], [0, 3, ""]], [("label/1", "required")]),
    ([[0, 3, "x" * 101]], [("label/0", "too_long")]),
    ([[0, 3, None]], [("label/0", "invalid_type")]),
    ([[0, 3]], [("label/0", "invalid_type")]),
    ([[0, True, "PER"]], [("label/0", "invalid_type")]),
    ([{"start": 0, "label": "PER"}], [("label/0", "invalid_type")]),
    ([{"start": "0", "end": 3, "label": "PER"}], [("label/0", "invalid_type")]),
    ([{"start": 0, "end": 3}], [("label/0", "invalid_type")]),
    ([{"start": 0, "end": 3, "label": "PER", "quote": "Bea"}], [("label/0", "quote_mismatch")]),
    ([{"label": "a", "confidence": 2}], [("label/0", "invalid_confidence")]),
    ([{"label": "a", "confidence": True}], [("label/0", "invalid_confidence")]),
    ({"start": 0, "end": 99, "label": "PER"}, [("label", "offset_out_of_range")]),
    (1.5, [("label", "invalid_type")]),
    (
        [[0, 99, "A"], [0, 98, "B"]],
        [("label/0", "offset_out_of_range")] * 1 + [("label/1", "offset_out_of_range")],
    ),
]


@pytest.mark.parametrize(("value", "errors"), WRONG)
def test_what_does_not_fit_the_text_is_told(value: Any, errors: object) -> None:
    with pytest.raises(RowRefused) as caught:
        said(value)
    assert [(error.field, error.code) for error in caught.value.errors] == errors


def test_an_offset_inside_a_character_is_told() -> None:
    with pytest.raises(RowRefused) as caught:
        said([[0, 5, "X"]], offset_unit=OffsetUnit.UTF16)
    [error] = caught.value.errors
    assert error == ("label/0", "offset_inside_character", "Offset 5 lies inside a character.")


def test_confidence_and_context_are_kept() -> None:
    mapping = Mapping("text", labels=("spans", "cats"))
    fields = {
        "text": "a\0b",
        "spans": [{"start": 1, "end": 2, "label": "X", "quote": "\0", "confidence": 1}],
        "cats": {"label": "letter", "confidence": 0.5},
    }
    span, whole = Mapper(mapping).document(fields).annotations
    assert whole == RowAnnotation("letter", confidence=0.5)
    assert span.anchor
    assert (span.anchor.quote, span.anchor.prefix, span.confidence) == ("\ufffd", "a", 1.0)
