"""People are told what concerns them: once, never of themselves, never of what they cannot see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.models import Notification
from annotations.services import notifications
from documents.models import Document, Membership, Project, Role
from tests.annotations.commenting import answer, refused, told, unread, write
from tests.client import Client
from tests.factories import AnnotationSetFactory, DocumentFactory, token_of

Do = Callable[..., Any]
pytestmark = pytest.mark.django_db


@pytest.fixture
def place(document: Document) -> str:
    return f"/documents/{document.pk}/comments"


def test_who_is_mentioned_is_told(
    annotator: Client, curator: Client, manager: Client, place: str, project: Project
) -> None:
    made = write(annotator, place, "You?" * 100, curator, annotator)
    (one,) = curator.get("/users/me/notifications").json()["results"]
    assert one["excerpt"] == ("You?" * 100)[:200]
    assert (one["kind"], one["actor"]["id"]) == ("mention", str(annotator.person.pk))
    assert (one["comment_id"], one["thread_id"]) == (made["id"], made["id"])
    assert (one["annotation_id"], one["annotation_set_id"]) == (None, None)
    assert (one["project_id"], one["document_id"]) == (str(project.pk), made["document_id"])
    assert one["read_at"] is None
    assert (unread(curator), unread(annotator), unread(manager)) == (1, 0, 0)


def test_who_talks_in_a_thread_is_told_of_replies_and_of_its_end(
    annotator: Client, curator: Client, manager: Client, place: str
) -> None:
    thread = write(annotator, place, "Hm?")
    made = answer(curator, thread, "Aha.")
    answer(manager, thread, "Oh.", annotator)
    manager.post(f"/comments/{thread['id']}/resolve")
    manager.post(f"/comments/{thread['id']}/resolve")
    assert told(annotator) == [("resolved", "Hm?"), ("mention", "Oh."), ("reply", "Aha.")]
    assert told(curator) == [("resolved", "Hm?"), ("reply", "Oh.")]
    assert told(manager) == []
    first = annotator.get("/users/me/notifications?kind=reply").json()["results"][0]
    assert (first["comment_id"], first["thread_id"]) == (made["id"], thread["id"])


def test_who_annotated_is_told_of_comments(annotator: Client, curator: Client, said: Do) -> None:
    one = said(annotator)
    thread = write(curator, f"/annotations/{one['id']}/comments", "Sure?")
    answer(curator, thread, "Really?")
    assert told(annotator) == [("comment", "Really?"), ("comment", "Sure?")]
    (first, _) = annotator.get("/users/me/notifications").json()["results"]
    assert first["annotation_id"] == one["id"]


def test_who_is_mentioned_later_is_told_once(
    annotator: Client, curator: Client, place: str
) -> None:
    made = write(annotator, place, "Hm?")
    ways: list[list[str]] = [[str(curator.person.pk)], [], [str(curator.person.pk)]]
    for version, mentions in enumerate(ways, 1):
        path, sent = f"/comments/{made['id']}", {"mentions": mentions}
        assert annotator.patch(path, sent, if_match=str(version)).status_code == 200
    assert told(curator) == [("mention", "Hm?")]


def test_what_is_deleted_is_told_no_more(annotator: Client, curator: Client, place: str) -> None:
    made = write(annotator, place, "You?", curator)
    annotator.delete(f"/comments/{made['id']}", if_match="1")
    assert (told(curator), unread(curator)) == ([], 0)
    annotator.post(f"/comments/{made['id']}/restore")
    assert told(curator) == [("mention", "You?")]


def test_who_left_is_told_nothing(
    annotator: Client, curator: Client, place: str, project: Project
) -> None:
    thread = write(curator, place, "Hm?")
    write(annotator, place, "You?", curator)
    Membership.objects.filter(project=project, user=curator.person).delete()
    answer(annotator, thread)
    assert (told(curator), unread(curator)) == ([], 0)
    assert Notification.objects.count() == 1
    (kept,) = Notification.objects.all()
    assert curator.post(f"/users/me/notifications/{kept.pk}/read").status_code == 404


# Review


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("submitted", []),
        ("approved", [("approved", "")]),
        ("returned", [("returned", "Look again.")]),
    ],
)
def test_authors_are_told_of_review(
    annotator: Client, curator: Client, opened: Do, brought: Do, state: str, expected: Any
) -> None:
    annotation_set = opened(annotator)
    brought(annotation_set["id"], state, annotator, curator)
    assert told(annotator) == expected
    for one in annotator.get("/users/me/notifications").json()["results"]:
        assert (one["annotation_set_id"], one["comment_id"]) == (annotation_set["id"], None)
        assert (one["thread_id"], one["annotation_id"]) == (None, None)
        assert one["actor"]["id"] == str(curator.person.pk)
    assert told(curator) == []


def test_nobody_is_told_of_their_own_review(curator: Client, opened: Do, brought: Do) -> None:
    brought(opened(curator)["id"], "approved", curator, curator)
    assert told(curator) == []


def test_an_author_who_left_is_not_told(curator: Client, project: Project, step: Do) -> None:
    left = AnnotationSetFactory.create(document__project=project, state="submitted")
    assert step(curator, "approve", left.pk).status_code == 200
    assert Notification.objects.count() == 0


# Reading


@pytest.fixture
def three(annotator: Client, curator: Client, place: str) -> list[Any]:
    """Return three notifications of the curator, the oldest first."""
    for number in range(3):
        write(annotator, place, str(number), curator)
    return list(reversed(curator.get("/users/me/notifications").json()["results"]))


def test_one_is_read(curator: Client, three: list[Any]) -> None:
    read = [curator.post(f"/users/me/notifications/{three[0]['id']}/read") for _ in range(2)]
    assert [one.status_code for one in read] == [200, 200]
    assert read[0].json()["read_at"] is not None
    assert read[0].json() == read[1].json()
    assert told(curator, "?unread=true") == [("mention", "2"), ("mention", "1")]
    assert told(curator, "?unread=false") == [("mention", "0")]
    assert unread(curator) == 2


def test_all_are_read_up_to_one(curator: Client, annotator: Client, three: list[Any]) -> None:
    answered = curator.post("/users/me/notifications/read", {"up_to": three[1]["id"]})
    assert (answered.status_code, answered.json()) == (200, {"unread": 1})
    assert told(curator, "?unread=true") == [("mention", "2")]
    annotator.post("/users/me/notifications/read", {"up_to": three[2]["id"]})
    assert unread(curator) == 1


@pytest.mark.parametrize("sent", [{}, {"up_to": "x"}, {"up_to": None}])
def test_how_far_is_to_be_said(curator: Client, sent: Any) -> None:
    refused(curator.post("/users/me/notifications/read", sent), 422, "invalid")


def test_nobody_reads_what_others_are_told(annotator: Client, three: list[Any]) -> None:
    for pk in (three[0]["id"], uuid4()):
        assert annotator.post(f"/users/me/notifications/{pk}/read").status_code == 404
    assert Notification.objects.filter(read_at=None).count() == 3


def test_they_are_found_by_project(
    annotator: Client, curator: Client, project: Project, three: list[Any], member: Do
) -> None:
    elsewhere = DocumentFactory.create()
    for client in (annotator, curator):
        Membership.objects.create(
            project=elsewhere.project, user=client.person, role=Role.ANNOTATOR
        )
    write(annotator, f"/documents/{elsewhere.pk}/comments", "Far.", curator)
    assert told(curator, f"?project={elsewhere.project_id}") == [("mention", "Far.")]
    assert len(told(curator, f"?project={project.pk}")) == 3
    page = curator.get("/users/me/notifications?limit=2").json()
    assert [one["excerpt"] for one in page["results"]] == ["Far.", "2"]


def test_a_token_of_one_project_sees_what_is_of_it(
    curator: Client, project: Project, three: list[Any]
) -> None:
    other = Membership.objects.create(
        project=DocumentFactory.create().project, user=curator.person, role=Role.CURATOR
    )
    near = Client.with_token(token_of(curator.person, project_id=project.pk))
    far = Client.with_token(token_of(curator.person, project_id=other.project_id))
    assert (unread(near), unread(far)) == (3, 0)
    assert near.post(f"/users/me/notifications/{three[0]['id']}/read").status_code == 200
    assert far.post(f"/users/me/notifications/{three[1]['id']}/read").status_code == 404
    reading = Client.with_token(token_of(curator.person, scope="read"))
    for path in (f"{three[1]['id']}/read", "read"):
        sent = {"up_to": three[2]["id"]} if path == "read" else None
        response = reading.post(f"/users/me/notifications/{path}", sent)
        refused(response, 403, "insufficient_scope")
    assert unread(curator) == 2


def test_a_thousand_are_counted(
    curator: Client, three: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "COUNTED", 2)
    assert unread(curator) == 2


def test_telling_many_costs_what_telling_few_costs(
    annotator: Client, place: str, member: Do
) -> None:
    people = [member(Role.ANNOTATOR) for _ in range(12)]
    costs = []
    for some in (people[:2], people[2:]):
        with CaptureQueriesContext(connection) as queries:
            write(annotator, place, "All?", *some)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert Notification.objects.count() == 12


def test_a_notification_is_named_by_what_it_is(three: list[Any], annotator: Client) -> None:
    assert str(Notification.objects.first()) == f"mention by {annotator.person.name}"
