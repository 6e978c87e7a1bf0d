"""What a person said in comments, and what they were told, as their archive has it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from annotations.models import Comment, Notification
from users.models import User


def comments_of(user: User) -> QuerySet[Comment]:
    """Return the comments that a person wrote, deleted ones too."""
    rows: QuerySet[Comment] = Comment.objects.filter(author=user)
    return rows.select_related("project", "document")


def comment_record(comment: Comment) -> dict[str, Any]:
    """Return a comment as a line tells it."""
    return {
        "id": comment.pk,
        "project": {"id": comment.project_id, "name": comment.project.name},
        "document": {"id": comment.document_id, "title": comment.document.title},
        "annotation_id": comment.annotation_id,
        "parent_id": comment.parent_id,
        "body": comment.body,
        "mentions": comment.mentions,
        "created_at": comment.created_at,
        "edited_at": comment.edited_at,
        "deleted_at": comment.deleted_at,
    }


def notifications_of(user: User) -> QuerySet[Notification]:
    """Return what a person was told."""
    rows: QuerySet[Notification] = Notification.objects.filter(person=user)
    return rows.select_related("project")


def notification_record(notification: Notification) -> dict[str, Any]:
    """Return that they were told; what others said belongs to these."""
    return {
        "id": notification.pk,
        "project": {"id": notification.project_id, "name": notification.project.name},
        "kind": notification.kind,
        "document_id": notification.document_id,
        "comment_id": notification.comment_id,
        "annotation_set_id": notification.annotation_set_id,
        "created_at": notification.created_at,
        "read_at": notification.read_at,
    }
