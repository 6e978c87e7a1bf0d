"""What comments and notifications can be filtered by."""

from __future__ import annotations

from uuid import UUID

import django_filters as filters
from django.db.models import Q, QuerySet

from annotations.models import Comment, Notification, NotificationKind
from config.api.filters import DeletedFilter, TrueOrFalseFilter


class CommentFilter(filters.FilterSet):
    resolved = TrueOrFalseFilter(method="in_settled", label="Of threads that are resolved, or not.")
    author = filters.UUIDFilter(field_name="author_id", label="By this user.")
    mentioned = filters.UUIDFilter(method="to_somebody", label="Which mention this user.")
    on = filters.ChoiceFilter(
        choices=[("document", "the document"), ("annotation", "an annotation")],
        method="on_kind",
        label="On the document itself, or on an annotation.",
    )
    replies = TrueOrFalseFilter(
        method="with_replies", label="`true`: the replies too, in the order in which all was said."
    )
    deleted = DeletedFilter()

    class Meta:
        model = Comment
        fields: tuple[str, ...] = ()

    def in_settled(self, rows: QuerySet[Comment], name: str, value: bool) -> QuerySet[Comment]:
        """Keep what is said in resolved threads, or in the others."""
        begins = Q(parent=None, resolved_at__isnull=not value)
        return rows.filter(begins | Q(parent__isnull=False, parent__resolved_at__isnull=not value))

    def to_somebody(self, rows: QuerySet[Comment], name: str, value: UUID) -> QuerySet[Comment]:
        """Keep what mentions somebody."""
        return rows.filter(mentions__contains=[value])

    def on_kind(self, rows: QuerySet[Comment], name: str, value: str) -> QuerySet[Comment]:
        """Keep what is said of documents themselves, or of annotations."""
        return rows.filter(annotation__isnull=value == "document")

    def with_replies(self, rows: QuerySet[Comment], name: str, value: bool) -> QuerySet[Comment]:
        """Keep all that is said, or what begins threads."""
        return rows if value else rows.filter(parent=None)


class NotificationFilter(filters.FilterSet):
    unread = TrueOrFalseFilter(
        field_name="read_at", lookup_expr="isnull", label="`true`: what is new."
    )
    project = filters.UUIDFilter(field_name="project_id", label="Of this project.")
    kind = filters.ChoiceFilter(choices=NotificationKind.choices)

    class Meta:
        model = Notification
        fields: tuple[str, ...] = ()
