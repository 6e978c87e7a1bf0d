"""What people are told that concerns them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from annotations.models.annotation_set import AnnotationSet
from annotations.models.comment import Comment
from annotations.querysets import NotificationQuerySet
from documents.models import Document, Project


class NotificationKind(models.TextChoices):
    """What has happened."""

    MENTION = "mention", "you are mentioned"
    REPLY = "reply", "a reply in a thread of yours"
    COMMENT = "comment", "a comment on an annotation of yours"
    RESOLVED = "resolved", "a thread of yours is resolved"
    APPROVED = "approved", "your set is approved"
    RETURNED = "returned", "your set is returned"


class Notification(models.Model):
    """One thing for one person, of a comment or of a set; it has no version and no event."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="notifications",
        db_index=False,
    )
    kind = models.CharField(max_length=10, choices=NotificationKind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    comment = models.ForeignKey(
        Comment, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    annotation_set = models.ForeignKey(
        AnnotationSet, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(comment=None) ^ Q(annotation_set=None),
                name="notification_of_a_comment_or_a_set",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=NotificationKind.values), name="notification_kind_known"
            ),
            models.UniqueConstraint(
                fields=["person", "comment", "kind"],
                condition=~Q(kind=NotificationKind.RESOLVED),
                name="notification_once_of_a_comment",
            ),
        )
        indexes = (
            models.Index(fields=["person", "id"], name="notification_of_person"),
            models.Index(
                fields=["person", "id"], condition=Q(read_at=None), name="notification_unread"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor}"
