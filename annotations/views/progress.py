"""How far a project is."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.serializers.progress import ProjectProgressSerializer
from annotations.services.progress import progress
from documents.views.in_project import InProjectViewSet


class ProgressViewSet(InProjectViewSet):
    """How many documents are read, annotated and reviewed."""

    requires = {"retrieve": "project.read"}
    tag = "projects"

    @extend_schema(responses=ProjectProgressSerializer)
    def retrieve(self, request: Request, project_id: UUID) -> Response:
        """Read how far the project is: documents by status, the sets that you see by state."""
        return Response(progress(reader=self.user, project=self.project()))
