"""What labels are put on: fragments of spans, parts of pages, documents; with attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Annotation, AnnotationSet, Kind, Label
from documents.models import Document, Project, Revision
from tests.client import Client
from tests.factories import LabelFactory

Do = Callable[..., Any]
NOT_A_SPAN = {"start": ..., "end": ...}
# "Ada … Turin" and "Zoë" of the document that DocumentFactory makes.
PARTS = [{"start": 0, "end": 3}, {"start": 22, "end": 27}, {"start": 43, "end": 46}]
BOX = {"page": 1, "left": 10.0, "top": 20.0, "right": 110.0, "bottom": 30.5}


@pytest.fixture
def figure(project: Project) -> Label:
    """Return a label for parts of pages."""
    made: Label = LabelFactory.create(project=project, name="figure", kind=Kind.REGION)
    return made


@pytest.fixture
def pages(document: Document) -> None:
    """Give the document two pages, of which the size is known."""
    size = {"width": 595.3, "height": 841.9, "runs": []}
    layout = {"pages": [[0, 20], [20, 47]], "geometry": [size, size]}
    Revision.objects.update(layout=layout)


def error_of(response: Any) -> tuple[str, str]:
    [error] = response.json()["errors"]
    assert response.status_code == 422, response.content
    return error["pointer"], error["code"]


# Discontinuous spans


def test_a_discontinuous_span_is_annotated(annotator: Client, said: Do) -> None:
    made = said(annotator, fragments=PARTS, **NOT_A_SPAN)
    assert made["fragments"] == [
        {"start": 0, "end": 3, "quote": "Ada"},
        {"start": 22, "end": 27, "quote": "Turin"},
        {"start": 43, "end": 46, "quote": "Zoë"},
    ]
    assert (made["start"], made["end"], made["quote"]) == (0, 46, "Ada Turin Zoë")
    assert (made["prefix"], made["suffix"]) == ("", ".")
    assert annotator.get(f"/annotations/{made['id']}").json() == made
    assert Annotation.objects.get().fragments == [[0, 3], [22, 27], [43, 46]]


@pytest.mark.parametrize(("unit", "moved"), [("utf16", 2), ("utf8", 8)])
def test_offsets_of_fragments_count_the_unit_that_is_asked_for(
    annotator: Client, said: Do, unit: str, moved: int
) -> None:
    last = {"start": 43 + moved, "end": 46 + moved + (unit == "utf8"), "quote": "Zoë"}
    made = said(annotator, f"?offset_unit={unit}", fragments=[PARTS[0], last], **NOT_A_SPAN)
    assert made["fragments"][1] == last
    assert (made["start"], made["end"]) == (0, last["end"])
    assert Annotation.objects.get().fragments == [[0, 3], [43, 46]]


def test_what_comes_out_goes_in_again(annotator: Client, say: Do, said: Do) -> None:
    made = said(annotator, fragments=PARTS, **NOT_A_SPAN)
    names = ("start", "end", "quote", "prefix", "suffix", "fragments")
    again = said(annotator, **{name: made[name] for name in names})
    assert all(again[name] == made[name] for name in names)
    for name, other in (("start", 1), ("end", 9), ("quote", "A"), ("prefix", "x"), ("suffix", "x")):
        response = say(annotator, **{each: made[each] for each in names} | {name: other})
        assert error_of(response) == (f"/{name}", f"{name}_mismatch")


@pytest.mark.parametrize(
    ("parts", "pointer", "code"),
    [
        (PARTS[:1], "/fragments", "min_length"),
        ([PARTS[1], PARTS[0]], "/fragments/1/start", "fragments_in_disorder"),
        ([PARTS[0], {"start": 3, "end": 5}], "/fragments/1/start", "fragments_in_disorder"),
        ([PARTS[0], {"start": 2, "end": 5}], "/fragments/1/start", "fragments_in_disorder"),
        ([PARTS[0], {"start": 40, "end": 99}], "/fragments/1/end", "offset_out_of_range"),
        ([PARTS[0], PARTS[1] | {"quote": "Rome"}], "/fragments/1/quote", "quote_mismatch"),
        ([PARTS[0], PARTS[1] | {"color": "red"}], "/fragments/1/color", "unknown"),
        ([PARTS[0]] * 101, "/fragments", "max_length"),
    ],
)
def test_fragments_that_are_none_are_refused(
    annotator: Client, say: Do, parts: Any, pointer: str, code: str
) -> None:
    assert error_of(say(annotator, fragments=parts, **NOT_A_SPAN)) == (pointer, code)
    assert not AnnotationSet.objects.exists()


def test_a_span_is_taken_apart_and_joined_again(annotator: Client, said: Do) -> None:
    path = f"/annotations/{said(annotator)['id']}"
    apart = annotator.patch(path, {"fragments": PARTS[:2]}, if_match="1").json()
    assert (apart["quote"], apart["end"]) == ("Ada Turin", 27)
    kept = annotator.patch(path, {"body": "b"}, if_match="2").json()
    assert kept["fragments"] == apart["fragments"]
    joined = annotator.patch(path, {"start": 4, "end": 12}, if_match="3").json()
    assert (joined["fragments"], joined["quote"]) == (None, "Lovelace")


# Regions


@pytest.mark.usefixtures("pages")
def test_a_part_of_a_page_is_annotated(annotator: Client, said: Do, figure: Label) -> None:
    made = said(annotator, label=figure.pk, boxes=[BOX, BOX | {"page": 0}], **NOT_A_SPAN)
    assert (made["boxes"], made["page"]) == ([BOX, BOX | {"page": 0}], 1)
    assert (made["start"], made["quote"], made["fragments"]) == (None, "", None)
    path = f"/annotations/{made['id']}"
    assert annotator.get(path).json() == made
    moved = annotator.patch(path, {"boxes": [BOX | {"left": 0}]}, if_match="1").json()
    assert moved["boxes"] == [BOX | {"left": 0.0}]
    assert annotator.patch(path, {"body": "b"}, if_match="2").json()["boxes"] == moved["boxes"]


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize(
    ("box", "pointer", "code"),
    [
        (BOX | {"page": 2}, "/boxes/0/page", "unknown_page"),
        (BOX | {"right": 10}, "/boxes/0/right", "empty_box"),
        (BOX | {"bottom": 5}, "/boxes/0/bottom", "empty_box"),
        (BOX | {"right": 596}, "/boxes/0/right", "outside_of_page"),
        (BOX | {"bottom": 842.1}, "/boxes/0/bottom", "outside_of_page"),
        (BOX | {"left": -1}, "/boxes/0/left", "min_value"),
        ({"page": 0}, "/boxes/0/left", "required"),
    ],
)
def test_a_box_lies_on_a_page(
    annotator: Client, say: Do, figure: Label, box: Any, pointer: str, code: str
) -> None:
    response = say(annotator, label=figure.pk, boxes=[box], **NOT_A_SPAN)
    errors = response.json()["errors"]
    assert response.status_code == 422
    assert (errors[0]["pointer"], errors[0]["code"]) == (pointer, code)


@pytest.mark.usefixtures("pages")
def test_rounding_takes_no_box_from_its_page(annotator: Client, said: Do, figure: Label) -> None:
    said(annotator, label=figure.pk, boxes=[BOX | {"bottom": 842.0}], **NOT_A_SPAN)


def test_pages_of_an_unknown_size_have_boxes_of_any(
    annotator: Client, say: Do, figure: Label
) -> None:
    pages = [BOX | {"right": 10_000}]
    none = say(annotator, label=figure.pk, boxes=pages, **NOT_A_SPAN)
    assert error_of(none) == ("/boxes/0/page", "unknown_page")
    Revision.objects.update(layout={"pages": [[0, 20], [20, 47]]})
    assert say(annotator, label=figure.pk, boxes=pages, **NOT_A_SPAN).status_code == 201


@pytest.mark.usefixtures("pages")
def test_a_page_has_the_same_label_on_several_parts(
    annotator: Client, document: Document, figure: Label, topic: Label
) -> None:
    region = {"label": str(figure.pk), "boxes": [BOX]}
    items = [region, region, {"label": str(topic.pk)}]
    path = f"/documents/{document.pk}/annotations/bulk"
    assert annotator.post(path, {"annotations": items}).json()["created"] == 3


# Each kind of label has its own kind of target


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize(
    ("kind", "members", "pointer", "code"),
    [
        (Kind.SPAN, {"boxes": [BOX]}, "/boxes", "not_a_region_label"),
        (Kind.SPAN, {}, "/start", "required"),
        (Kind.REGION, {}, "/boxes", "required"),
        (Kind.REGION, {"boxes": [BOX], "start": 0, "end": 3}, "/start", "not_a_span_label"),
        (Kind.REGION, {"fragments": PARTS}, "/fragments", "not_a_span_label"),
        (Kind.DOCUMENT, {"boxes": [BOX]}, "/boxes", "not_a_region_label"),
        (Kind.DOCUMENT, {"fragments": PARTS}, "/fragments", "not_a_span_label"),
        (Kind.DOCUMENT, {"prefix": "x"}, "/prefix", "not_a_span_label"),
        (Kind.RELATION, {}, "/label", "relation_label"),
    ],
)
def test_a_label_takes_its_own_kind_of_target_only(
    *,
    annotator: Client,
    project: Project,
    say: Do,
    kind: str,
    members: dict[str, Any],
    pointer: str,
    code: str,
) -> None:
    label = LabelFactory.create(project=project, kind=kind)
    response = say(annotator, label=label.pk, **NOT_A_SPAN | members)
    assert error_of(response) == (pointer, code)


# Attributes, free-text answers and ratings


@pytest.fixture
def rating(project: Project) -> Label:
    """Return a label by which documents are rated from 1 to 5."""
    schema = {
        "type": "object",
        "properties": {"rating": {"type": "integer", "minimum": 1, "maximum": 5}},
        "required": ["rating"],
        "additionalProperties": False,
    }
    made: Label = LabelFactory.create(
        project=project, name="how clear", kind=Kind.DOCUMENT, attribute_schema=schema
    )
    return made


def test_a_document_is_rated(annotator: Client, said: Do, say: Do, rating: Label) -> None:
    made = said(annotator, label=rating.pk, attributes={"rating": 4}, **NOT_A_SPAN)
    assert made["attributes"] == {"rating": 4}
    path = f"/annotations/{made['id']}"
    worse = annotator.patch(path, {"attributes": {"rating": 2}}, if_match="1").json()
    assert worse["attributes"] == {"rating": 2}
    refused = annotator.patch(path, {"attributes": {"rating": 6}}, if_match="2")
    assert error_of(refused)[0] == "/attributes/rating"
    assert annotator.get(path).json() == worse


def test_attributes_fit_their_label(
    annotator: Client, say: Do, rating: Label, label: Label
) -> None:
    missing = say(annotator, label=rating.pk, **NOT_A_SPAN)
    assert error_of(missing) == ("/attributes/rating", "required")
    unknown = say(annotator, label=label.pk, attributes={"rating": 4})
    assert error_of(unknown) == ("/attributes/rating", "unknown_attribute")


def test_what_was_said_under_an_earlier_schema_stays_until_it_is_said_anew(
    annotator: Client, said: Do, rating: Label
) -> None:
    made = said(annotator, label=rating.pk, attributes={"rating": 4}, **NOT_A_SPAN)
    Label.objects.filter(pk=rating.pk).update(attribute_schema=None)
    path = f"/annotations/{made['id']}"
    kept = annotator.patch(path, {"body": "b"}, if_match="1")
    assert (kept.status_code, kept.json()["attributes"]) == (200, {"rating": 4})
    refused = annotator.patch(path, {"attributes": {"rating": 4}}, if_match="2")
    assert error_of(refused)[0] == "/attributes/rating"


def test_a_question_is_answered_in_free_text(annotator: Client, said: Do, topic: Label) -> None:
    answer = "She lives in Turin.\r\n  I read it twice."
    made = said(annotator, label=topic.pk, body=answer, **NOT_A_SPAN)
    assert (made["body"], made["start"], made["page"]) == (answer, None, None)
