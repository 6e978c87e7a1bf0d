"""Many annotations in one request: what fits is kept, what does not is told by item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from annotations.models import Annotation, AnnotationSet, Label
from documents.models import Document
from tests.client import Client
from tests.events import log_of
from tests.factories import LabelFactory
from tests.threads import at_once
from users.models import Event

Do = Callable[..., Any]


@pytest.fixture
def bulk(document: Document) -> Do:
    def send(client: Client, items: Any, query: str = "", **headers: str) -> Any:
        path = f"/documents/{document.pk}/annotations/bulk{query}"
        return client.post(path, {"annotations": items}, **headers)

    return send


@pytest.fixture
def item(label: Label) -> Do:
    def make(start: int = 0, end: int = 3, **members: Any) -> dict[str, Any]:
        return {"label": str(label.pk), "start": start, "end": end, **members}

    return make


def test_the_good_are_kept_and_the_bad_are_told(
    annotator: Client, bulk: Do, item: Do, topic: Label
) -> None:
    whole = {"label": str(topic.pk)}
    foreign = str(LabelFactory.create().pk)
    items = [
        item(quote="Ada"),
        item(quote="Eve"),
        item(900, 1000),
        whole,
        whole,
        item() | {"label": foreign},
        {"label": item()["label"]},
        item(4, 12),
    ]
    response = bulk(annotator, items)
    answer = response.json()
    assert (response.status_code, answer["created"], answer["failed"]) == (200, 3, 5)
    told = [
        (one["index"], one["status"], one.get("problem", {}).get("code"))
        for one in answer["results"]
    ]
    assert told == [
        (0, 201, None),
        (1, 422, "invalid_annotation"),
        (2, 422, "invalid_annotation"),
        (3, 201, None),
        (4, 409, "label_already_given"),
        (5, 422, "invalid_annotation"),
        (6, 422, "invalid_annotation"),
        (7, 201, None),
    ]
    faults = [
        one["problem"].get("errors", [{}])[0].get("code")
        for one in answer["results"]
        if "problem" in one
    ]
    assert faults == [
        "quote_mismatch",
        "offset_out_of_range",
        None,
        "unknown_label",
        "required",
    ]
    kept = [one["annotation"] for one in answer["results"] if "annotation" in one]
    for one in kept:
        assert annotator.get(f"/annotations/{one['id']}").json() == one
    assert Annotation.objects.count() == 3


def test_every_one_kept_has_its_event(annotator: Client, bulk: Do, item: Do) -> None:
    response = bulk(annotator, [item(), item(4, 12), item(quote="Eve")])
    for one in response.json()["results"][:2]:
        pk = one["annotation"]["id"]
        assert log_of(pk) == [("annotation.created", annotator.person.pk)]
        assert Event.objects.get(target_id=pk).request_id == response["X-Request-ID"]
    assert Event.objects.filter(action="annotation.created").count() == 2


def test_all_may_be_bad(annotator: Client, bulk: Do, item: Do) -> None:
    answer = bulk(annotator, [item(quote="Eve")]).json()
    assert (answer["created"], answer["failed"]) == (0, 1)
    assert not Annotation.objects.exists()


def test_a_label_given_before_is_not_given_again(
    annotator: Client, bulk: Do, said: Do, topic: Label
) -> None:
    said(annotator, label=topic.pk, start=..., end=...)
    [one] = bulk(annotator, [{"label": str(topic.pk)}]).json()["results"]
    assert (one["status"], one["problem"]["code"]) == (409, "label_already_given")
    assert one["problem"]["detail"] == "It has 'science'."


@pytest.mark.parametrize(
    ("items", "pointer", "code"),
    [
        ([], "/annotations", "empty"),
        (None, "/annotations", "null"),
        ({"label": "x"}, "/annotations", "not_a_list"),
        ([{}], "/annotations/0/label", "required"),
        (["x"], "/annotations/0", "invalid"),
    ],
)
def test_what_is_no_list_of_annotations_is_refused(
    annotator: Client, bulk: Do, items: Any, pointer: str, code: str
) -> None:
    response = bulk(annotator, items)
    [error] = response.json()["errors"]
    assert (response.status_code, error["pointer"], error["code"]) == (422, pointer, code)


def test_a_malformed_item_refuses_all_with_its_place(annotator: Client, bulk: Do, item: Do) -> None:
    response = bulk(annotator, [item(), item(color="red"), item(confidence=7)])
    assert response.status_code == 422
    pointers = [error["pointer"] for error in response.json()["errors"]]
    assert pointers == ["/annotations/1/color", "/annotations/2/confidence"]
    assert not Annotation.objects.exists()


def test_a_missing_list_is_refused(annotator: Client, document: Document) -> None:
    response = annotator.post(f"/documents/{document.pk}/annotations/bulk", {})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/annotations"


def test_a_thousand_is_the_most(annotator: Client, bulk: Do, item: Do) -> None:
    response = bulk(annotator, [item()] * 1001)
    [error] = response.json()["errors"]
    assert (response.status_code, error["code"]) == (422, "max_length")
    assert not AnnotationSet.objects.exists()
    assert bulk(annotator, [item()] * 1000).json()["created"] == 1000
    assert Annotation.objects.count() == 1000


def test_many_cost_as_many_queries_as_few(
    annotator: Client, bulk: Do, item: Do, topic: Label
) -> None:
    bulk(annotator, [item()])  # opens the set
    counts = []
    for number in (2, 400):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            items = [item(body=str(n)) for n in range(number)]
            bulk(annotator, [*items, {"label": str(topic.pk)}], "?offset_unit=utf16")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_bodies_may_be_larger_than_elsewhere(
    annotator: Client, bulk: Do, item: Do, settings: Settings
) -> None:
    settings.JSON_MAX_BYTES, settings.JSON_MAX_BYTES_BULK = 100, 3000
    assert bulk(annotator, [item(body="b" * 2000)]).status_code == 200
    assert bulk(annotator, [item(body="b" * 3000)]).status_code == 413


def test_offsets_count_the_unit_that_is_asked_for(annotator: Client, bulk: Do, item: Do) -> None:
    items = [item(45, 48, quote="Zoë"), item(30, 34)]
    good, bad = bulk(annotator, items, "?offset_unit=utf16").json()["results"]
    assert (good["annotation"]["start"], good["annotation"]["end"]) == (45, 48)
    assert bad["problem"]["errors"][0]["code"] == "offset_inside_character"
    assert Annotation.objects.get().start == 43


def test_a_retry_under_one_key_is_answered_alike(annotator: Client, bulk: Do, item: Do) -> None:
    first = bulk(annotator, [item(), item(quote="Eve")], idempotency_key="k")
    again = bulk(annotator, [item(), item(quote="Eve")], idempotency_key="k")
    assert again.json() == first.json()
    assert Annotation.objects.count() == 1
    other = bulk(annotator, [item()], idempotency_key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.django_db(transaction=True)
def test_simultaneous_lists_say_of_the_document_once(
    annotator: Client, bulk: Do, topic: Label
) -> None:
    clients = [Client.of(annotator.person) for _ in range(4)]
    answers = at_once(*(lambda c=c: bulk(c, [{"label": str(topic.pk)}]) for c in clients))
    assert sorted(answer.json()["created"] for answer in answers) == [0, 0, 0, 1]
    assert [answer.status_code for answer in answers] == [200] * 4


def test_a_closed_set_takes_none(annotator: Client, bulk: Do, item: Do, step: Do) -> None:
    bulk(annotator, [item()])
    step(annotator, "submit", AnnotationSet.objects.get().pk)
    response = bulk(annotator, [item()])
    assert (response.status_code, response.json()["code"]) == (409, "set_closed")


def test_viewers_annotate_nothing(viewer: Client, bulk: Do, item: Do) -> None:
    assert bulk(viewer, [item()]).status_code == 403
