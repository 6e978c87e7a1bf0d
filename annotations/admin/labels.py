"""Labels in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from annotations.models import Kind, Label
from annotations.services import labels
from config.admin import BinFilter, ColumnFilter, ServiceForm, Step
from config.api.concurrency import Precondition
from documents.admin import InProjectAdmin, ProjectFilter
from users.admin import user_of
from users.models import User


class KindFilter(ColumnFilter):
    title = "kind"
    parameter_name = "kind"
    options = Kind.choices


class ArchiveFilter(BinFilter):
    title = "archive"
    parameter_name = "archived"
    column = "archived_at"
    gone = "Archived"


class LabelForm(ServiceForm):
    class Meta:
        widgets = {
            "color": forms.TextInput(attrs={"type": "color"}),
            "description": forms.Textarea(attrs={"rows": 3}),
        }


def _archive(actor: User, label: Label, precondition: Precondition) -> None:
    labels.archive_label(actor=actor, label=label, precondition=precondition)


def _restore(actor: User, label: Label, precondition: Precondition) -> None:
    labels.restore_label(actor=actor, label=label)


@admin.register(Label)
class LabelAdmin(InProjectAdmin):
    """Managers make labels, change them, and take them out of use."""

    form = LabelForm
    add_form = LabelForm
    add_permission = "label.change"
    change_permission = "label.change"
    add_fields = ("project", "kind", "name", "color", "shortcut", "description", "position")
    shown_fields = add_fields
    list_display = ("swatch", "name", "kind", "project", "shortcut", "position")
    list_display_links = ("name",)
    list_filter = (ProjectFilter, KindFilter, ArchiveFilter)
    list_select_related = ("project",)
    ordering = ("project_id", "position", "id")
    search_fields = ("name",)
    search_help_text = "Part of the name"
    steps = (
        Step(
            "archive",
            "Archive",
            "archived: given no more, kept where it is.",
            "label.change",
            _archive,
            lambda label: label.archived_at is None,
            look="grave",
        ),
        Step(
            "restore",
            "Restore",
            "in use again.",
            "label.change",
            _restore,
            lambda label: label.archived_at is not None,
            look="default",
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("project", "kind") if obj else ()

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(name__icontains=text)

    def create(self, request: HttpRequest, given: dict[str, Any]) -> Label:
        return labels.create_label(actor=user_of(request), **given)

    def change(
        self, request: HttpRequest, obj: Any, precondition: Precondition, changes: dict[str, Any]
    ) -> Label:
        return labels.update_label(
            actor=user_of(request), label=obj, precondition=precondition, changes=changes
        )

    @admin.display(description="")
    def swatch(self, label: Label) -> str:
        """Return the colour as a drawing, whose attributes no style policy forbids."""
        drawing = (
            '<svg class="swatch" viewBox="0 0 1 1" aria-hidden="true">'
            '<rect width="1" height="1" fill="{}"/></svg>'
        )
        return format_html(drawing, label.color)
