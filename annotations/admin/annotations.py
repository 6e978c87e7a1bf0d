"""Single annotations in the admin: to find and read; their authors change them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest
from django.utils.html import format_html

from annotations.admin.sets import address_of
from annotations.models import Annotation, State
from config.admin import BinFilter, ListFilter, ScopedAdmin, badge
from documents.admin import ProjectFilter

SHORT = 80


class SetStateFilter(ListFilter):
    title = "state of its set"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return State.choices

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(annotation_set__state=value)


@admin.register(Annotation)
class AnnotationAdmin(ScopedAdmin):
    """What was said, where, by whom."""

    list_display = ("label", "short_quote", "by", "state", "document", "created_at")
    list_filter = (ProjectFilter, SetStateFilter, BinFilter)
    search_fields = ("id",)
    search_help_text = (
        "An annotation's, document's or label's id, or how the author's e-mail begins"
    )
    fields = (
        "label",
        "where",
        "quote",
        "body",
        "confidence",
        "by",
        "state",
        "document_link",
        "project",
        "id",
        "version",
        "created_at",
        "updated_at",
        "deleted_at",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).defer("quote", "prefix", "suffix", "body")
        related = ("label", "author", "annotation_set", "document", "project")
        return rows.select_related(*related).annotate(short=Left("quote", SHORT))

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        try:
            pk = UUID(text)
        except ValueError:
            return rows.filter(author__email__istartswith=text)
        return rows.filter(Q(pk=pk) | Q(document_id=pk) | Q(label_id=pk))

    @admin.display(description="quote")
    def short_quote(self, annotation: Any) -> str:
        return annotation.short or "the whole document"

    @admin.display(description="author")
    def by(self, annotation: Annotation) -> str:
        return str(annotation.author)

    @admin.display(description="state")
    def state(self, annotation: Annotation) -> str:
        if annotation.deleted_at:
            return badge("deleted")
        return badge(annotation.annotation_set.state)

    @admin.display(description="where")
    def where(self, annotation: Annotation) -> str:
        if annotation.start is None:
            return "the whole document"
        return f"characters {annotation.start:,} to {annotation.end:,}"

    @admin.display(description="document")
    def document_link(self, annotation: Annotation) -> str:
        return format_html(
            '<a href="{}">{}</a>', address_of(annotation.annotation_set), annotation.document
        )
