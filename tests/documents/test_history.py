"""What has happened to a document, as differences: who, when, from what to what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from documents.models import Document, Project, Role
from tests.client import Client
from tests.factories import DocumentFactory

pytestmark = pytest.mark.django_db
Make = Callable[[str], Client]


@pytest.fixture
def document(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project, title="Ada")
    return made


def history(client: Client, document: Document, query: str = "") -> Any:
    response = client.get(f"/documents/{document.pk}/history{query}")
    assert response.status_code == 200, response.content
    return response.json()["results"]


def test_shows_differences_latest_first(manager: Client, document: Document) -> None:
    path = f"/documents/{document.pk}"
    manager.patch(path, {"title": "Zoë", "tags": ["a"]}, if_match="1")
    manager.delete(path, if_match="2")
    deleted, updated, created = history(manager, document)
    assert [one["action"] for one in (deleted, updated, created)] == [
        "document.deleted",
        "document.updated",
        "document.created",
    ]
    assert updated["changes"] == [
        {"field": "tags", "before": [], "after": ["a"]},
        {"field": "title", "before": "Ada", "after": "Zoë"},
    ]
    assert (updated["version"], updated["actor"]) == (2, str(manager.person.pk))
    assert [change["field"] for change in deleted["changes"]] == ["deleted_at"]
    told = {change["field"]: change for change in created["changes"]}
    assert told["title"] == {"field": "title", "before": None, "after": "Ada"}
    assert told.keys().isdisjoint({"id", "version", "created_at", "updated_at", "deleted_at"})


def test_pages_and_turns_round(manager: Client, document: Document) -> None:
    for version in range(1, 4):
        content = {"title": f"Title {version}"}
        manager.patch(f"/documents/{document.pk}", content, if_match=str(version))
    latest = history(manager, document)
    assert history(manager, document, "?ordering=at") == latest[::-1]
    first = manager.get(f"/documents/{document.pk}/history?limit=3").json()
    rest = manager.get(first["next"].partition("/api/v1")[2]).json()
    assert first["results"] + rest["results"] == latest


@pytest.mark.parametrize("role", list(Role))
def test_is_for_whoever_sees_the_document(member: Make, document: Document, role: str) -> None:
    assert len(history(member(role), document)) == 1


def test_is_not_for_strangers(stranger: Client, document: Document) -> None:
    assert stranger.get(f"/documents/{document.pk}/history").status_code == 404


def test_shows_what_a_text_has_become_without_the_text(manager: Client, document: Document) -> None:
    content = {"text": "Another text."}
    manager.post(f"/documents/{document.pk}/revisions", content, if_match="1")
    latest = history(manager, document)[0]
    assert "revision_id" in {change["field"] for change in latest["changes"]}
    assert "Another text." not in str(latest)
