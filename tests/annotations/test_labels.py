"""Labels are made, changed, archived and restored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Annotation, Kind, Label
from annotations.services.labels import archive_label, restore_label
from config.api.concurrency import ANY_VERSION
from documents.models import Project
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import LabelFactory
from tests.threads import at_once


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_a_label_is_made(project: Project, manager: Client) -> None:
    content = {"kind": "span", "name": "person", "color": "#00FF00", "shortcut": "p"}
    response = manager.post(f"/projects/{project.pk}/labels", content)
    made = response.json()
    assert (response.status_code, response["ETag"]) == (201, '"1"')
    assert response["Location"] == f"http://testserver/api/v1/labels/{made['id']}"
    assert made == content | {
        "id": made["id"],
        "project_id": str(project.pk),
        "description": "",
        "position": 0,
        "parent_id": None,
        "attribute_schema": None,
        "joins": [],
        "merged_into_id": None,
        "archived_at": None,
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert log_of(made["id"]) == [("label.created", manager.person.pk)]
    assert str(Label.objects.get()) == "person"


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({"name": "person"}, "/kind"),
        ({"name": "person", "kind": "planet"}, "/kind"),
        ({"kind": "span"}, "/name"),
        ({"kind": "span", "name": " "}, "/name"),
        ({"kind": "span", "name": "n" * 101}, "/name"),
        ({"kind": "span", "name": "n", "color": "red"}, "/color"),
        ({"kind": "span", "name": "n", "color": "#00ff00;}"}, "/color"),
        ({"kind": "span", "name": "n", "shortcut": "ab"}, "/shortcut"),
        ({"kind": "span", "name": "n", "position": -1}, "/position"),
        ({"kind": "span", "name": "n", "archived_at": None}, "/archived_at"),
    ],
)
def test_a_label_that_does_not_fit_is_refused(
    project: Project, manager: Client, content: dict[str, Any], pointer: str
) -> None:
    response = manager.post(f"/projects/{project.pk}/labels", content)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


def test_a_name_is_taken_once_for_a_kind(project: Project, manager: Client, label: Label) -> None:
    path = f"/projects/{project.pk}/labels"
    refused = manager.post(path, {"kind": "span", "name": "person"})
    assert (refused.status_code, refused.json()["code"]) == (409, "label_name_taken")
    assert manager.post(path, {"kind": "document", "name": "person"}).status_code == 201
    LabelFactory.create(name="person")  # in another project


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_labels_with_one_name_one_is_made(
    project: Project, manager: Client
) -> None:
    path, content = f"/projects/{project.pk}/labels", {"kind": "span", "name": "person"}
    clients = [Client.of(manager.person) for _ in range(4)]
    answers = at_once(*(lambda c=c: c.post(path, content) for c in clients))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


def test_annotations_keep_a_label_that_is_renamed(
    manager: Client, annotator: Client, label: Label, said: Callable[..., Any]
) -> None:
    annotation, path = said(annotator), f"/labels/{label.pk}"
    assert manager.patch(path, {"name": "human"}).status_code == 428
    response = manager.patch(path, {"name": "human"}, if_match="1")
    assert (response.status_code, response.json()["name"]) == (200, "human")
    stale = manager.patch(path, {"name": "who"}, if_match="1")
    assert (stale.status_code, stale.json()["current"]["name"]) == (412, "human")
    assert annotator.get(f"/annotations/{annotation['id']}").json() == annotation
    assert changed(last_event(label.pk)) == {"name": ("person", "human"), "version": (1, 2)}


def test_a_kind_never_changes(manager: Client, label: Label) -> None:
    path = f"/labels/{label.pk}"
    assert manager.patch(path, {"kind": "document"}, if_match="1").status_code == 422


def test_a_label_is_renamed_only_to_a_free_name(
    project: Project, manager: Client, label: Label
) -> None:
    LabelFactory.create(project=project, name="place")
    response = manager.patch(f"/labels/{label.pk}", {"name": "place"}, if_match="1")
    assert (response.status_code, response.json()["code"]) == (409, "label_name_taken")
    assert response.json()["detail"] == "A span label named 'place' exists."


def test_an_archived_label_is_given_no_more_and_kept_where_it_is(
    manager: Client, annotator: Client, label: Label, said: Callable[..., Any], say: Any
) -> None:
    annotation = said(annotator)
    assert manager.delete(f"/labels/{label.pk}").status_code == 428
    response = manager.delete(f"/labels/{label.pk}?confirm=true", if_match="1")
    assert (response.status_code, response.content) == (204, b"")
    refused = say(annotator, start=4, end=12)
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["code"]) == (422, "unknown_label")
    path = f"/annotations/{annotation['id']}"
    assert annotator.get(path).json()["label_id"] == str(label.pk)
    assert annotator.patch(path, {"body": "still"}, if_match="1").status_code == 200
    assert Annotation.objects.count() == 1


def test_an_archived_label_is_listed_apart_and_restored(
    project: Project, manager: Client, label: Label, topic: Label
) -> None:
    listed = f"/projects/{project.pk}/labels"
    manager.delete(f"/labels/{label.pk}", if_match="1")
    assert names(manager.get(listed)) == ["science"]
    assert names(manager.get(f"{listed}?archived=false")) == ["science"]
    assert manager.get(f"{listed}?archived=").status_code == 400
    assert names(manager.get(f"{listed}?archived=true")) == ["person"]
    assert manager.get(f"/labels/{label.pk}").json()["archived_at"]
    response = manager.post(f"/labels/{label.pk}/restore")
    assert (response.status_code, response.json()["archived_at"]) == (200, None)
    assert names(manager.get(listed)) == ["person", "science"]
    assert [action for action, _ in log_of(label.pk)] == ["label.archived", "label.restored"]


def test_an_archived_label_frees_its_name(project: Project, manager: Client, label: Label) -> None:
    manager.delete(f"/labels/{label.pk}", if_match="1")
    content = {"kind": "span", "name": "person"}
    assert manager.post(f"/projects/{project.pk}/labels", content).status_code == 201
    response = manager.post(f"/labels/{label.pk}/restore")
    assert (response.status_code, response.json()["code"]) == (409, "label_name_taken")


def test_restoring_what_is_in_use_changes_nothing(manager: Client, label: Label) -> None:
    archive_label(actor=manager.person, label=label, precondition=ANY_VERSION)
    for _ in range(2):
        assert restore_label(actor=manager.person, label=label).version == 3
    assert [action for action, _ in log_of(label.pk)] == ["label.archived", "label.restored"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["b", "a", "c"]),
        ("?kind=span", ["b", "a"]),
        ("?name=c", ["c"]),
        ("?ordering=name", ["a", "b", "c"]),
        ("?ordering=-created_at", ["c", "b", "a"]),
    ],
)
def test_labels_are_filtered_and_ordered(
    project: Project, viewer: Client, query: str, expected: list[str]
) -> None:
    LabelFactory.create(project=project, name="a", position=2)
    LabelFactory.create(project=project, name="b", position=1)
    LabelFactory.create(project=project, name="c", position=3, kind=Kind.DOCUMENT)
    LabelFactory.create()
    assert names(viewer.get(f"/projects/{project.pk}/labels{query}")) == expected


@pytest.mark.parametrize("query", ["archived=yes", "kind=planet", "position=1"])
def test_a_filter_that_does_not_fit_is_refused(
    project: Project, viewer: Client, query: str
) -> None:
    assert viewer.get(f"/projects/{project.pk}/labels?{query}").status_code == 400


def test_labels_are_seen_by_members_and_changed_by_managers(
    project: Project, label: Label, curator: Client, stranger: Client
) -> None:
    path = f"/labels/{label.pk}"
    assert curator.get(path).status_code == 200
    assert curator.patch(path, {"name": "x"}, if_match="1").status_code == 403
    assert curator.delete(path, if_match="1").status_code == 403
    assert curator.post(f"{path}/restore").status_code == 403
    assert stranger.get(path).status_code == 404
    assert stranger.get(f"/projects/{project.pk}/labels").status_code == 404
