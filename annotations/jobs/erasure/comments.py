"""Erase what was said to each other of documents, and what people were told of it."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotations.jobs.erasure.batch import scrub_events
from annotations.models import Comment, Notification


def erase_comments(ids: list[Any]) -> None:
    """Leave of the comments on (locked) documents who wrote them and when.

    Nobody adds to them: who writes one holds its document, which is not deleted then.
    """
    now = timezone.now()
    Notification.objects.filter(document__in=ids).delete()
    comments = Comment.objects.filter(document__in=ids)
    scrub_events(comments.values("pk"))
    comments.update(
        body="",
        mentions=[],
        deleted_at=Coalesce("deleted_at", Value(now)),
        updated_at=now,
        version=F("version") + 1,
    )
