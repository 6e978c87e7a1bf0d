"""Annotations are changed, deleted and restored by their author, under their version."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from annotations.models import Annotation, AnnotationSet, Label
from annotations.services.annotations import restore_annotation
from documents.models import Document, Project
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import LabelFactory
from tests.threads import while_held
from users.models import Event

Do = Callable[..., Any]


def path_of(annotation: Any) -> str:
    return f"/annotations/{annotation['id']}"


def test_a_change_needs_the_version_that_was_seen(annotator: Client, said: Do) -> None:
    annotation = said(annotator)
    path = path_of(annotation)
    missing = annotator.patch(path, {"body": "b"})
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    response = annotator.patch(path, {"body": "b", "confidence": 0.25}, if_match="1")
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert response.json() == annotation | {
        "body": "b",
        "confidence": 0.25,
        "version": 2,
        "updated_at": response.json()["updated_at"],
    }
    stale = annotator.patch(path, {"body": "c"}, if_match="1")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert stale.json()["current"] == response.json() == annotator.get(path).json()


def test_a_change_is_told_in_one_event(annotator: Client, said: Do) -> None:
    annotation = said(annotator)
    change = {"start": 4, "end": 12, "body": "b"}
    response = annotator.patch(path_of(annotation), change, if_match="1")
    event = last_event(annotation["id"])
    assert (event.action, event.actor) == ("annotation.updated", annotator.person)
    assert event.request_id == response["X-Request-ID"]
    assert changed(event) == {
        "start": (0, 4),
        "end": (3, 12),
        "quote": ("Ada", "Lovelace"),
        "prefix": ("", "Ada "),
        "suffix": (annotation["suffix"], response.json()["suffix"]),
        "body": ("", "b"),
        "version": (1, 2),
    }


@pytest.mark.parametrize("quoted", [{}, {"quote": "Lovelace"}])
def test_a_moved_span_is_quoted_anew(annotator: Client, said: Do, quoted: dict[str, str]) -> None:
    path = path_of(said(annotator, quote="Ada"))
    moved = annotator.patch(path, {"start": 4, "end": 12} | quoted, if_match="1").json()
    assert (moved["quote"], moved["prefix"]) == ("Lovelace", "Ada ")


@pytest.mark.parametrize(("change", "pointer"), [({"start": 4}, "/end"), ({"end": 2}, "/start")])
def test_a_span_moves_by_both_offsets(
    annotator: Client, said: Do, change: dict[str, int], pointer: str
) -> None:
    response = annotator.patch(path_of(said(annotator)), change, if_match="1")
    [error] = response.json()["errors"]
    assert (response.status_code, error["pointer"], error["code"]) == (422, pointer, "required")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quote": "Eve"}, "quote_mismatch"),
        ({"start": 4, "end": 12, "quote": "Ada"}, "quote_mismatch"),
        ({"start": 4, "end": 99}, "offset_out_of_range"),
        ({"label": "01980000-0000-7000-8000-000000000000"}, "unknown_label"),
    ],
)
def test_a_change_that_does_not_fit_changes_nothing(
    annotator: Client, said: Do, change: dict[str, Any], code: str
) -> None:
    annotation = said(annotator)
    response = annotator.patch(path_of(annotation), change, if_match="1")
    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == code
    assert annotator.get(path_of(annotation)).json() == annotation
    assert len(log_of(annotation["id"])) == 1


def test_another_label_is_put_on(project: Project, annotator: Client, said: Do) -> None:
    other = LabelFactory.create(project=project)
    path = path_of(said(annotator))
    response = annotator.patch(path, {"label": str(other.pk)}, if_match="1")
    assert (response.status_code, response.json()["label_id"]) == (200, str(other.pk))


@pytest.mark.parametrize("where", ["archived", "elsewhere"])
def test_a_label_that_is_not_in_use_is_not_put_on(
    project: Project, annotator: Client, manager: Client, said: Do, where: str
) -> None:
    other = LabelFactory.create(**({"project": project} if where == "archived" else {}))
    if where == "archived":
        manager.delete(f"/labels/{other.pk}", if_match="1")
    response = annotator.patch(path_of(said(annotator)), {"label": str(other.pk)}, if_match="1")
    assert response.json()["errors"][0]["code"] == "unknown_label"


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_changes_of_one_version_one_wins(annotator: Client, said: Do) -> None:
    annotation = said(annotator)
    path, held = path_of(annotation), AnnotationSet.objects.get()
    clients = [Client.of(annotator.person) for _ in range(4)]
    calls = [partial(c.patch, path, {"body": f"b{n}"}, if_match="1") for n, c in enumerate(clients)]
    answers = while_held(held, *calls)
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    told = [answer.json()["current"] for answer in answers if answer.status_code == 412]
    assert told == [winner] * 3
    assert annotator.get(path).json() == winner
    assert len(log_of(annotation["id"])) == 2


def test_a_deleted_annotation_is_hidden_and_listed_apart(
    annotator: Client, document: Document, said: Do
) -> None:
    first, second = said(annotator), said(annotator, start=4, end=12)
    listed = f"/documents/{document.pk}/annotations"
    assert annotator.delete(path_of(first)).status_code == 428
    assert annotator.delete(path_of(first), if_match="7").status_code == 412
    response = annotator.delete(path_of(first), if_match="1")
    assert (response.status_code, response.content) == (204, b"")
    assert annotator.get(path_of(first)).status_code == 404
    assert annotator.patch(path_of(first), {"body": "b"}, if_match="2").status_code == 404

    def ids(query: str) -> list[str]:
        return [row["id"] for row in annotator.get(listed + query).json()["results"]]

    assert ids("") == ids("?deleted=false") == [second["id"]]
    assert ids("?deleted=true") == [first["id"]]


def test_a_deleted_annotation_is_restored(annotator: Client, said: Do) -> None:
    annotation = said(annotator)
    annotator.delete(path_of(annotation), if_match="1")
    response = annotator.post(f"{path_of(annotation)}/restore")
    assert (response.status_code, response["ETag"]) == (200, '"3"')
    restored = response.json()
    assert restored == annotation | {"version": 3, "updated_at": restored["updated_at"]}
    assert annotator.post(f"{path_of(annotation)}/restore").status_code == 200
    assert [action for action, _ in log_of(annotation["id"])] == [
        "annotation.created",
        "annotation.deleted",
        "annotation.restored",
    ]


def test_restoring_twice_at_once_restores_once(annotator: Client, said: Do) -> None:
    annotation = said(annotator)
    annotator.delete(path_of(annotation), if_match="1")
    row = Annotation.objects.get()
    for _ in range(2):  # both requests have found it deleted
        assert restore_annotation(author=annotator.person, annotation=row).version == 3
    assert len(log_of(annotation["id"])) == 3


def test_an_annotation_keeps_its_archived_label_when_restored(
    annotator: Client, manager: Client, said: Do, label: Label
) -> None:
    annotation = said(annotator)
    annotator.delete(path_of(annotation), if_match="1")
    manager.delete(f"/labels/{label.pk}?confirm=true", if_match="1")
    assert annotator.post(f"{path_of(annotation)}/restore").status_code == 200


@pytest.mark.parametrize("state", ["submitted", "approved"])
def test_a_closed_set_does_not_change(
    annotator: Client, curator: Client, said: Do, say: Do, brought: Do, state: str
) -> None:
    kept, gone = said(annotator), said(annotator)
    annotator.delete(path_of(gone), if_match="1")
    brought(AnnotationSet.objects.get().pk, state, annotator, curator)
    for response in (
        say(annotator),
        annotator.patch(path_of(kept), {"body": "b"}, if_match="1"),
        annotator.delete(path_of(kept), if_match="1"),
        annotator.post(f"{path_of(gone)}/restore"),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "set_closed")
    assert Annotation.objects.live().count() == 1


def test_a_returned_set_changes_again(
    annotator: Client, curator: Client, said: Do, brought: Do
) -> None:
    annotation = said(annotator)
    brought(AnnotationSet.objects.get().pk, "returned", annotator, curator)
    assert annotator.patch(path_of(annotation), {"body": "b"}, if_match="1").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_what_is_submitted_no_longer_changes_even_at_the_same_time(
    annotator: Client, said: Do, step: Do
) -> None:
    annotation, other = said(annotator), Client.of(annotator.person)
    own = AnnotationSet.objects.get()
    answers = while_held(
        own,
        partial(step, other, "submit", own.pk),
        partial(annotator.patch, path_of(annotation), {"body": "b"}, if_match="1"),
    )
    [submitted, patched] = [answer.status_code for answer in answers]
    events = Event.objects.order_by("id").values_list("action", flat=True)
    assert submitted == 200
    if patched == 409:  # the submission was first
        assert Annotation.objects.get().body == ""
    else:
        assert patched == 200
        assert list(events)[-2:] == ["annotation.updated", "set.submitted"]
