"""What is kept of comments when documents and people are erased, and in one's own archive."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Comment, Notification
from documents.models import Document, Project
from tests.annotations.commenting import answer, seen, told, write
from tests.annotations.erasing import MARK, erase, traces
from tests.client import Client
from tests.events import log_of
from tests.factories import PASSWORD, DocumentFactory

Do = Callable[..., Any]
pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(annotator: Client, curator: Client, document: Document, said: Do) -> Any:
    """Return a thread in which everything that can hold a text holds the mark."""
    path = f"/annotations/{said(annotator)['id']}/comments"
    thread = write(curator, path, f"Is {MARK} one?", annotator, Idempotency_Key="k")
    answer(annotator, thread, f"Is {MARK} two?")
    gone = write(annotator, f"/documents/{document.pk}/comments", f"{MARK}!")
    annotator.delete(f"/comments/{gone['id']}", if_match="1")
    curator.post(f"/comments/{thread['id']}/resolve", Idempotency_Key="l")
    (one, *_) = annotator.get("/users/me/notifications").json()["results"]
    annotator.post(f"/users/me/notifications/{one['id']}/read", Idempotency_Key="m")
    return thread


def test_an_erased_document_takes_what_was_said_of_it(
    manager: Client, curator: Client, document: Document, project: Project, talk: Any
) -> None:
    other = DocumentFactory.create(project=project)
    write(manager, f"/documents/{other.pk}/comments", "You?", curator)
    assert traces()
    erase(manager, document)
    assert traces() == {}
    left = Comment.objects.exclude(document=other)
    assert {(one.body, tuple(one.mentions), one.deleted_at is None) for one in left} == {
        ("", (), False)
    }
    assert left.count() == 3
    assert told(curator) == [("mention", "You?")]
    assert Notification.objects.count() == 1
    assert log_of(talk["id"])[0] == ("comment.created", curator.person.pk)


def test_an_erased_person_stays_as_a_pseudonym(
    annotator: Client, curator: Client, document: Document, talk: Any
) -> None:
    erased = annotator.post("/users/me/erase", {"current_password": PASSWORD})
    assert erased.status_code == 204, erased.content
    assert not Notification.objects.filter(person=annotator.person).exists()
    assert told(curator) == [("reply", f"Is {MARK} two?")]
    replies = f"/comments/{talk['id']}/replies"
    assert seen(curator, replies) == [f"Is {MARK} two?"]
    author = curator.get(replies).json()["results"][0]["author"]
    assert (author["email"], author["name"].startswith("Erased person ")) == ("", True)


def test_the_archive_has_what_one_said_and_was_told(annotator: Client, talk: Any) -> None:
    response = annotator.get("/users/me/export")
    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    said = [json.loads(line) for line in files["comments.jsonl"].splitlines()]
    assert [one["body"] for one in said] == [f"Is {MARK} two?", f"{MARK}!"]
    assert said[0]["parent_id"] == talk["id"]
    assert [one["deleted_at"] is None for one in said] == [True, False]
    assert said[0]["project"]["id"] == talk["project_id"]
    was_told = [json.loads(line) for line in files["notifications.jsonl"].splitlines()]
    assert [one["kind"] for one in was_told] == ["mention", "resolved"]
    assert was_told[0]["comment_id"] == talk["id"]
    assert MARK not in files["notifications.jsonl"]
