"""Who may do what: one table for the API and the admin, held against a member's role."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from documents.models import Membership, Project, Role
from users.models import User

# The least role that each thing takes; every role may do what the ones before it may.
LEAST_ROLE: dict[str, Role] = {
    "project.read": Role.VIEWER,
    "project.change": Role.MANAGER,
    "project.delete": Role.MANAGER,
    "member.read": Role.VIEWER,
    "member.change": Role.MANAGER,
    "label.read": Role.VIEWER,
    "label.change": Role.MANAGER,
    "document.read": Role.VIEWER,
    "document.add": Role.MANAGER,
    "document.change": Role.MANAGER,
    "document.delete": Role.MANAGER,
    "annotation.read": Role.VIEWER,
    "annotation.write": Role.ANNOTATOR,
    "set.review": Role.CURATOR,
    "export": Role.VIEWER,
}
_RANK = {role: rank for rank, role in enumerate(Role)}


class InProject(Protocol):
    """Whatever belongs to a project."""

    @property
    def project_id(self) -> UUID: ...


def may(user: User, permission: str, project_id: UUID) -> bool:
    """Return whether the user's role in the project (superusers have all) suffices."""
    if user.is_superuser:
        return True
    memberships = Membership.objects.filter(project_id=project_id, user=user)
    role = memberships.values_list("role", flat=True).first()
    return role is not None and _RANK[Role(role)] >= _RANK[LEAST_ROLE[permission]]


def projects_where(user: User, permission: str) -> QuerySet[Project]:
    """Return the projects in which the user's role suffices."""
    rows: QuerySet[Project] = Project.objects.visible_to(user).live()
    if user.is_superuser:
        return rows
    roles = [role for role in Role if _RANK[role] >= _RANK[LEAST_ROLE[permission]]]
    return rows.filter(pk__in=user.memberships.filter(role__in=roles).values("project"))


class RolePermission(BasePermission):
    """Hold a view's `requires` (action → permission) against the caller's role.

    It is asked once the resource at hand, or its parent, has been found among what is visible:
    the unseen is 404 before, the seen but not allowed is 403 here.
    """

    def has_object_permission(self, request: Request, view: Any, obj: InProject) -> bool:
        permission = view.requires[view.action]
        user: Any = request.user
        if not may(user, permission, obj.project_id):
            least = LEAST_ROLE[permission]
            raise PermissionDenied(f"{permission} takes the role {least} or above in the project.")
        return True
