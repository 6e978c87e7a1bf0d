"""Declared metadata in the admin: what a project's documents hold, by name and type."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from config.admin import ColumnFilter, ServiceForm, Step
from config.api.concurrency import Precondition
from documents.admin.in_project import InProjectAdmin, ProjectFilter
from documents.models import MetadataField, MetadataType
from documents.serializers.finding import FIELD_NAME
from documents.services import metadata_fields
from users.admin import user_of
from users.models import User

CHANGE = "metadata_field.change"


class TypeFilter(ColumnFilter):
    title = "type"
    parameter_name = "type"
    options = MetadataType.choices


class FieldForm(ServiceForm):
    """A member of metadata and what it holds."""

    name = forms.RegexField(
        FIELD_NAME,
        max_length=100,
        help_text="As it stands in documents' metadata: a letter, then letters, digits, - and _.",
    )


def _withdraw(actor: User, field: MetadataField, precondition: Precondition) -> None:
    metadata_fields.withdraw_metadata_field(actor=actor, field=field, precondition=precondition)


@admin.register(MetadataField)
class MetadataFieldAdmin(InProjectAdmin):
    """Members see what their project declares; managers declare it."""

    form = FieldForm
    add_form = FieldForm
    add_permission = CHANGE
    change_permission = CHANGE
    add_fields = ("project", "name", "type")
    shown_fields = add_fields
    list_display = ("name", "type", "project", "created_at")
    list_filter = (TypeFilter, ProjectFilter)
    list_select_related = ("project",)
    search_fields = ("name",)
    search_help_text = "Part of the name"
    steps = (
        Step(
            "withdraw",
            "Withdraw",
            "declared no more; documents keep their metadata.",
            CHANGE,
            _withdraw,
            lambda _: True,
            look="grave",
            leaves=True,
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("project",) if obj else ()

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(name__icontains=text)

    def create(self, request: HttpRequest, given: dict[str, Any]) -> MetadataField:
        field = metadata_fields.declare_metadata_field(actor=user_of(request), **given)
        return self._telling(request, field)

    def change(
        self, request: HttpRequest, obj: Any, precondition: Precondition, changes: dict[str, Any]
    ) -> MetadataField:
        field = metadata_fields.change_metadata_field(
            actor=user_of(request), field=obj, precondition=precondition, changes=changes
        )
        return self._telling(request, field)

    def _telling(self, request: HttpRequest, field: Any) -> MetadataField:
        """Say how many documents have another kind of value, which no page can tell later."""
        if field.misfits:
            text = f"{field.misfits} documents have another kind of value there, and keep it."
            self.message_user(request, text, messages.WARNING)
        declared: MetadataField = field
        return declared
