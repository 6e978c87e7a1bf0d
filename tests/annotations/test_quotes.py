"""A client may send a quote alone, with what stands around it, and gets the offsets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Annotation, AnnotationSet, Label
from documents.models import Document, Project
from documents.offsets import OffsetUnit, from_code_points
from tests.client import Client
from tests.factories import DocumentFactory

Do = Callable[..., Any]
QUOTED = {"start": ..., "end": ...}
TEXT = "שלום e\u0301 👩‍🔬\r\n𐐀da met 👩‍🔬 and 👨‍👩‍👧‍👦.\r\n"


@pytest.fixture
def document(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project, text=TEXT)
    return made


def text_of(document: Document) -> str:
    assert document.revision
    return document.revision.text


@pytest.mark.parametrize("unit", list(OffsetUnit))
@pytest.mark.parametrize("quote", ["שלום", "e\u0301", "𐐀da", "👨‍👩‍👧‍👦", "met 👩‍🔬 and"])
def test_a_quote_that_stands_there_once_is_enough(
    annotator: Client, said: Do, document: Document, quote: str, unit: OffsetUnit
) -> None:
    text = text_of(document)
    made = said(annotator, f"?offset_unit={unit}", quote=quote, **QUOTED)
    start = text.index(quote)
    told = [from_code_points(text, at, unit) for at in (start, start + len(quote))]
    assert ([made["start"], made["end"]], made["quote"]) == (told, quote)
    row = Annotation.objects.get()
    assert row.start is not None
    assert text[row.start : row.end] == quote
    # What came out is taken back in, as it is.
    again = said(
        annotator,
        f"?offset_unit={unit}",
        **{name: made[name] for name in ("start", "end", "quote", "prefix", "suffix")},
    )
    assert (again["start"], again["end"]) == (made["start"], made["end"])


@pytest.mark.parametrize("unit", list(OffsetUnit))
def test_several_places_are_told_as_candidates(
    annotator: Client, say: Do, document: Document, unit: OffsetUnit
) -> None:
    response = say(annotator, f"?offset_unit={unit}", quote="👩‍🔬", **QUOTED)
    told = response.json()
    [error] = told["errors"]
    assert (response.status_code, error["pointer"]) == (422, "/quote")
    assert error["code"] == "quote_ambiguous"
    text = text_of(document)
    assert [(one["start"], one["end"]) for one in told["candidates"]] == [
        (from_code_points(text, at, unit), from_code_points(text, at + 3, unit))
        for at in (text.index("👩‍🔬"), text.rindex("👩‍🔬"))
    ]
    assert not AnnotationSet.objects.exists()
    for one in told["candidates"]:  # each of them can be sent as it is
        sent = say(annotator, f"?offset_unit={unit}", quote="👩‍🔬", **one)
        assert (sent.status_code, sent.json()["start"]) == (201, one["start"])


def test_what_stands_around_decides(annotator: Client, said: Do, document: Document) -> None:
    first = said(annotator, quote="👩‍🔬", prefix="e\u0301 ", **QUOTED)
    second = said(annotator, quote="👩‍🔬", suffix=" and", **QUOTED)
    text = text_of(document)
    assert (first["start"], second["start"]) == (text.index("👩‍🔬"), text.rindex("👩‍🔬"))


@pytest.mark.parametrize(
    ("members", "pointer", "code"),
    [
        ({"quote": "Eve", **QUOTED}, "/quote", "quote_not_found"),
        ({"quote": "met", "prefix": "not ", **QUOTED}, "/quote", "quote_not_found"),
        ({"start": 0, "end": 4, "prefix": "x"}, "/prefix", "prefix_mismatch"),
        ({"start": 0, "end": 4, "suffix": "x"}, "/suffix", "suffix_mismatch"),
        (QUOTED, "/start", "required"),
        ({"prefix": "x", **QUOTED}, "/start", "required"),
        ({"quote": "met", "start": ...}, "/start", "required"),
    ],
)
def test_what_does_not_fit_is_refused(
    annotator: Client, say: Do, members: dict[str, Any], pointer: str, code: str
) -> None:
    response = say(annotator, **members)
    [error] = response.json()["errors"]
    assert (response.status_code, error["pointer"], error["code"]) == (422, pointer, code)


def test_quotes_are_found_in_bulk(annotator: Client, document: Document, label: Label) -> None:
    items = [{"label": str(label.pk), "quote": one} for one in ("𐐀da", "👩‍🔬", "Eve")]
    path = f"/documents/{document.pk}/annotations/bulk?offset_unit=utf16"
    good, several, none = annotator.post(path, {"annotations": items}).json()["results"]
    text = text_of(document)
    assert good["annotation"]["start"] == from_code_points(text, text.index("𐐀"), OffsetUnit.UTF16)
    assert several["problem"]["errors"][0]["code"] == "quote_ambiguous"
    assert len(several["problem"]["candidates"]) == 2
    assert none["problem"]["errors"][0]["code"] == "quote_not_found"


def test_fragments_are_found_by_their_quotes(annotator: Client, said: Do) -> None:
    parts = [{"quote": "𐐀da"}, {"quote": "👩‍🔬", "suffix": " and"}]
    made = said(annotator, fragments=parts, **QUOTED)
    assert [one["quote"] for one in made["fragments"]] == ["𐐀da", "👩‍🔬"]
    assert made["quote"] == "𐐀da 👩‍🔬"


def test_a_fragment_s_fault_is_told_at_its_place(annotator: Client, say: Do) -> None:
    parts = [{"quote": "𐐀da"}, {"quote": "👩‍🔬"}]
    response = say(annotator, fragments=parts, **QUOTED)
    [error] = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/fragments/1/quote", "quote_ambiguous")
    assert len(response.json()["candidates"]) == 2
    empty = say(annotator, fragments=[{"quote": "𐐀da"}, {}], **QUOTED)
    assert empty.json()["errors"][0]["pointer"] == "/fragments/1/start"
    half = say(annotator, fragments=[{"quote": "𐐀da"}, {"start": 3}], **QUOTED)
    assert half.json()["errors"][0]["pointer"] == "/fragments/1/end"
