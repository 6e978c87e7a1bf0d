"""Sets are opened, submitted, approved and returned."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import pytest

from annotations.models import AnnotationSet, State
from documents.ingest import describe_text
from documents.models import Document, Project
from documents.pipeline import add_revision
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import AnnotationSetFactory
from tests.threads import at_once, while_held

Do = Callable[..., Any]


@pytest.fixture
def opened(document: Document) -> Do:
    def send(client: Client) -> Any:
        response = client.post(f"/documents/{document.pk}/annotation-sets")
        assert response.status_code == 200, response.content
        return response.json()

    return send


def person_of(client: Client) -> dict[str, str]:
    person = client.person
    return {"id": str(person.pk), "email": person.email, "name": person.name}


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
        "author": person_of(annotator),
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


def test_a_new_text_has_a_set_of_its_own(annotator: Client, document: Document, opened: Do) -> None:
    first = opened(annotator)
    revision = add_revision(document, describe_text("Eve", "text/plain"))
    document.save()
    second = opened(annotator)
    assert second["id"] != first["id"]
    assert second["revision_id"] == str(revision.pk)


def test_a_set_is_submitted_and_approved(
    annotator: Client, curator: Client, opened: Do, step: Do
) -> None:
    pk = opened(annotator)["id"]
    submitted = step(annotator, "submit", pk)
    assert (submitted.status_code, submitted.json()["state"]) == (200, "submitted")
    assert submitted.json()["submitted_at"]
    approved = step(curator, "approve", pk, if_match="2")
    assert (approved.status_code, approved["ETag"]) == (200, '"3"')
    assert (approved.json()["state"], approved.json()["reviewer"]) == (
        "approved",
        person_of(curator),
    )
    assert approved.json()["reviewed_at"]
    assert log_of(pk) == [
        ("set.opened", annotator.person.pk),
        ("set.submitted", annotator.person.pk),
        ("set.approved", curator.person.pk),
    ]
    event = last_event(pk)
    assert event.request_id == approved["X-Request-ID"]
    assert changed(event) == {
        "state": ("submitted", "approved"),
        "reviewer_id": (None, str(curator.person.pk)),
        "reviewed_at": (None, event.after["reviewed_at"]),
        "version": (2, 3),
    }


def test_a_set_is_returned_with_a_reason_and_handed_in_again(
    annotator: Client, curator: Client, opened: Do, step: Do
) -> None:
    pk = opened(annotator)["id"]
    step(annotator, "submit", pk)
    returned = step(curator, "return", pk)
    assert (returned.status_code, returned.json()["state"]) == (200, "returned")
    assert (returned.json()["reason"], returned.json()["reviewer"]) == (
        "Look again.",
        person_of(curator),
    )
    again = step(annotator, "submit", pk).json()
    assert (again["state"], again["reason"]) == ("submitted", "")
    assert step(curator, "approve", pk).json()["state"] == "approved"
    assert step(curator, "return", pk).json()["state"] == "returned"
    assert last_event(pk).action == "set.returned"


@pytest.mark.parametrize("content", [{}, {"reason": " "}, {"reason": "r" * 5001}, {"why": "r"}])
def test_a_return_takes_a_reason(
    annotator: Client, curator: Client, opened: Do, step: Do, content: dict[str, str]
) -> None:
    pk = opened(annotator)["id"]
    step(annotator, "submit", pk)
    assert curator.post(f"/annotation-sets/{pk}/return", content).status_code == 422
    assert AnnotationSet.objects.get().state == "submitted"


ALLOWED = {
    ("draft", "submit"),
    ("returned", "submit"),
    ("submitted", "approve"),
    ("submitted", "return"),
    ("approved", "return"),
}


STEPS = ["submit", "approve", "return"]


@pytest.mark.parametrize("case", list(product(State.values, STEPS)))
def test_only_these_steps_are_possible(
    annotator: Client, curator: Client, opened: Do, step: Do, brought: Do, case: tuple[str, str]
) -> None:
    pk, (state, name) = opened(annotator)["id"], case
    brought(pk, state, annotator, curator)
    before = len(log_of(pk))
    response = step(annotator if name == "submit" else curator, name, pk)
    if case in ALLOWED:
        assert response.status_code == 200
        assert len(log_of(pk)) == before + 1
    else:
        assert (response.status_code, response.json()["code"]) == (409, "invalid_transition")
        assert (AnnotationSet.objects.get().state, len(log_of(pk))) == (state, before)


def test_an_impossible_step_tells_what_was_expected(
    annotator: Client, curator: Client, opened: Do, step: Do
) -> None:
    pk = opened(annotator)["id"]
    detail = step(curator, "return", pk).json()["detail"]
    assert detail == "To return it must be approved or submitted; it is draft."


def test_a_stale_step_is_refused(annotator: Client, curator: Client, opened: Do, step: Do) -> None:
    pk = opened(annotator)["id"]
    assert step(annotator, "submit", pk, if_match="7").status_code == 412
    step(annotator, "submit", pk, if_match="1")
    for name in ("approve", "return"):
        response = step(curator, name, pk, if_match="1")
        assert response.status_code == 412
        assert response.json()["current"]["state"] == "submitted"


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_approvals_one_wins(
    member: Do, annotator: Client, opened: Do, step: Do
) -> None:
    curators = [member("curator") for _ in range(4)]
    pk = opened(annotator)["id"]
    step(annotator, "submit", pk)
    held = AnnotationSet.objects.get()
    answers = while_held(held, *(partial(step, c, "approve", pk) for c in curators))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert [action for action, _ in log_of(pk)].count("set.approved") == 1
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    assert str(AnnotationSet.objects.get().reviewer_id) == winner["reviewer"]["id"]


@pytest.mark.django_db(transaction=True)
def test_of_an_approval_and_a_return_of_one_version_one_wins(
    member: Do, annotator: Client, opened: Do, step: Do
) -> None:
    one, other = member("curator"), member("curator")
    pk = opened(annotator)["id"]
    step(annotator, "submit", pk)
    answers = while_held(
        AnnotationSet.objects.get(),
        partial(step, one, "approve", pk, if_match="2"),
        partial(step, other, "return", pk, if_match="2"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len(log_of(pk)) == 3


def test_only_its_author_submits_a_set(
    project: Project, annotator: Client, curator: Client, opened: Do, step: Do
) -> None:
    pk = opened(annotator)["id"]
    response = step(curator, "submit", pk)
    assert (response.status_code, response.json()["code"]) == (403, "not_yours")
    assert response.json()["detail"] == f"It belongs to {annotator.person.name}."


@pytest.mark.parametrize("role", ["viewer", "annotator"])
def test_only_curators_review(
    project: Project, member: Do, curator: Client, opened: Do, step: Do, role: str
) -> None:
    Project.objects.update(is_blind=False)
    pk = opened(curator)["id"]
    step(curator, "submit", pk)
    for name in ("approve", "return"):
        assert step(member(role), name, pk).status_code == 403
    assert AnnotationSet.objects.get().state == "submitted"


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
