"""What a project declares of its documents' metadata."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match
from config.api.views import ListMixin, RetrieveMixin
from documents.models import MetadataField
from documents.serializers import MetadataFieldInput, MetadataFieldSerializer
from documents.services import metadata_fields
from documents.views.in_project import InProjectViewSet


class MetadataFieldViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """Members of metadata with a type: checked when they are written, and filtered by."""

    queryset = MetadataField.objects.none()
    serializer_class = MetadataFieldSerializer
    input_serializers = {"create": MetadataFieldInput, "partial_update": MetadataFieldInput}
    orderings = {"created_at": "id", "name": "name"}
    requires = {
        "list": "metadata_field.read",
        "retrieve": "metadata_field.read",
        "create": "metadata_field.change",
        "partial_update": "metadata_field.change",
        "destroy": "metadata_field.change",
    }
    tag = "metadata fields"

    def get_queryset(self) -> QuerySet[Any]:
        rows = MetadataField.objects.visible_to(self.user)
        return rows.filter(project=self.project()) if self.action == "list" else rows

    def create(self, request: Request, project_id: UUID) -> Response:
        """Declare a member of metadata; what documents have there stays."""
        project = self.project()
        field = metadata_fields.declare_metadata_field(
            actor=self.user, project=project, **self.validated()
        )
        return self.created(field, "metadata-field")

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Declare it otherwise; documents' metadata stay as they are."""
        field, precondition = self.get_object(), if_match(request)
        changed = metadata_fields.change_metadata_field(
            actor=self.user, field=field, precondition=precondition, changes=self.validated()
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Declare it no more; documents' metadata stay as they are."""
        field, precondition = self.get_object(), if_match(request)
        metadata_fields.withdraw_metadata_field(
            actor=self.user, field=field, precondition=precondition
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
