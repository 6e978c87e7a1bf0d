"""Sets are opened and listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from documents.models import Document, Project
from tests.client import Client
from tests.events import log_of
from tests.factories import AnnotationSetFactory
from tests.threads import at_once
from users.models import User

Do = Callable[..., Any]


def shown(person: User) -> dict[str, Any]:
    named = {"id": str(person.pk), "email": person.email, "name": person.name}
    return named | {"is_service": False}


def test_an_empty_set_is_opened(annotator: Client, document: Document) -> None:
    response = annotator.post(f"/documents/{document.pk}/annotation-sets")
    made = response.json()
    assert response.status_code == 200
    assert response["Location"] == f"http://testserver/api/v1/annotation-sets/{made['id']}"
    assert response["ETag"] == '"1"'
    assert document.revision
    assert made == {
        "id": made["id"],
        "project_id": str(document.project_id),
        "document_id": str(document.pk),
        "revision_id": str(document.revision.pk),
        "kind": "annotator",
        "author": shown(annotator.person),
        "model_run_id": None,
        "state": "draft",
        "submitted_at": None,
        "reviewer": None,
        "reviewed_at": None,
        "reason": "",
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert annotator.get(f"/annotation-sets/{made['id']}").json() == made


def test_opening_it_again_gives_the_same(annotator: Client, opened: Do) -> None:
    first = opened(annotator)
    assert opened(annotator) == first
    assert log_of(first["id"]) == [("set.opened", annotator.person.pk)]


@pytest.mark.django_db(transaction=True)
def test_opening_it_many_times_at_once_opens_one(annotator: Client, opened: Do) -> None:
    clients = [Client.of(annotator.person) for _ in range(6)]
    answers = at_once(*(lambda c=c: opened(c) for c in clients))
    assert len({answer["id"] for answer in answers}) == 1
    assert len(log_of(answers[0]["id"])) == 1


def test_a_document_without_a_text_has_no_sets(annotator: Client, document: Document) -> None:
    Document.objects.update(status="pending", revision=None)
    response = annotator.post(f"/documents/{document.pk}/annotation-sets")
    assert (response.status_code, response.json()["code"]) == (409, "document_not_ready")


def test_viewers_open_no_set(viewer: Client, document: Document) -> None:
    assert viewer.post(f"/documents/{document.pk}/annotation-sets").status_code == 403


def test_sets_are_listed_by_document_and_project(
    project: Project, annotator: Client, curator: Client, document: Document, opened: Do, step: Do
) -> None:
    first, second = opened(annotator), opened(curator)
    elsewhere = AnnotationSetFactory.create(document__project=project)
    AnnotationSetFactory.create()
    submitted = step(annotator, "submit", first["id"]).json()

    def ids(path: str) -> list[str]:
        return [row["id"] for row in curator.get(path).json()["results"]]

    of_document = f"/documents/{document.pk}/annotation-sets"
    of_project = f"/projects/{project.pk}/annotation-sets"
    assert curator.get(of_document).json()["results"] == [submitted, second]
    assert ids(of_project) == [first["id"], second["id"], str(elsewhere.pk)]
    assert ids(f"{of_project}?state=submitted") == [first["id"]]
    assert ids(f"{of_document}?author={curator.person.pk}") == [second["id"]]
    assert curator.get(f"{of_project}?state=open").status_code == 400
    assert curator.get(f"{of_project}?author=Ada").status_code == 400
