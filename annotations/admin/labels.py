"""Labels in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from annotations.admin.label_fields import JoinsField, SchemaField
from annotations.models import Kind, Label
from annotations.services import labels
from annotations.services.label_usage import usage_of_label
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


class ChangedLabelForm(LabelForm):
    """A label that exists lies among the others of its project."""

    attribute_schema = SchemaField(
        required=False,
        label="Attributes",
        help_text='JSON Schema (2020-12) of an object: {"type": "object", "properties": …}.',
    )
    joins = JoinsField(
        required=False,
        help_text="Which labels it may lead from and to, a pair a line; without any, it joins all.",
    )


def _archive(actor: User, label: Label, precondition: Precondition) -> None:
    """Archive it though it is in use: the page has told of that, and asked who is there."""
    labels.archive_label(actor=actor, label=label, precondition=precondition, confirmed=True)


def _restore(actor: User, label: Label, precondition: Precondition) -> None:
    labels.restore_label(actor=actor, label=label)


@admin.register(Label)
class LabelAdmin(InProjectAdmin):
    """Managers make labels, change them, and take them out of use."""

    form = ChangedLabelForm
    add_form = LabelForm
    add_permission = "label.change"
    change_permission = "label.change"
    add_fields = ("project", "kind", "name", "color", "shortcut", "description", "position")
    shown_fields = (*add_fields, "parent", "attribute_schema", "joins", "usage", "merged_into")
    list_display = ("swatch", "name", "kind", "project", "parent", "shortcut", "position")
    list_display_links = ("name",)
    list_filter = (ProjectFilter, KindFilter, ArchiveFilter)
    list_select_related = ("project", "parent")
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
        return ("project", "kind", "usage", "merged_into") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        unused = set() if obj is None or obj.kind == Kind.RELATION else {"joins"}
        unused |= set() if obj is None or obj.merged_into_id else {"merged_into"}
        return [name for name in fields if name not in unused]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj and "parent" in form.base_fields:
            self._offer_labels(request, obj, form.base_fields)
        return form

    def _offer_labels(self, request: HttpRequest, label: Label, fields: dict[str, Any]) -> None:
        """Offer the labels that may stand above a label, and those that it may join."""
        others = Label.objects.visible_to(user_of(request)).filter(project_id=label.project_id)
        others = others.order_by("position", "id")
        above = Q(archived_at=None) | Q(pk=label.parent_id)
        fields["parent"].queryset = others.filter(above, kind=label.kind).exclude(pk=label.pk)
        joined = Q(archived_at=None) | Q(pk__in={pk for pair in label.joins for pk in pair})
        fields["joins"].offer(others.filter(joined).exclude(kind=Kind.RELATION))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "parent":  # those are offered once it is known of which label
            field.queryset = Label.objects.none()
        return field

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

    @admin.display(description="in use")
    def usage(self, label: Label) -> str:
        """Say what has the label, and keeps it when that is archived."""
        return str(usage_of_label(label))

    @admin.display(description="")
    def swatch(self, label: Label) -> str:
        """Return the colour as a drawing, whose attributes no style policy forbids."""
        drawing = (
            '<svg class="swatch" viewBox="0 0 1 1" aria-hidden="true">'
            '<rect width="1" height="1" fill="{}"/></svg>'
        )
        return format_html(drawing, label.color)
