"""What people say to each other of documents and annotations."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from annotations.models.annotation import Annotation
from annotations.querysets import CommentQuerySet
from documents.models import Document, Project
from users.models import Resource

SHORT = 80


class Comment(Resource):
    """A comment on an annotation, or without one on the document; in Markdown, as it was sent.

    One without `parent` begins a thread; the others are the replies in it, of which there is one
    level. A thread is resolved as a whole, which is noted at its beginning. `mentions` are ids of
    people. `by_reviewer` tells that its author was a curator or manager when they wrote it.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="comments", db_index=False
    )
    annotation = models.ForeignKey(
        Annotation, on_delete=models.PROTECT, null=True, related_name="comments", db_index=False
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="replies", db_index=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    body = models.TextField()
    mentions = ArrayField(models.UUIDField(), default=list)
    by_reviewer = models.BooleanField(default=False, editable=False)
    resolved_at = models.DateTimeField(null=True, editable=False)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        db_index=False,
    )
    edited_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        db_index=False,
    )
    reply_count = 0  # as somebody sees them: see CommentQuerySet.with_reply_count

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(body="") | Q(deleted_at__isnull=False), name="comment_says_something"
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | Q(resolved_at=None), name="comment_resolved_is_a_thread"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="comment_resolved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=models.F("id")),
                name="comment_replies_to_another",
            ),
        )
        indexes = (
            models.Index(fields=["document", "id"], name="comment_of_document"),
            models.Index(
                fields=["annotation", "id"],
                condition=Q(annotation__isnull=False),
                name="comment_of_annotation",
            ),
            models.Index(
                fields=["parent", "id"], condition=Q(parent__isnull=False), name="comment_of_thread"
            ),
            models.Index(fields=["project", "id"], name="comment_of_project"),
            models.Index(
                fields=["project", "id"],
                condition=Q(parent=None, resolved_at=None, deleted_at=None),
                name="comment_unresolved",
            ),
            models.Index(fields=["author", "id"], name="comment_by_author"),
            GinIndex(fields=["mentions"], name="comment_by_mention"),
        )

    def __str__(self) -> str:
        return self.body[:SHORT]
