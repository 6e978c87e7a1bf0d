"""Documents are listed, filtered, changed, deleted and restored."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from config.api.concurrency import ANY_VERSION
from documents.models import Document, Project
from documents.services.documents import delete_document, restore_document
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import DocumentFactory
from tests.threads import while_held

Made = Callable[..., Any]


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_a_list_shows_the_project_s_documents(
    project: Project, viewer: Client, stranger: Client, made: Made
) -> None:
    first, second = made(), made()
    DocumentFactory.create()
    path = f"/projects/{project.pk}/documents"
    answer = viewer.get(path)
    counted = [one | {"annotation_count": 0} for one in (first, second)]
    assert answer.json() == {"results": counted, "next": None, "previous": None}
    assert stranger.get(path).status_code == 404
    assert stranger.get(f"/documents/{first['id']}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "status=ready",
        "split=train",
        "language=pt-BR",
        "external_id=n-1",
        "tag=a%20b",
        "sha256={sha256}",
        "created_before={later}",
        "deleted=false&split=train",
    ],
)
def test_a_filter_keeps_what_fits(
    project: Project, manager: Client, made: Made, upload: Callable[..., Document], query: str
) -> None:
    wanted = made(text="Eve", split="train", language="pt-BR", external_id="n-1", tags=["c", "a b"])
    other = upload(split="test", language="pt", external_id="n-10", tags=["a", "b"])
    later = quote(other.created_at.isoformat())
    query = query.format(sha256=wanted["sha256"], later=later)
    assert ids(manager.get(f"/projects/{project.pk}/documents?{query}")) == [wanted["id"]]


def test_created_after_is_strict(project: Project, manager: Client, made: Made) -> None:
    first, second = made(), made()
    path = f"/projects/{project.pk}/documents?created_after="
    assert ids(manager.get(path + first["created_at"])) == [second["id"]]
    assert ids(manager.get(path + second["created_at"])) == []


@pytest.mark.parametrize(
    "query",
    [
        "status=lost",
        "split=training",
        "created_after=yesterday",
        "deleted=yes",
        "deleted=2",
        "project=1",
        "title=Ada",
        "status__in=ready",
        "ordering=sha256",
    ],
)
def test_a_filter_that_does_not_fit_is_refused(
    project: Project, manager: Client, query: str
) -> None:
    response = manager.get(f"/projects/{project.pk}/documents?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query")


@pytest.mark.parametrize("ordering", ["title", "-title", "created_at", "updated_at"])
def test_documents_are_ordered(
    project: Project, manager: Client, made: Made, ordering: str
) -> None:
    titles = ["Bee", "Ant", "Cat"]
    for title in titles:
        made(title=title)
    rows = manager.get(f"/projects/{project.pk}/documents?ordering={ordering}").json()["results"]
    expected = sorted(titles, reverse=ordering[0] == "-") if "title" in ordering else titles
    assert [row["title"] for row in rows] == expected


def test_what_is_known_changes_under_a_version(manager: Client, made: Made) -> None:
    document = made(external_id="n-1", tags=["a"])
    path = f"/documents/{document['id']}"
    changes = {"title": "New", "tags": ["b"], "metadata": {"x": 1}, "external_id": None}
    assert manager.patch(path, changes).status_code == 428
    response = manager.patch(path, changes, if_match="1")
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert response.json() == document | changes | {
        "version": 2,
        "updated_at": response.json()["updated_at"],
    }
    stale = manager.patch(path, {"title": "Old"}, if_match="1")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert stale.json()["current"] == response.json()
    event = last_event(document["id"])
    assert (event.action, event.actor) == ("document.updated", manager.person)
    assert changed(event) == {
        "title": ("Ada lives in Turin.", "New"),
        "tags": (["a"], ["b"]),
        "metadata": ({}, {"x": 1}),
        "external_id": ("n-1", None),
        "version": (1, 2),
    }


@pytest.mark.parametrize("content", [{"text": "Eve"}, {"status": "failed"}, {"sha256": "0"}])
def test_a_text_and_what_the_server_knows_never_change_in_place(
    manager: Client, made: Made, content: dict[str, str]
) -> None:
    path = f"/documents/{made()['id']}"
    assert manager.patch(path, content, if_match="1").status_code == 422


def test_an_external_id_changes_only_to_a_free_one(manager: Client, made: Made) -> None:
    first, second = made(external_id="n-1"), made(external_id="n-2")
    path = f"/documents/{second['id']}"
    response = manager.patch(path, {"external_id": "n-1"}, if_match="1")
    assert (response.status_code, response.json()["document_id"]) == (409, first["id"])
    assert manager.patch(path, {"external_id": "n-3"}, if_match="1").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_changes_of_one_version_one_wins(manager: Client, made: Made) -> None:
    path = f"/documents/{made()['id']}"
    clients = [Client.of(manager.person) for _ in range(4)]
    calls = [
        partial(c.patch, path, {"title": f"T{n}"}, if_match="1") for n, c in enumerate(clients)
    ]
    answers = while_held(Document.objects.get(), *calls)
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    for answer in answers:
        assert answer.status_code == 200 or answer.json()["current"] == winner
    assert manager.get(path).json() == winner


def test_a_deleted_document_is_hidden_and_listed_apart(
    project: Project, manager: Client, made: Made
) -> None:
    document, other = made(), made()
    path, listed = f"/documents/{document['id']}", f"/projects/{project.pk}/documents"
    assert manager.delete(path).status_code == 428
    response = manager.delete(path, if_match="1")
    assert (response.status_code, response.content) == (204, b"")
    for gone in (path, f"{path}/text", f"{path}/layout", f"{path}/annotations"):
        assert manager.get(gone).status_code == 404
    assert ids(manager.get(listed)) == [other["id"]]
    assert ids(manager.get(f"{listed}?deleted=false")) == [other["id"]]
    assert manager.get(f"{listed}?deleted=").status_code == 400
    assert ids(manager.get(f"{listed}?deleted=true")) == [document["id"]]


def test_a_deleted_document_is_restored(manager: Client, curator: Client, made: Made) -> None:
    document = made()
    path = f"/documents/{document['id']}"
    manager.delete(path, if_match="1")
    assert curator.post(f"{path}/restore").status_code == 403
    response = manager.post(f"{path}/restore")
    assert (response.status_code, response["ETag"]) == (200, '"3"')
    assert manager.get(f"{path}/text").json()["text"] == "Ada lives in Turin."
    assert manager.post(f"{path}/restore").status_code == 200
    actions = [action for action, _ in log_of(document["id"])]
    assert actions == ["document.created", "document.deleted", "document.restored"]


def test_a_deleted_document_frees_its_external_id(manager: Client, made: Made) -> None:
    first = made(external_id="n-1")
    manager.delete(f"/documents/{first['id']}", if_match="1")
    second = made(external_id="n-1")
    response = manager.post(f"/documents/{first['id']}/restore")
    assert (response.status_code, response.json()["code"]) == (409, "external_id_taken")
    assert response.json()["document_id"] == second["id"]


def test_restoring_twice_at_once_restores_once(manager: Client) -> None:
    document: Document = DocumentFactory.create()
    delete_document(actor=manager.person, document=document, precondition=ANY_VERSION)
    for _ in range(2):  # both requests have found it deleted
        assert restore_document(actor=manager.person, document=document).version == 3
    assert len(log_of(document.pk)) == 3


def test_a_row_s_name_is_its_title(made: Made) -> None:
    document = Document.objects.select_related("revision").get(pk=made(title="Ada")["id"])
    assert str(document) == "Ada"
    assert str(document.revision) == f"{document.pk} r1"
