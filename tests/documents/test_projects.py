"""Projects are made, changed, deleted and restored."""

from __future__ import annotations

import re

import pytest

from documents.models import Membership, Project, Role
from documents.services.projects import create_project, restore_project
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import ProjectFactory, UserFactory
from tests.threads import at_once

MEMBERS = {
    "id",
    "name",
    "slug",
    "description",
    "guidelines",
    "is_blind",
    "four_eyes",
    "allows_overlap",
    "duplicates",
    "max_documents",
    "max_bytes",
    "version",
    "created_at",
    "updated_at",
}


def test_whoever_makes_a_project_is_its_manager(stranger: Client) -> None:
    response = stranger.post("/projects", {"name": "Press 2026", "description": "Names."})
    assert response.status_code == 201
    made = response.json()
    assert set(made) == MEMBERS
    assert (made["name"], made["description"], made["guidelines"]) == ("Press 2026", "Names.", "")
    assert (made["is_blind"], made["version"]) == (True, 1)
    assert response["ETag"] == '"1"'
    assert response["Location"] == f"http://testserver/api/v1/projects/{made['id']}"
    membership = Membership.objects.get(project_id=made["id"])
    assert (membership.user, membership.role) == (stranger.person, Role.MANAGER)


def test_a_slug_is_made_from_the_name(stranger: Client) -> None:
    slug = stranger.post("/projects", {"name": "Presse écrite"}).json()["slug"]
    assert re.fullmatch(r"presse-ecrite-[0-9a-f]{8}", slug)


def test_a_name_without_latin_letters_has_a_slug_too(stranger: Client) -> None:
    slug = stranger.post("/projects", {"name": "日本の新聞"}).json()["slug"]
    assert re.fullmatch(r"[0-9a-f]{8}", slug)


def test_a_long_name_makes_a_slug_that_fits(stranger: Client) -> None:
    response = stranger.post("/projects", {"name": "n" * 200})
    assert len(response.json()["slug"]) == 79


def test_a_slug_is_taken_once(stranger: Client) -> None:
    ProjectFactory.create(slug="press")
    response = stranger.post("/projects", {"name": "Press", "slug": "press"})
    assert (response.status_code, response.json()["code"]) == (409, "slug_taken")
    assert stranger.get("/projects").json()["results"] == []


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_projects_with_one_slug_one_is_made() -> None:
    clients = [Client.of(UserFactory.create()) for _ in range(4)]
    calls = [lambda c=c: c.post("/projects", {"name": "P", "slug": "press"}) for c in clients]
    answers = at_once(*calls)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert Project.objects.filter(slug="press").count() == 1


def test_a_project_changes_under_its_version(project: Project, manager: Client) -> None:
    path = f"/projects/{project.pk}"
    changes = {"name": "New", "guidelines": "# Read me", "is_blind": False}
    response = manager.patch(path, changes, if_match="1")
    assert response.status_code == 200
    assert changes.items() <= response.json().items()
    assert (response["ETag"], response.json()["version"]) == ('"2"', 2)
    assert manager.patch(path, {"name": "No"}).status_code == 428
    stale = manager.patch(path, {"name": "No"}, if_match="1")
    assert (stale.status_code, stale.json()["current"]["name"]) == (412, "New")
    event = last_event(project.pk)
    assert event.actor == manager.person
    assert changed(event) == {
        "name": (project.name, "New"),
        "guidelines": ("", "# Read me"),
        "is_blind": (True, False),
        "version": (1, 2),
    }


def test_a_slug_changes_only_to_a_free_one(project: Project, manager: Client) -> None:
    ProjectFactory.create(slug="press")
    path = f"/projects/{project.pk}"
    refused = manager.patch(path, {"slug": "press"}, if_match="1")
    assert (refused.status_code, refused.json()["code"]) == (409, "slug_taken")
    taken = manager.patch(path, {"slug": "press-2"}, if_match="1")
    assert (taken.status_code, taken.json()["slug"]) == (200, "press-2")


