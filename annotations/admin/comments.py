"""Threads of comments in the admin: to read, to settle, and to moderate."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime

from annotations.models import Comment
from annotations.models.comment import SHORT
from annotations.services import comments
from config.admin import BinFilter, ListFilter, Step, badge
from config.api.concurrency import Precondition
from documents.admin import InProjectAdmin, ProjectFilter
from users.admin import user_of
from users.models import User

WRITE = "comment.write"
SHOWN_REPLIES = 200


class ThreadFilter(ListFilter):
    """Threads that wait or are settled, and the replies in them."""

    title = "thread"
    parameter_name = "thread"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", "unresolved"), ("resolved", "resolved"), ("reply", "replies")]

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "reply":
            return rows.filter(parent__isnull=False)
        return rows.filter(parent=None, resolved_at__isnull=value == "open")


def _resolve(actor: User, comment: Comment, precondition: Precondition) -> None:
    comments.resolve(actor=actor, comment=comment, precondition=precondition)


def _reopen(actor: User, comment: Comment, precondition: Precondition) -> None:
    comments.reopen(actor=actor, comment=comment, precondition=precondition)


def _delete(actor: User, comment: Comment, precondition: Precondition) -> None:
    comments.delete_comment(actor=actor, comment=comment, precondition=precondition)


def _restore(actor: User, comment: Comment, precondition: Precondition) -> None:
    comments.restore_comment(actor=actor, comment=comment, precondition=precondition)


def _is_open(comment: Comment) -> bool:
    return comment.parent_id is None and comment.resolved_at is None


@admin.register(Comment)
class CommentAdmin(InProjectAdmin):
    """Who said what of which document or annotation."""

    list_display = ("short", "by", "status", "document", "project", "created_at")
    list_filter = (ThreadFilter, ProjectFilter, BinFilter)
    list_select_related = ("author", "resolved_by", "deleted_by", "document", "project", "parent")
    search_fields = ("id",)
    search_help_text = (
        "A comment's, document's or annotation's id, or how the author's e-mail begins"
    )
    shown_fields = (
        "said",
        "by",
        "status",
        "replies_shown",
        "thread_link",
        "document_link",
        "annotation_link",
        "project",
        "id",
        "version",
        "created_at",
        "edited_at",
        "resolved_at",
        "resolved_by",
        "deleted_at",
        "deleted_by",
    )
    steps = (
        Step("resolve", "Resolve", "resolved.", WRITE, _resolve, _is_open, look="default"),
        Step(
            "reopen",
            "Reopen",
            "open again.",
            WRITE,
            _reopen,
            lambda one: one.resolved_at is not None,
        ),
        Step(
            "delete",
            "Delete",
            "deleted; it can be restored.",
            comments.MODERATE,
            _delete,
            lambda one: one.deleted_at is None,
            look="grave",
        ),
        Step(
            "restore",
            "Restore",
            "restored.",
            comments.MODERATE,
            _restore,
            lambda one: one.deleted_at is not None,
            look="default",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).with_reply_count(user_of(request))
        return rows.select_related(*self.list_select_related)

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        try:
            pk = UUID(text)
        except ValueError:
            return rows.filter(author__email__istartswith=text)
        return rows.filter(Q(pk=pk) | Q(document_id=pk) | Q(annotation_id=pk))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return the comment with those replies to it that the user sees."""
        found = super().get_object(request, object_id, from_field)
        seen = Comment.objects.visible_to(user_of(request)).live().filter(parent=found)
        found.shown_replies = seen.select_related("author").order_by("id")[:SHOWN_REPLIES]
        return found

    # What the pages show

    @admin.display(description="comment")
    def short(self, comment: Comment) -> str:
        return comment.body[:SHORT] or "-"

    @admin.display(description="comment")
    def said(self, comment: Comment) -> str:
        return format_html('<span class="body">{}</span>', comment.body)

    @admin.display(description="author")
    def by(self, comment: Comment) -> str:
        return str(comment.author)

    @admin.display(description="state")
    def status(self, comment: Comment) -> str:
        if comment.deleted_at:
            return badge("deleted")
        if comment.parent_id:
            return "a reply"
        state = "resolved" if comment.resolved_at else "open"
        return format_html("{} {} replies", badge(state), comment.reply_count)

    @admin.display(description="replies")
    def replies_shown(self, comment: Any) -> str:
        told = (
            (str(one.author), date_format(localtime(one.created_at), "j M Y, H:i"), one.body)
            for one in comment.shown_replies
        )
        line = '<p>{}, {}: <span class="body">{}</span></p>'
        return format_html_join("", line, told) or "-"

    @admin.display(description="thread")
    def thread_link(self, comment: Comment) -> str:
        if comment.parent is None:
            return "-"
        where = reverse("admin:annotations_comment_change", args=[comment.parent_id])
        return format_html('<a href="{}">{}</a>', where, comment.parent)

    @admin.display(description="document")
    def document_link(self, comment: Comment) -> str:
        where = reverse("admin:documents_document_change", args=[comment.document_id])
        return format_html('<a href="{}">{}</a>', where, comment.document)

    @admin.display(description="annotation")
    def annotation_link(self, comment: Comment) -> str:
        if comment.annotation_id is None:
            return "the whole document"
        where = reverse("admin:annotations_annotation_change", args=[comment.annotation_id])
        return format_html('<a href="{}">{}</a>', where, comment.annotation_id)
