"""What a project keeps, and what it may keep."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from documents.serializers import UsageSerializer
from documents.services.search import awaiting_index
from documents.usage import limits_of, used_by
from documents.views.in_project import InProjectViewSet


class UsageViewSet(InProjectViewSet):
    """The quota of a project."""

    requires = {"retrieve": "project.read"}
    tag = "projects"

    @extend_schema(responses=UsageSerializer)
    def retrieve(self, request: Request, project_id: UUID) -> Response:
        """Read how much the project keeps, and may keep, and what searches do not find yet."""
        project = self.project()
        used, limits = used_by(project), limits_of(project)
        told = used._asdict() | {f"max_{what}": limit for what, limit in limits._asdict().items()}
        told["awaiting_index"] = awaiting_index(project)
        return Response(UsageSerializer(told).data)