@pytest.mark.parametrize(
    "content",
    [{}, {"name": ""}, {"name": "n" * 201}, {"name": "n", "slug": "no spaces"}, {"nme": "n"}],
)
def test_a_project_that_does_not_fit_is_refused(stranger: Client, content: dict[str, str]) -> None:
    assert stranger.post("/projects", content).status_code == 422
    assert not Project.objects.exists()


def test_a_deleted_project_is_hidden_with_all_that_is_in_it(
    project: Project, manager: Client, viewer: Client
) -> None:
    path = f"/projects/{project.pk}"
    assert manager.delete(path).status_code == 428
    response = manager.delete(path, if_match="1")
    assert (response.status_code, response.content) == (204, b"")
    for client in (manager, viewer):
        for gone in (path, f"{path}/members", f"{path}/documents", f"{path}/labels"):
            assert client.get(gone).status_code == 404
        assert client.get("/projects").json()["results"] == []


def test_a_deleted_project_is_restored(project: Project, manager: Client, viewer: Client) -> None:
    path = f"/projects/{project.pk}"
    manager.delete(path, if_match="1")
    assert viewer.post(f"{path}/restore").status_code == 403
    response = manager.post(f"{path}/restore")
    assert (response.status_code, response.json()["version"]) == (200, 3)
    assert viewer.get(path).status_code == 200
    assert manager.post(f"{path}/restore").status_code == 200
    assert log_of(project.pk) == [
        ("project.deleted", manager.person.pk),
        ("project.restored", manager.person.pk),
    ]


def test_a_deleted_project_frees_its_slug(project: Project, manager: Client) -> None:
    path = f"/projects/{project.pk}"
    manager.delete(path, if_match="1")
    assert manager.post("/projects", {"name": "P", "slug": project.slug}).status_code == 201
    refused = manager.post(f"{path}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "slug_taken")


def test_restoring_twice_at_once_restores_once(project: Project, manager: Client) -> None:
    manager.delete(f"/projects/{project.pk}", if_match="1")
    for _ in range(2):  # both requests have found it deleted
        restored = restore_project(actor=manager.person, project=project)
        assert restored.version == 3
    assert [action for action, _ in log_of(project.pk)] == ["project.deleted", "project.restored"]


def test_people_see_the_projects_that_they_are_in(
    project: Project, viewer: Client, stranger: Client
) -> None:
    ProjectFactory.create()
    assert [row["id"] for row in viewer.get("/projects").json()["results"]] == [str(project.pk)]
    assert viewer.get(f"/projects/{project.pk}").json()["name"] == project.name
    assert stranger.get("/projects").json()["results"] == []
    assert stranger.get(f"/projects/{project.pk}").status_code == 404


def test_a_superuser_sees_and_may_do_everything(project: Project) -> None:
    chief = Client.of(UserFactory.create(is_superuser=True))
    assert chief.get(f"/projects/{project.pk}").status_code == 200
    assert chief.get(f"/projects/{project.pk}/members").status_code == 200
    assert chief.patch(f"/projects/{project.pk}", {"name": "C"}, if_match="1").status_code == 200


@pytest.mark.parametrize("ordering", ["name", "-name", "created_at", "-created_at", "updated_at"])
def test_projects_are_ordered(stranger: Client, ordering: str) -> None:
    for name in ("Bee", "Ant", "Cat"):
        create_project(owner=stranger.person, name=name)
    answer = stranger.get(f"/projects?ordering={ordering}&fields=name").json()
    names = [row["name"] for row in answer["results"]]
    expected = ["Ant", "Bee", "Cat"] if "name" in ordering else ["Bee", "Ant", "Cat"]
    assert names == (expected[::-1] if ordering.startswith("-") else expected)


def test_deleted_projects_are_listed_apart(project: Project, manager: Client) -> None:
    assert manager.delete(f"/projects/{project.pk}", if_match="1").status_code == 204
    assert manager.get("/projects").data["results"] == []
    assert manager.get("/projects?deleted=false").data["results"] == []
    (found,) = manager.get("/projects?deleted=true").data["results"]
    assert found["id"] == str(project.pk)
