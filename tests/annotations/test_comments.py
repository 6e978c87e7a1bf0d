"""Threads of comments: begin one, reply, change, delete, restore, settle, find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from annotations.models import Comment
from documents.models import Document, Membership, Project, Role
from tests.annotations.commenting import answer, refused, seen, write
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import DocumentFactory, UserFactory, token_of

Do = Callable[..., Any]
pytestmark = pytest.mark.django_db


@pytest.fixture
def place(document: Document) -> str:
    return f"/documents/{document.pk}/comments"


@pytest.fixture
def thread(annotator: Client, place: str) -> Any:
    return write(annotator, place, "Is this *one* name?")


def at(comment: Any, step: str = "") -> str:
    return f"/comments/{comment['id']}{step}"


# Threads


def test_a_thread_begins_on_a_document(annotator: Client, document: Document, place: str) -> None:
    made = write(annotator, place, " # As sent\n\n<b>\u200b")
    assert made["body"] == " # As sent\n\n<b>\u200b"
    assert made["author"]["id"] == str(annotator.person.pk)
    assert (made["document_id"], made["annotation_id"]) == (str(document.pk), None)
    assert (made["parent_id"], made["reply_count"], made["version"]) == (None, 0, 1)
    assert (made["resolved_at"], made["resolved_by"], made["edited_at"]) == (None, None, None)
    again = annotator.get(at(made))
    assert (again.json(), again["ETag"]) == (made, '"1"')
    event = last_event(made["id"])
    assert (event.action, event.project_id) == ("comment.created", document.project_id)
    assert (event.document_id, event.after["body"]) == (document.pk, made["body"])


def test_a_thread_begins_on_an_annotation(annotator: Client, curator: Client, said: Do) -> None:
    one, other = said(annotator), said(annotator, start=4, end=12)
    made = write(curator, f"/annotations/{one['id']}/comments", "Sure?")
    assert (made["annotation_id"], made["document_id"]) == (one["id"], one["document_id"])
    assert seen(annotator, f"/annotations/{one['id']}/comments") == ["Sure?"]
    assert seen(annotator, f"/annotations/{other['id']}/comments") == []
    assert seen(annotator, f"/documents/{one['document_id']}/comments") == ["Sure?"]


def test_replies_stand_in_their_thread(
    annotator: Client, curator: Client, viewer: Client, place: str, thread: Any
) -> None:
    first, second = answer(curator, thread, "Two."), answer(annotator, thread, "Why?")
    assert (first["parent_id"], first["document_id"]) == (thread["id"], thread["document_id"])
    assert seen(viewer, at(thread, "/replies")) == ["Two.", "Why?"]
    assert seen(viewer, place) == [thread["body"]]
    assert seen(viewer, f"{place}?replies=true") == [thread["body"], "Two.", "Why?"]
    assert viewer.get(at(thread)).json()["reply_count"] == 2
    assert viewer.get(at(second)).json()["reply_count"] == 0


def test_a_reply_is_on_what_its_thread_is_on(annotator: Client, curator: Client, said: Do) -> None:
    one = said(annotator)
    begun = write(curator, f"/annotations/{one['id']}/comments")
    assert answer(annotator, begun)["annotation_id"] == one["id"]


@pytest.mark.parametrize("step", ["replies", "resolve", "reopen"])
def test_a_reply_is_no_thread(annotator: Client, thread: Any, step: str) -> None:
    made = answer(annotator, thread)
    sent = {"body": "No."} if step == "replies" else None
    problem = refused(annotator.post(at(made, f"/{step}"), sent), 409, "not_a_thread")
    assert problem["thread_id"] == thread["id"]


@pytest.mark.parametrize("role", ["stranger", "viewer"])
def test_who_may_write(role: str, request: pytest.FixtureRequest, place: str, thread: Any) -> None:
    client: Client = request.getfixturevalue(role)
    expected = {"stranger": 404, "viewer": 403}[role]
    for path in (place, at(thread, "/replies")):
        assert client.post(path, {"body": "Hm."}).status_code == expected
    assert Comment.objects.count() == 1


def test_a_token_needs_its_scope(annotator: Client, place: str, thread: Any) -> None:
    reading = Client.with_token(token_of(annotator.person, scope="read"))
    assert reading.get(place).status_code == 200
    refused(reading.post(place, {"body": "Hm."}), 403, "insufficient_scope")
    writing = Client.with_token(token_of(annotator.person, scope="write"))
    assert writing.post(place, {"body": "Hm."}).status_code == 201


@pytest.mark.parametrize(
    ("sent", "pointer", "code"),
    [
        ({}, "/body", "required"),
        ({"body": ""}, "/body", "blank"),
        ({"body": " \n\t"}, "/body", "blank"),
        ({"body": "x" * 10_001}, "/body", "max_length"),
        ({"body": "Hm.", "mentions": ["x"]}, "/mentions/0", "invalid"),
        ({"body": "Hm.", "mentions": [str(uuid4()) for _ in range(21)]}, "/mentions", "max_length"),
        ({"body": "Hm.", "resolved_at": None}, "/resolved_at", "unknown"),
    ],
)
def test_what_is_no_comment(
    annotator: Client, place: str, sent: Any, pointer: str, code: str
) -> None:
    problem = refused(annotator.post(place, sent), 422, "invalid")
    assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [(pointer, code)]
    assert Comment.objects.count() == 0


def test_a_repeat_under_a_key_writes_once(annotator: Client, place: str) -> None:
    first, again = (write(annotator, place, "Hm.", Idempotency_Key="k") for _ in range(2))
    assert first == again
    assert Comment.objects.count() == 1


# Mentions


def test_members_are_mentioned_by_id(annotator: Client, curator: Client, place: str) -> None:
    sent = {"body": "You?", "mentions": [str(curator.person.pk)] * 2}
    made = annotator.post(place, sent).json()
    assert made["mentions"] == [str(curator.person.pk)]


def test_who_is_no_member_is_not_mentioned(
    annotator: Client, curator: Client, stranger: Client, place: str
) -> None:
    gone = UserFactory.create(is_active=False)
    for other in (stranger.person.pk, uuid4(), gone.pk):
        sent = {"body": "You?", "mentions": [str(curator.person.pk), str(other)]}
        problem = refused(annotator.post(place, sent), 422, "invalid")
        assert problem["errors"][0]["pointer"] == "/mentions/1"
        assert problem["errors"][0]["code"] == "unknown"


def test_who_sees_not_the_annotation_is_not_mentioned(
    project: Project, annotator: Client, curator: Client, member: Do, said: Do
) -> None:
    Project.objects.filter(pk=project.pk).update(is_blind=True)
    path = f"/annotations/{said(annotator)['id']}/comments"
    sent = {"body": "Look.", "mentions": [str(member(Role.ANNOTATOR).person.pk)]}
    refused(curator.post(path, sent), 422, "invalid")
    write(curator, path, "Look.", annotator)


# Changes


def test_authors_change_what_they_wrote(
    annotator: Client, curator: Client, thread: Any, project: Project
) -> None:
    sent = {"body": "Or two?", "mentions": [str(curator.person.pk)]}
    response = annotator.patch(at(thread), sent, if_match="1")
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    now = response.json()
    assert (now["body"], now["mentions"]) == ("Or two?", sent["mentions"])
    assert now["edited_at"] is not None
    event = last_event(thread["id"])
    assert (event.action, event.project_id) == ("comment.updated", project.pk)
    assert changed(event)["body"] == (thread["body"], "Or two?")


def test_who_was_mentioned_and_left_stays_mentioned(
    annotator: Client, curator: Client, place: str
) -> None:
    made = write(annotator, place, "You?", curator)
    Membership.objects.filter(user=curator.person).delete()
    sent = {"body": "You there?", "mentions": made["mentions"]}
    assert annotator.patch(at(made), sent, if_match="1").status_code == 200
    assert annotator.patch(at(made), {"mentions": []}, if_match="2").json()["mentions"] == []
    problem = annotator.patch(at(made), {"mentions": made["mentions"]}, if_match="3")
    refused(problem, 422, "invalid")


def test_nobody_changes_what_others_wrote(manager: Client, thread: Any) -> None:
    refused(manager.patch(at(thread), {"body": "No."}, if_match="1"), 403, "not_your_comment")
    assert Comment.objects.get().body == thread["body"]


def test_changes_ask_for_the_version(annotator: Client, thread: Any) -> None:
    for method, sent in (("PATCH", {"body": "No."}), ("DELETE", None)):
        refused(annotator.send(method, at(thread), sent), 428, "precondition_required")
        stale = annotator.send(method, at(thread), sent, if_match="7")
        assert refused(stale, 412, "stale_version")["current"]["id"] == thread["id"]
    for step in ("resolve", "reopen"):
        refused(annotator.post(at(thread, f"/{step}"), if_match="7"), 412, "stale_version")
    assert Comment.objects.get().version == 1


# Deleting


def test_authors_delete_and_restore_what_they_wrote(
    annotator: Client, curator: Client, place: str, thread: Any
) -> None:
    refused(curator.delete(at(thread), if_match="1"), 403, "not_your_comment")
    assert annotator.delete(at(thread), if_match="1").status_code == 204
    assert seen(annotator, place) == seen(annotator, f"{place}?deleted=false") == []
    assert seen(annotator, f"{place}?deleted=true") == [thread["body"]]
    assert seen(curator, f"{place}?deleted=true") == [""]
    for path in (at(thread), at(thread, "/replies")):
        assert annotator.get(path).status_code == 404
    refused(curator.post(at(thread, "/restore")), 403, "not_your_comment")
    for _ in range(2):
        restored = annotator.post(at(thread, "/restore"))
        assert (restored.status_code, restored.json()["version"]) == (200, 3)
    assert seen(curator, place) == [thread["body"]]
    author = annotator.person.pk
    assert log_of(thread["id"]) == [
        ("comment.created", author),
        ("comment.deleted", author),
        ("comment.restored", author),
    ]


def test_what_a_manager_deletes_only_managers_restore(
    annotator: Client, manager: Client, thread: Any
) -> None:
    assert manager.delete(at(thread), if_match="1").status_code == 204
    refused(annotator.post(at(thread, "/restore")), 403, "not_your_comment")
    assert manager.post(at(thread, "/restore")).status_code == 200


def test_a_deleted_beginning_stays_as_long_as_replies_do(
    annotator: Client, curator: Client, manager: Client, place: str
) -> None:
    thread = write(annotator, place, "What?", curator)
    made = answer(curator, thread, "So.")
    annotator.delete(at(thread), if_match="1")
    (left,) = manager.get(place).json()["results"]
    assert (left["id"], left["body"], left["mentions"]) == (thread["id"], "", [])
    assert left["deleted_at"] is not None
    assert manager.get(f"{place}?fields=id").json()["results"] == [{"id": thread["id"]}]
    assert annotator.get(at(thread)).json()["body"] == "What?"
    assert seen(curator, at(thread, "/replies")) == ["So."]
    gone = [
        curator.post(at(thread, "/replies"), {"body": "More."}),
        annotator.patch(at(thread), {"body": "More."}, if_match="2"),
        annotator.delete(at(thread), if_match="2"),
    ]
    for response in gone:
        refused(response, 409, "comment_deleted")
    assert manager.post(at(thread, "/resolve")).status_code == 200
    curator.delete(at(made), if_match="1")
    assert seen(manager, place) == []
    assert manager.get(at(thread)).status_code == 404


def test_comments_wait_with_their_annotation(
    annotator: Client, curator: Client, said: Do, project: Project
) -> None:
    one = said(annotator)
    made = write(curator, f"/annotations/{one['id']}/comments")
    annotator.delete(f"/annotations/{one['id']}", if_match="1")
    assert curator.get(at(made)).status_code == 404
    assert curator.get(f"/annotations/{one['id']}/comments").status_code == 404
    assert seen(curator, f"/projects/{project.pk}/comments") == []
    annotator.post(f"/annotations/{one['id']}/restore")
    assert curator.get(at(made)).status_code == 200


def test_comments_go_with_their_document(
    annotator: Client, manager: Client, document: Document, project: Project, thread: Any
) -> None:
    manager.delete(f"/documents/{document.pk}", if_match=str(document.version))
    assert annotator.get(at(thread)).status_code == 404
    assert seen(manager, f"/projects/{project.pk}/comments") == []


# Settling


def test_a_thread_is_resolved_and_reopened(
    annotator: Client, curator: Client, viewer: Client, thread: Any
) -> None:
    answer(curator, thread)
    for _ in range(2):
        now = curator.post(at(thread, "/resolve"), If_Match="*").json()
        assert (now["version"], now["reply_count"]) == (2, 1)
        assert now["resolved_by"]["id"] == str(curator.person.pk)
        assert now["resolved_at"] is not None
    for _ in range(2):
        now = annotator.post(at(thread, "/reopen")).json()
        assert (now["version"], now["resolved_by"], now["resolved_at"]) == (3, None, None)
    assert viewer.post(at(thread, "/resolve")).status_code == 403
    assert log_of(thread["id"])[1:] == [
        ("comment.resolved", curator.person.pk),
        ("comment.reopened", annotator.person.pk),
    ]


# Finding


def test_comments_are_found(
    project: Project, annotator: Client, curator: Client, said: Do, place: str, thread: Any
) -> None:
    one = said(annotator)
    other = write(curator, f"/annotations/{one['id']}/comments", "Sure?", annotator)
    answer(annotator, other, "Yes.", curator)
    curator.post(at(thread, "/resolve"))
    elsewhere = DocumentFactory.create(project=project)
    write(curator, f"/documents/{elsewhere.pk}/comments", "Far.")
    begun, of_project = thread["body"], f"/projects/{project.pk}/comments"
    me = annotator.person.pk
    expected = {
        f"{place}?": [begun, "Sure?"],
        f"{of_project}?": [begun, "Sure?", "Far."],
        f"{of_project}?ordering=-created_at&": ["Far.", "Sure?", begun],
        f"{of_project}?resolved=false": ["Sure?", "Far."],
        f"{of_project}?resolved=false&replies=true": ["Sure?", "Yes.", "Far."],
        f"{of_project}?resolved=true&replies=true": [begun],
        f"{of_project}?author={me}": [begun],
        f"{of_project}?author={me}&replies=true": [begun, "Yes."],
        f"{of_project}?replies=false": [begun, "Sure?", "Far."],
        f"{of_project}?mentioned={me}": ["Sure?"],
        f"{of_project}?mentioned={curator.person.pk}&replies=true": ["Yes."],
        f"{of_project}?on=annotation": ["Sure?"],
        f"{of_project}?on=document": [begun, "Far."],
    }
    assert {path: seen(curator, path) for path in expected} == expected


def test_a_long_list_has_pages(annotator: Client, place: str) -> None:
    for number in range(3):
        write(annotator, place, f"{number}")
    page = annotator.get(f"{place}?limit=2&count=true").json()
    assert ([one["body"] for one in page["results"]], page["count"]) == (["0", "1"], 3)
    assert seen(annotator, page["next"].split("/api/v1")[1]) == ["2"]


# What nobody may slip in


def test_nobody_comments_on_a_document_that_is_deleted_meanwhile(
    annotator: Client, document: Document, thread: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(view: Any) -> Document:
        Document.objects.filter(pk=document.pk).update(deleted_at=timezone.now())
        return document

    monkeypatch.setattr("documents.views.in_project.InProjectViewSet.document", gone)
    sent = {"body": "Hm."}
    refused(annotator.post(f"/documents/{document.pk}/comments", sent), 409, "comment_deleted")
    assert Comment.objects.count() == 1


def test_superusers_review_everywhere(document: Document, thread: Any) -> None:
    boss = Client.of(UserFactory.create(is_superuser=True))
    write(boss, f"/documents/{document.pk}/comments")
    assert list(Comment.objects.order_by("id").values_list("by_reviewer", flat=True)) == [
        False,
        True,
    ]


def test_a_comment_is_named_by_what_it_says(thread: Any) -> None:
    assert str(Comment.objects.get()) == thread["body"]
