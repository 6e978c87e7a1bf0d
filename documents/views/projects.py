"""Projects."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match
from config.api.views import ListMixin, RetrieveMixin
from documents.filters import ProjectFilter
from documents.models import Project
from documents.serializers import ProjectInput, ProjectSerializer
from documents.services import projects
from documents.views.in_project import InProjectViewSet


class ProjectViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """Documents, labels and members that belong together."""

    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    input_serializers = {"create": ProjectInput, "partial_update": ProjectInput}
    filterset_class = ProjectFilter
    orderings = {"created_at": "id", "name": "name", "updated_at": "updated_at"}
    requires = {
        "retrieve": "project.read",
        "partial_update": "project.change",
        "destroy": "project.delete",
        "restore": "project.delete",
    }
    tag = "projects"

    def get_queryset(self) -> QuerySet[Any]:
        rows = Project.objects.visible_to(self.user)
        if self.action == "restore":
            return rows
        return rows if self.request.query_params.get("deleted") else rows.live()

    def create(self, request: Request) -> Response:
        """Make a project; whoever makes it is its manager."""
        project = projects.create_project(owner=self.user, **self.validated())
        return self.created(project, "project")

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a project."""
        project, precondition = self.get_object(), if_match(request)
        changed = projects.update_project(
            actor=self.user, project=project, precondition=precondition, changes=self.validated()
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a project with all that is in it; it can be restored."""
        project, precondition = self.get_object(), if_match(request)
        projects.delete_project(actor=self.user, project=project, precondition=precondition)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None)
    def restore(self, request: Request, pk: UUID) -> Response:
        """Bring a deleted project back."""
        return self.answer(projects.restore_project(actor=self.user, project=self.get_object()))
