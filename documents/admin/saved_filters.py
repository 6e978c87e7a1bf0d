"""Saved filters in the admin: one's own, and those that others share."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.exceptions import ValidationError

from config.admin import ServiceForm, Step
from config.api.concurrency import Precondition
from config.api.problems import InvalidQuery
from documents.admin.in_project import InProjectAdmin, ProjectFilter
from documents.filters import DocumentFilter, check_query
from documents.models import SavedFilter
from documents.serializers.finding import QueryField
from documents.services import saved_filters
from users.admin import user_of
from users.models import User

WRITE = "saved_filter.write"


class FilterForm(ServiceForm):
    """A name and what it asks for."""

    query = forms.JSONField(
        required=False,
        help_text="Parameters of the API's list of documents as a JSON object, each a text or a "
        'list of texts, as {"status": "ready", "language": ["de", "nl"]}.',
    )

    def clean_query(self) -> Any:
        """Return what is asked for: without any parameter, all documents."""
        query = self.cleaned_data["query"]
        return {} if query is None else query


def _forget(actor: User, saved: SavedFilter, precondition: Precondition) -> None:
    saved_filters.forget_filter(actor=actor, saved=saved, precondition=precondition)


@admin.register(SavedFilter)
class SavedFilterAdmin(InProjectAdmin):
    """Everybody keeps their own; `annotations.admin` puts its own `document_filter` here."""

    document_filter: ClassVar[type[DocumentFilter]] = DocumentFilter
    form = FilterForm
    add_form = FilterForm
    add_permission = WRITE
    change_permission = WRITE
    add_fields = ("project", "name", "query", "is_shared")
    shown_fields = ("project", "owner", "name", "query", "is_shared")
    list_display = ("name", "owner", "is_shared", "project", "created_at")
    list_filter = (ProjectFilter,)
    list_select_related = ("owner", "project")
    search_fields = ("name",)
    search_help_text = "Part of the name"
    steps = (
        Step(
            "delete",
            "Delete",
            "deleted.",
            WRITE,
            _forget,
            lambda _: True,
            look="grave",
            leaves=True,
        ),
    )

    def allows(self, request: HttpRequest, permission: str, resource: Any = None) -> bool:
        """Let people change what is their own, and all staff add: to projects of theirs."""
        if resource is None:  # asked on every page, so not of the database
            return self.admin_site.has_permission(request)
        is_own = resource.owner_id == user_of(request).pk
        return is_own and super().allows(request, permission, resource)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("project", "owner") if obj else ()

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(name__icontains=text)

    def create(self, request: HttpRequest, given: dict[str, Any]) -> SavedFilter:
        self._check(request, given, given["project"].pk)
        return saved_filters.save_filter(actor=user_of(request), **given)

    def change(
        self, request: HttpRequest, obj: Any, precondition: Precondition, changes: dict[str, Any]
    ) -> SavedFilter:
        self._check(request, changes, obj.project_id)
        return saved_filters.change_filter(
            actor=user_of(request), saved=obj, precondition=precondition, changes=changes
        )

    def _check(self, request: HttpRequest, fields: dict[str, Any], project_id: UUID) -> None:
        """Hold a query against the filter that will apply it; raises InvalidQuery."""
        try:
            query = QueryField().run_validation(fields.get("query", {}))
            check_query(self.document_filter, query, request=request, project_id=project_id)
        except ValidationError as error:
            raise _as_problem(error.detail) from error


def _as_problem(detail: Any) -> InvalidQuery:
    """Return the first thing that is wrong, and with which parameter."""
    errors: dict[str, Any] = detail if isinstance(detail, dict) else {"query": detail}
    parameter, found = next(iter(errors.items()))
    return InvalidQuery(parameter, str(found[0]))
