"""What is said at the same time is all said, and nothing is said twice or too late."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from annotations.models import Comment, Notification
from documents.models import Document
from tests.annotations.commenting import refused, told, write
from tests.client import Client
from tests.threads import at_once, start_until_it_waits, while_held

Do = Callable[..., Any]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def thread(annotator: Client, document: Document) -> Comment:
    made = write(annotator, f"/documents/{document.pk}/comments", "Hm?")
    found: Comment = Comment.objects.get(pk=made["id"])
    return found


def test_two_replies_and_a_resolution_at_once(
    annotator: Client, curator: Client, manager: Client, thread: Comment
) -> None:
    path = f"/comments/{thread.pk}"
    answers = at_once(
        lambda: curator.post(f"{path}/replies", {"body": "One."}),
        lambda: manager.post(f"{path}/replies", {"body": "Two."}),
        lambda: curator.post(f"{path}/resolve"),
    )
    assert [one.status_code for one in answers] == [201, 201, 200]
    thread.refresh_from_db()
    assert (thread.version, thread.resolved_by) == (2, curator.person)
    assert Comment.objects.filter(parent=thread).count() == 2
    assert sorted(told(annotator)) == [("reply", "One."), ("reply", "Two."), ("resolved", "Hm?")]


def test_who_resolves_second_changes_nothing(
    annotator: Client, curator: Client, manager: Client, thread: Comment
) -> None:
    path = f"/comments/{thread.pk}/resolve"
    answers = while_held(thread, lambda: curator.post(path), lambda: manager.post(path))
    assert [one.status_code for one in answers] == [200, 200]
    assert {one.json()["version"] for one in answers} == {2}
    assert Notification.objects.filter(person=annotator.person).count() == 1


def test_nobody_replies_to_what_is_being_deleted(
    annotator: Client, curator: Client, thread: Comment
) -> None:
    send = lambda: curator.post(f"/comments/{thread.pk}/replies", {"body": "Aha."})  # noqa: E731
    (late,) = while_held(thread, send, deleted_at=timezone.now(), deleted_by=annotator.person)
    refused(late, 409, "comment_deleted")
    assert Comment.objects.count() == 1


def test_nobody_comments_on_a_document_that_is_being_deleted(
    annotator: Client, document: Document, thread: Comment
) -> None:
    calls = (
        lambda: annotator.post(f"/documents/{document.pk}/comments", {"body": "Late."}),
        lambda: annotator.patch(f"/comments/{thread.pk}", {"body": "Late."}, if_match="1"),
        lambda: annotator.post(f"/comments/{thread.pk}/replies", {"body": "Late."}),
    )
    for call in calls:
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():  # no lock is taken but the one of an UPDATE, as services do
                rows = Document.objects.filter(pk=document.pk)
                rows.update(deleted_at=timezone.now())
                saying = start_until_it_waits(pool, call)
            refused(saying.result(), 409, "comment_deleted")
        rows.update(deleted_at=None)
    assert not Comment.objects.filter(body="Late.").exists()
