"""Exports of projects."""

from __future__ import annotations

from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from annotations.formats import jsonl
from annotations.serializers import AnnotationSetSerializer, ExportQuery
from annotations.services import exports
from documents.offsets import OffsetUnit
from documents.views.in_project import InProjectViewSet


class ExportViewSet(InProjectViewSet):
    """The annotated data of a project."""

    serializer_class = AnnotationSetSerializer
    query_parameters = {"retrieve": frozenset({"format", "state", "offset_unit"})}
    repeatable_parameters = frozenset({"state"})
    requires = {"retrieve": "export"}
    tag = "exports"

    @extend_schema(
        operation_id="projects_export",
        parameters=[ExportQuery],
        responses={(200, jsonl.MEDIA_TYPE): OpenApiTypes.STR},
    )
    def retrieve(self, request: Request, project_id: UUID) -> StreamingHttpResponse:
        """Stream every ready document with the sets that the caller sees, one JSON line each."""
        project = self.project()
        asked = self.queried(ExportQuery)
        lines = exports.lines(
            reader=self.user,
            project=project,
            states=asked.get("state", ()),
            unit=OffsetUnit(asked["offset_unit"]),
        )
        name = f"{project.slug}.{jsonl.SUFFIX}"
        return StreamingHttpResponse(
            lines,
            content_type=jsonl.MEDIA_TYPE,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
