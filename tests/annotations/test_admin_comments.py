"""Staff read threads in the admin, settle and moderate them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Comment
from documents.models import Document, Project, Role
from tests.annotations.commenting import answer, write
from tests.client import Client
from tests.staff import Staff, page

Do = Callable[..., Any]
LIST = "annotations_comment"
pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(project: Project) -> Staff:
    return Staff.of(project, Role.CURATOR)


@pytest.fixture
def boss(project: Project) -> Staff:
    return Staff.of(project, Role.MANAGER)


@pytest.fixture
def thread(annotator: Client, document: Document) -> Comment:
    made = write(annotator, f"/documents/{document.pk}/comments", "Is <b>Ada</b> one?")
    return now(made["id"])


@pytest.fixture
def reply(annotator: Client, thread: Comment) -> Comment:
    return now(answer(annotator, {"id": thread.pk}, "No <i>idea</i>.")["id"])


def now(pk: Any) -> Comment:
    found: Comment = Comment.objects.get(pk=pk)
    return found


def test_threads_are_read_with_their_replies(
    curator: Staff, thread: Comment, reply: Comment, document: Document
) -> None:
    shown = curator.page_of(thread)
    assert "Is &lt;b&gt;Ada&lt;/b&gt; one?" in shown
    assert "No &lt;i&gt;idea&lt;/i&gt;." in shown
    assert "1 replies" in shown
    assert str(document.pk) in shown
    assert "the whole document" in shown
    of_reply = curator.page_of(reply)
    assert page(thread) in of_reply
    assert "a reply" in of_reply


def test_a_comment_leads_to_its_annotation(
    curator: Staff, annotator: Client, said: Do, thread: Comment
) -> None:
    one = said(annotator)
    made = now(write(annotator, f"/annotations/{one['id']}/comments", "Hm.")["id"])
    assert f"annotation/{one['id']}/change" in curator.page_of(made)
    assert ">Hm.<" in curator.list_of(LIST, f"?q={one['id']}")
    assert "Is &lt;b&gt;" not in curator.list_of(LIST, f"?q={one['id']}")


def test_comments_are_found(
    curator: Staff, annotator: Client, thread: Comment, reply: Comment, document: Document
) -> None:
    other = now(write(annotator, f"/documents/{document.pk}/comments", "Settled.")["id"])
    annotator.post(f"/comments/{other.pk}/resolve")
    marks = {"Is &lt;b&gt;": "thread", "No &lt;i&gt;": "reply", "Settled.": "settled"}
    expected = {
        "": {"thread", "reply", "settled"},
        "?thread=open": {"thread"},
        "?thread=reply": {"reply"},
        "?thread=resolved": {"settled"},
        f"?q={thread.pk}": {"thread"},
        f"?q={document.pk}": {"thread", "reply", "settled"},
        f"?q={annotator.person.email}": {"thread", "reply", "settled"},
        "?q=nobody": set(),
        "?deleted=yes": set(),
    }
    for query, found in expected.items():
        shown = curator.list_of(LIST, query)
        assert {name for mark, name in marks.items() if mark in shown} == found, query


def test_a_thread_is_resolved_and_reopened(curator: Staff, thread: Comment) -> None:
    (told,) = curator.step(thread, "resolve")
    assert told.endswith("resolved.")
    assert now(thread.pk).resolved_by == curator.user
    assert "badge-resolved" in curator.page_of(now(thread.pk))
    assert curator.step(now(thread.pk), "reopen") != []
    assert now(thread.pk).resolved_at is None


def test_managers_delete_and_restore(curator: Staff, boss: Staff, thread: Comment) -> None:
    assert curator.press(thread, "delete").status_code == 403
    boss.step(thread, "delete")
    assert now(thread.pk).deleted_by == boss.user
    assert "badge-deleted" in boss.page_of(now(thread.pk))
    assert "Is &lt;b&gt;" in boss.list_of(LIST, "?deleted=yes")
    boss.step(now(thread.pk), "restore")
    assert now(thread.pk).deleted_at is None


def test_staff_see_what_they_may_see(thread: Comment, project: Project) -> None:
    elsewhere = Staff(Staff.superuser().user)
    assert "Is &lt;b&gt;" in elsewhere.list_of(LIST)
    Project.objects.filter(pk=project.pk).update(is_blind=True)
    annotator = Staff.of(project, Role.ANNOTATOR)
    assert "Is &lt;b&gt;" not in annotator.list_of(LIST)
    assert annotator.get(page(thread)).status_code == 404
