"""Who may do what: one table for the API and the admin, held against a member's role."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from documents.models import Membership, Project, Role
from users.models import Scope, User
from users.permissions import SecondFactorHeld, SignInOnly, TokenScope, require_scope


class Need(NamedTuple):
    """What one thing takes: a role in the project, and of an access token a scope."""

    role: Role
    scope: Scope


# Every role may do what the ones before it may, and so may every scope. The README and the API's
# description show this table, and a test holds every route against it.
PERMISSIONS: dict[str, Need] = {
    "project.read": Need(Role.VIEWER, Scope.READ),
    "project.change": Need(Role.MANAGER, Scope.ADMIN),
    "project.delete": Need(Role.MANAGER, Scope.ADMIN),
    "project.transfer": Need(Role.MANAGER, Scope.ADMIN),
    "member.read": Need(Role.VIEWER, Scope.READ),
    "member.leave": Need(Role.VIEWER, Scope.ADMIN),
    "member.change": Need(Role.MANAGER, Scope.ADMIN),
    "invitation.read": Need(Role.MANAGER, Scope.READ),
    "invitation.change": Need(Role.MANAGER, Scope.ADMIN),
    "service_account.read": Need(Role.MANAGER, Scope.READ),
    "service_account.change": Need(Role.MANAGER, Scope.ADMIN),
    "webhook.read": Need(Role.MANAGER, Scope.READ),
    "webhook.change": Need(Role.MANAGER, Scope.ADMIN),
    "metadata_field.read": Need(Role.VIEWER, Scope.READ),
    "metadata_field.change": Need(Role.MANAGER, Scope.ADMIN),
    "saved_filter.read": Need(Role.VIEWER, Scope.READ),
    "saved_filter.write": Need(Role.VIEWER, Scope.WRITE),
    "label.read": Need(Role.VIEWER, Scope.READ),
    "label.change": Need(Role.MANAGER, Scope.ADMIN),
    "label.usage": Need(Role.CURATOR, Scope.READ),
    "document.read": Need(Role.VIEWER, Scope.READ),
    "document.add": Need(Role.MANAGER, Scope.WRITE),
    "document.change": Need(Role.MANAGER, Scope.WRITE),
    "document.delete": Need(Role.MANAGER, Scope.WRITE),
    "document.erase": Need(Role.MANAGER, Scope.ADMIN),
    "job.read": Need(Role.CURATOR, Scope.READ),
    "job.change": Need(Role.MANAGER, Scope.WRITE),
    "event.read": Need(Role.CURATOR, Scope.READ),
    "annotation.read": Need(Role.VIEWER, Scope.READ),
    "annotation.write": Need(Role.ANNOTATOR, Scope.WRITE),
    "annotation.restore": Need(Role.CURATOR, Scope.WRITE),
    "comment.read": Need(Role.VIEWER, Scope.READ),
    "comment.write": Need(Role.ANNOTATOR, Scope.WRITE),
    "notification.write": Need(Role.VIEWER, Scope.WRITE),
    "set.review": Need(Role.CURATOR, Scope.WRITE),
    "export": Need(Role.VIEWER, Scope.READ),
}
_RANK = {role: rank for rank, role in enumerate(Role)}


class InProject(Protocol):
    """Whatever belongs to a project."""

    @property
    def project_id(self) -> UUID: ...


def may(user: User, permission: str, project_id: UUID, role: str | None = None) -> bool:
    """Return whether the user's role in the project (superusers have all) suffices.

    A `role` that is known by now is not asked for again.
    """
    if user.is_superuser:
        return True
    if role is None:
        memberships = Membership.objects.filter(project_id=project_id, user=user)
        role = memberships.values_list("role", flat=True).first()
    return role is not None and _RANK[Role(role)] >= _RANK[PERMISSIONS[permission].role]


def require(user: User, permission: str, project_id: UUID, role: str | None = None) -> None:
    """Raise PermissionDenied unless the user's role and the token at hand suffice."""
    need = PERMISSIONS[permission]
    require_scope(user, need.scope)
    if not may(user, permission, project_id, role):
        text = f"{permission} takes the role {need.role} or above in the project."
        raise PermissionDenied(text)


def projects_where(user: User, permission: str) -> QuerySet[Project]:
    """Return the projects in which the user's role suffices."""
    rows: QuerySet[Project] = Project.objects.visible_to(user).live()
    if user.is_superuser:
        return rows
    roles = [role for role in Role if _RANK[role] >= _RANK[PERMISSIONS[permission].role]]
    return rows.filter(pk__in=user.memberships.filter(role__in=roles).values("project"))


class RolePermission(TokenScope):
    """Hold a view's `requires` (action → permission) against the caller's role and token.

    It is asked once the resource at hand, or its parent, has been found among what is visible:
    the unseen is 404 before, the seen but not allowed is 403 here.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.action in view.requires:
            return SecondFactorHeld.has_permission(self, request, view)
        return super().has_permission(request, view)

    def explain(self, view: Any, method: str) -> str:
        """Say what the view's action takes."""
        if view.action not in view.requires:
            return super().explain(view, method)
        need = PERMISSIONS[view.requires[view.action]]
        told = f"Takes the role `{need.role}` or above in the project"
        if SignInOnly in view.permission_classes:  # it says that no scope suffices
            return f"{told}."
        return f"{told}, and of an access token the scope `{need.scope}`."

    def has_object_permission(self, request: Request, view: Any, obj: InProject) -> bool:
        user: Any = request.user
        role = getattr(obj, "role_of_caller", None)
        require(user, view.requires[view.action], obj.project_id, role)
        return True
