"""What the views of everything that belongs to a project share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from config.api.views import ApiViewSet
from documents.models import Document, Project
from documents.permissions import RolePermission, require
from users.models import User


class InProjectViewSet(ApiViewSet):
    """Declare `requires` (action → permission of the table); find parents by who asks."""

    permission_classes: Any = (IsAuthenticated, RolePermission)
    requires: ClassVar[Mapping[str, str]] = {}

    @property
    def user(self) -> User:
        """Return who asks."""
        return cast("User", self.request.user)

    def allowed(self, rows: QuerySet[Any], key: str) -> Any:
        """Return the row that the address names among the visible ones; 404 or 403 without."""
        found = get_object_or_404(rows, pk=self.kwargs[key])
        self.check_object_permissions(self.request, found)
        return found

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        """Raise PermissionDenied; of what is allowed, note where."""
        super().check_object_permissions(request, obj)
        self.permitted_in = obj.project_id

    def permit_repeat(self, project_id: UUID) -> None:
        """Raise Http404 or PermissionDenied unless who repeats a request may still make it."""
        get_object_or_404(Project.objects.visible_to(self.user), pk=project_id)
        require(self.user, self.requires[self.action], project_id)

    def project(self) -> Project:
        """Return the project in the address; 404 when unseen, 403 when not allowed."""
        project: Project = self.allowed(Project.objects.visible_to(self.user).live(), "project_id")
        return project

    def document(self) -> Document:
        """Return the document in the address with its revision; 404 unseen, 403 not allowed."""
        rows = Document.objects.visible_to(self.user).live().with_revision()
        document: Document = self.allowed(rows, "document_id")
        return document
