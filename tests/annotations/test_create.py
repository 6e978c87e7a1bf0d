"""Annotations are made: in one's own set, on the text as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError

from annotations.models import Annotation, AnnotationSet, Label
from annotations.services.annotations import create_annotation
from documents.models import Document
from documents.offsets import OffsetUnit
from tests.client import Client
from tests.events import log_of
from tests.factories import LabelFactory, UserFactory
from tests.threads import at_once

Do = Callable[..., Any]


def error_of(response: Any) -> tuple[str, str]:
    assert (response.status_code, response.json()["code"]) == (422, "invalid_annotation")
    [error] = response.json()["errors"]
    return error["pointer"], error["code"]


def test_a_span_is_annotated(annotator: Client, document: Document, label: Label, say: Do) -> None:
    response = say(annotator, start=4, end=12, quote="Lovelace", body="née Byron", confidence=0.5)
    made = response.json()
    own = AnnotationSet.objects.get()
    assert response.status_code == 201
    assert made == {
        "id": made["id"],
        "project_id": str(document.project_id),
        "document_id": str(document.pk),
        "annotation_set_id": str(own.pk),
        "revision_id": str(document.revision_id),
        "label_id": str(label.pk),
        "author_id": str(annotator.person.pk),
        "start": 4,
        "end": 12,
        "fragments": None,
        "quote": "Lovelace",
        "prefix": "Ada ",
        "suffix": " lives in Turin. 👩‍🔬 She likes Zoë."[:32],
        "page": None,
        "boxes": None,
        "anchoring": "written",
        "anchor_confidence": None,
        "attributes": {},
        "body": "née Byron",
        "confidence": 0.5,
        "derived_from_id": None,
        "deleted_at": None,
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert response["ETag"] == '"1"'
    assert response["Location"] == f"http://testserver/api/v1/annotations/{made['id']}"
    assert log_of(made["id"]) == [("annotation.created", annotator.person.pk)]


def test_the_first_annotation_opens_one_s_own_set_once(annotator: Client, said: Do) -> None:
    first, second = said(annotator), said(annotator, start=4, end=12)
    own = AnnotationSet.objects.get()
    assert first["annotation_set_id"] == second["annotation_set_id"] == str(own.pk)
    assert (own.author, own.state, own.kind) == (annotator.person, "draft", "annotator")
    assert log_of(own.pk) == [("set.opened", annotator.person.pk)]


def test_everybody_has_a_set_of_their_own(annotator: Client, curator: Client, said: Do) -> None:
    assert said(annotator)["annotation_set_id"] != said(curator)["annotation_set_id"]


@pytest.mark.django_db(transaction=True)
def test_simultaneous_first_annotations_open_one_set(annotator: Client, say: Do) -> None:
    clients = [Client.of(annotator.person) for _ in range(6)]
    answers = at_once(*(lambda c=c: say(c) for c in clients))
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.json()["annotation_set_id"] for answer in answers}) == 1
    assert len(log_of(AnnotationSet.objects.get().pk)) == 1
    assert Annotation.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_the_same_annotation_sent_at_once_under_one_key_is_made_once(
    annotator: Client, document: Document, label: Label
) -> None:
    path, content = f"/documents/{document.pk}/annotations", {"label": label.pk}
    clients = [Client.of(annotator.person) for _ in range(4)]
    calls = [
        lambda c=c: c.post(path, content | {"start": 0, "end": 3}, idempotency_key="k-1")
        for c in clients
    ]
    answers = at_once(*calls)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.get("Idempotency-Replayed", "") for answer in answers) == [
        "",
        "true",
        "true",
        "true",
    ]
    assert Annotation.objects.count() == 1


def test_a_quote_must_be_what_the_text_says(annotator: Client, say: Do) -> None:
    response = say(annotator, quote="Eve")
    assert error_of(response) == ("/quote", "quote_mismatch")
    detail = "/quote: The text between the offsets is 'Ada', not 'Eve'."
    assert response.json()["detail"] == detail
    assert not Annotation.objects.exists()


def test_a_refused_first_annotation_opens_no_set(annotator: Client, say: Do) -> None:
    say(annotator, quote="Eve")
    assert not AnnotationSet.objects.exists()


def test_white_space_around_a_quote_counts(annotator: Client, say: Do) -> None:
    assert say(annotator, start=3, end=5, quote=" L").status_code == 201
    assert error_of(say(annotator, start=3, end=5, quote="L"))[1] == "quote_mismatch"


@pytest.mark.parametrize(("start", "end"), [(3, 3), (4, 3), (0, 48), (47, 48), (900, 1000)])
def test_a_span_must_lie_in_the_text(annotator: Client, say: Do, start: int, end: int) -> None:
    response = say(annotator, start=start, end=end)
    assert error_of(response) == ("/end", "offset_out_of_range")
    expected = f"Expected 0 ≤ start < end ≤ 47 in code_points, found {start} and {end}."
    assert response.json()["detail"] == f"/end: {expected}"


def test_a_span_may_be_the_whole_text(annotator: Client, said: Do) -> None:
    assert said(annotator, start=0, end=47)["quote"].endswith("Zoë.")


@pytest.mark.parametrize(("left_out", "pointer"), [("start", "/start"), ("end", "/end")])
def test_a_span_label_takes_both_offsets(
    annotator: Client, say: Do, left_out: str, pointer: str
) -> None:
    assert error_of(say(annotator, **{left_out: ...})) == (pointer, "required")


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"label": ...}, "/label"),
        ({"label": "person"}, "/label"),
        ({"start": -1}, "/start"),
        ({"start": 2**31}, "/start"),
        ({"end": "x"}, "/end"),
        ({"start": None}, "/start"),
        ({"quote": ""}, "/quote"),
        ({"confidence": 1.1}, "/confidence"),
        ({"confidence": -0.1}, "/confidence"),
        ({"body": "b" * 100_001}, "/body"),
        ({"author": "somebody"}, "/author"),
        ({"version": 7}, "/version"),
    ],
)
def test_an_annotation_that_does_not_fit_is_refused(
    annotator: Client, say: Do, members: dict[str, Any], pointer: str
) -> None:
    response = say(annotator, **members)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


def test_a_label_of_another_project_is_unknown(annotator: Client, say: Do) -> None:
    foreign = say(annotator, label=LabelFactory.create().pk)
    missing = say(annotator, label="01980000-0000-7000-8000-000000000000")
    assert error_of(foreign) == error_of(missing) == ("/label", "unknown_label")
    assert foreign.json()["detail"] == missing.json()["detail"]


def test_a_document_without_a_text_is_not_annotated(
    annotator: Client, document: Document, say: Do
) -> None:
    Document.objects.update(status="pending", revision=None)
    response = say(annotator)
    assert (response.status_code, response.json()["code"]) == (409, "document_not_ready")


@pytest.mark.parametrize("place", [{"start": 0, "end": 3}, {}], ids=["span", "document"])
def test_another_refusal_of_the_database_is_not_taken_for_a_label_given_twice(
    annotator: Client, document: Document, place: dict[str, int]
) -> None:
    kind = "span" if place else "document"
    label = LabelFactory.create(project=document.project, kind=kind)
    fields = {"label": label.pk, "confidence": 7} | place
    with pytest.raises(IntegrityError, match="annotation_confidence_from_0_to_1"):
        create_annotation(
            author=annotator.person, document=document, fields=fields, unit=OffsetUnit.CODE_POINTS
        )


def test_who_may_annotate(viewer: Client, stranger: Client, curator: Client, say: Do) -> None:
    assert say(viewer).status_code == 403
    assert say(stranger).status_code == 404
    assert say(Client.of(UserFactory.create(is_superuser=True))).status_code == 201
    assert say(curator).status_code == 201


def test_a_row_s_name_tells_label_and_quote(annotator: Client, said: Do, topic: Label) -> None:
    span = Annotation.objects.get(pk=said(annotator)["id"])
    whole = Annotation.objects.get(pk=said(annotator, label=topic.pk, start=..., end=...)["id"])
    assert (str(span), str(whole)) == ("person: Ada", "science")
    assert str(span.annotation_set) == f"{annotator.person.name}: draft"
