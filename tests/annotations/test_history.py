"""What has happened to an annotation, its set and its label, as far as one may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Label
from documents.models import Project, Role
from tests.client import Client

pytestmark = pytest.mark.django_db
Make = Callable[[str], Client]


def history(client: Client, path: str) -> Any:
    response = client.get(f"{path}/history")
    assert response.status_code == 200, response.content
    return response.json()["results"]


def actions(client: Client, path: str) -> list[str]:
    return [event["action"] for event in history(client, path)]


def changed(event: Any) -> dict[str, tuple[Any, Any]]:
    return {one["field"]: (one["before"], one["after"]) for one in event["changes"]}


def test_of_an_annotation(annotator: Client, viewer: Client, said: Callable[..., Any]) -> None:
    path = f"/annotations/{said(annotator)['id']}"
    annotator.patch(path, {"start": 4, "end": 12}, if_match="1")
    annotator.delete(path, if_match="2")
    annotator.post(f"{path}/restore")
    names = [f"annotation.{name}" for name in ("restored", "deleted", "updated", "created")]
    assert actions(viewer, path) == names
    moved = changed(history(viewer, path)[2])
    assert (moved["start"], moved["end"], moved["quote"]) == (
        (0, 4),
        (3, 12),
        ("Ada", "Lovelace"),
    )
    assert moved.keys() <= {"start", "end", "quote", "prefix", "suffix"}


def test_of_a_deleted_annotation(annotator: Client, said: Callable[..., Any]) -> None:
    path = f"/annotations/{said(annotator)['id']}"
    annotator.delete(path, if_match="1")
    assert actions(annotator, path) == ["annotation.deleted", "annotation.created"]


def test_of_a_set_without_what_it_holds(
    annotator: Client, curator: Client, said: Callable[..., Any], step: Callable[..., Any]
) -> None:
    pk = said(annotator)["annotation_set_id"]
    step(annotator, "submit", pk)
    step(curator, "return", pk)
    returned, submitted, opened = history(annotator, f"/annotation-sets/{pk}")
    assert changed(submitted)["state"] == ("draft", "submitted")
    assert changed(returned)["reason"] == ("", "Look again.")
    assert returned["actor"] == str(curator.person.pk)
    assert opened["version"] == 1


def test_of_a_label(manager: Client, viewer: Client, label: Label) -> None:
    manager.patch(f"/labels/{label.pk}", {"name": "human"}, if_match="1")
    (renamed,) = history(viewer, f"/labels/{label.pk}")
    assert changed(renamed)["name"] == ("person", "human")


@pytest.fixture
def blind(project: Project) -> Project:
    project.is_blind = True
    project.save()
    return project


def test_blind_annotators_see_all_of_their_own_and_of_others_their_own_doings(
    blind: Project,
    member: Make,
    annotator: Client,
    said: Callable[..., Any],
    brought: Callable[..., None],
) -> None:
    other, curator = member(Role.ANNOTATOR), member(Role.CURATOR)
    mine = said(annotator)
    path, of_set = f"/annotations/{mine['id']}", f"/annotation-sets/{mine['annotation_set_id']}"
    assert other.get(f"{path}/history").status_code == 404
    brought(mine["annotation_set_id"], "approved", annotator, curator)
    assert actions(annotator, path) == ["annotation.created"]
    assert len(actions(annotator, of_set)) == 3  # the approval too
    assert actions(other, path) == []  # whose approved work they see, but not how it came about
    assert actions(other, of_set) == []
    assert actions(curator, path) == ["annotation.created"]
