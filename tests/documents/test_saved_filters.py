"""Queries that are kept under a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from documents.models import Project, Role
from tests.client import Client
from tests.events import log_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def save(project: Project, viewer: Client) -> Callable[..., Any]:
    """Return a function by which a viewer saves a filter."""

    def send(query: Any, **fields: Any) -> Any:
        content = {"name": "mine", "query": query} | fields
        return viewer.post(f"/projects/{project.pk}/saved-filters", content)

    return send


def titles(client: Client, project: Project, query: str) -> list[str]:
    """Return the titles of what a client finds."""
    response = client.get(f"/projects/{project.pk}/documents?{query}")
    assert response.status_code == 200, response.content
    return [document["title"] for document in response.json()["results"]]


def test_a_saved_filter_is_applied_and_narrowed(
    save: Callable[..., Any], made: Callable[..., Any], project: Project, viewer: Client
) -> None:
    made(title="a", tags=["x"], split="train", text="A comet.")
    made(title="b", tags=["x"], split="dev", text="Comets, comets, comet.")
    made(title="c", text="Nothing.")
    saved = save({"tag": ["x"], "search": "comet"}).json()
    assert set(titles(viewer, project, f"filter={saved['id']}")) == {"a", "b"}
    assert titles(viewer, project, f"filter={saved['id']}&split=dev") == ["b"]
    assert titles(viewer, project, f"filter={saved['id']}&search=nothing") == []
    path = f"/projects/{project.pk}/documents?filter={saved['id']}&highlight=true"
    assert all(document["snippets"] for document in viewer.get(path).json()["results"])
    everything = save({}, name="all").json()
    assert titles(viewer, project, f"filter={everything['id']}") == ["a", "b", "c"]


def test_a_saved_filter_may_show_the_bin(
    save: Callable[..., Any], made: Callable[..., Any], project: Project, manager: Client
) -> None:
    document = made(title="a")
    manager.delete(f"/documents/{document['id']}", if_match="1")
    saved = save({"deleted": "true"}, is_shared=True).json()
    assert titles(manager, project, f"filter={saved['id']}") == ["a"]


def test_a_filter_is_changed_and_deleted_by_its_owner(
    save: Callable[..., Any], project: Project, viewer: Client, manager: Client
) -> None:
    response = save({"status": "ready"}, is_shared=True)
    assert response.status_code == 201
    saved = response.json()
    assert saved["owner"]["id"] == str(viewer.person.pk)
    path = f"/saved-filters/{saved['id']}"
    assert manager.get(path).json()["query"] == {"status": "ready"}
    response = manager.patch(path, {"name": "theirs"}, if_match="1")
    assert (response.status_code, response.json()["code"]) == (403, "not_owner")
    assert manager.delete(path, if_match="1").status_code == 403
    assert viewer.patch(path, {"query": {"status": "lost"}}, if_match="1").status_code == 422
    assert viewer.patch(path, {"is_shared": False}, if_match="1").status_code == 200
    assert manager.get(path).status_code == 404
    assert viewer.delete(path, if_match="1").status_code == 412
    assert viewer.delete(path, if_match="2").status_code == 204
    actions = [action for action, _ in log_of(saved["id"])]
    assert actions == [f"saved_filter.{step}" for step in ("created", "updated", "deleted")]


def test_only_one_s_own_and_shared_filters_are_seen(
    save: Callable[..., Any], project: Project, viewer: Client, member: Callable[[str], Client]
) -> None:
    save({}, name="own")
    shared = save({}, name="shared", is_shared=True).json()
    other = member(Role.VIEWER)
    path = f"/projects/{project.pk}/saved-filters"
    assert [one["name"] for one in viewer.get(path).json()["results"]] == ["own", "shared"]
    assert [one["name"] for one in other.get(path).json()["results"]] == ["shared"]
    own = viewer.get(path).json()["results"][0]["id"]
    response = other.get(f"/projects/{project.pk}/documents?filter={own}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query")
    assert titles(other, project, f"filter={shared['id']}") == []


def test_names_are_one_s_own(
    save: Callable[..., Any], viewer: Client, manager: Client, project: Project
) -> None:
    save({})
    response = save({"status": "ready"})
    assert (response.status_code, response.json()["code"]) == (409, "saved_filter_taken")
    other = save({}, name="other").json()
    response = viewer.patch(f"/saved-filters/{other['id']}", {"name": "mine"}, if_match="1")
    assert response.status_code == 409
    path = f"/projects/{project.pk}/saved-filters"
    assert manager.post(path, {"name": "mine", "query": {}}).status_code == 201


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"status": "lost"}, "/query/status/0"),
        ({"nonsense": "1"}, "/query/nonsense/0"),
        ({"filter": "01980000-0000-7000-8000-000000000000"}, "/query/filter/0"),
        ({"search": "..."}, "/query/search/0"),
        ({"search": ["a", "b"]}, "/query/search/0"),
        ({"metadata.year": "1"}, "/query/metadata.year/0"),
        ({"tag": []}, "/query/0"),
        ({"tag": [1]}, "/query/0"),
        ({"tag": ""}, "/query/0"),
        ("status=ready", "/query/0"),
    ],
)
def test_a_query_is_held_to_what_the_list_takes(
    save: Callable[..., Any], query: Any, pointer: str
) -> None:
    response = save(query)
    assert response.status_code == 422, response.content
    assert response.json()["errors"][0]["pointer"].startswith(pointer.removesuffix("/0"))


def test_a_filter_that_its_project_has_outgrown_says_so(
    save: Callable[..., Any], project: Project, viewer: Client, manager: Client
) -> None:
    path = f"/projects/{project.pk}/metadata-fields"
    field = manager.post(path, {"name": "year", "type": "number"}).json()
    saved = save({"metadata.year.gt": "1843"}).json()
    assert titles(viewer, project, f"filter={saved['id']}") == []
    manager.delete(f"/metadata-fields/{field['id']}", if_match="1")
    response = viewer.get(f"/projects/{project.pk}/documents?filter={saved['id']}")
    assert response.status_code == 400
    assert "It fits no more" in response.json()["detail"]
