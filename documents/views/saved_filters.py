"""Queries over documents that are kept under a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match
from config.api.views import ListMixin, RetrieveMixin
from documents.filters import DocumentFilter, check_query
from documents.models import SavedFilter
from documents.serializers import SavedFilterInput, SavedFilterSerializer
from documents.services import saved_filters
from documents.views.in_project import InProjectViewSet


class SavedFilterViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """One's own, and those that others share."""

    queryset = SavedFilter.objects.none()
    serializer_class = SavedFilterSerializer
    input_serializers = {"create": SavedFilterInput, "partial_update": SavedFilterInput}
    document_filter: ClassVar[type[DocumentFilter]] = DocumentFilter
    orderings = {"created_at": "id", "name": "name"}
    requires = {
        "list": "saved_filter.read",
        "retrieve": "saved_filter.read",
        "create": "saved_filter.write",
        "partial_update": "saved_filter.write",
        "destroy": "saved_filter.write",
    }
    tag = "saved filters"

    def get_queryset(self) -> QuerySet[Any]:
        rows = SavedFilter.objects.visible_to(self.user).select_related("owner")
        return rows.filter(project=self.project()) if self.action == "list" else rows

    def create(self, request: Request, project_id: UUID) -> Response:
        """Keep a query."""
        project, fields = self.project(), self.validated()
        self._check(fields, project.pk)
        saved = saved_filters.save_filter(actor=self.user, project=project, **fields)
        return self.created(saved, "saved-filter")

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change one's own saved filter."""
        saved, precondition, changes = self.get_object(), if_match(request), self.validated()
        self._check(changes, saved.project_id)
        changed = saved_filters.change_filter(
            actor=self.user, saved=saved, precondition=precondition, changes=changes
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete one's own saved filter."""
        saved, precondition = self.get_object(), if_match(request)
        saved_filters.forget_filter(actor=self.user, saved=saved, precondition=precondition)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _check(self, fields: Mapping[str, Any], project_id: UUID) -> None:
        """Hold a query against the filter that will apply it; raises ValidationError."""
        query = fields.get("query", {})
        try:
            check_query(self.document_filter, query, request=self.request, project_id=project_id)
        except ValidationError as error:
            raise ValidationError({"query": error.detail}) from error
