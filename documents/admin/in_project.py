"""What the pages of everything that belongs to a project share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from config.admin import ListFilter, WritableAdmin
from documents.models import Project
from documents.permissions import PERMISSIONS, may, projects_where
from users.admin import user_of
from users.models import User

OFFERED = 200


class ProjectFilter(ListFilter):
    """One project among those that the user sees."""

    title = "project"
    parameter_name = "project"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        projects = Project.objects.visible_to(user_of(request)).live().order_by("name", "id")
        return [(str(pk), name) for pk, name in projects.values_list("pk", "name")[:OFFERED]]

    def value(self) -> str | None:
        """Return any project's id, also one beyond those offered: the rows are scoped anyway."""
        try:
            return str(UUID(str(self.used_parameters.get("project"))))
        except ValueError:
            return None

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(project_id=value)


class InProjectAdmin(WritableAdmin):
    """Steps and forms as the user's role in the project allows them.

    `add_permission` and `change_permission` name what the forms take, "" that there are none.
    """

    add_permission = ""
    change_permission = ""

    def allows(self, request: HttpRequest, permission: str, resource: Any = None) -> bool:
        """Ask the table of roles: for the resource's project, or for any at all."""
        project_id = resource and resource.project_id
        known: dict[Any, bool] = request.__dict__.setdefault("allowed", {})  # a page asks often
        asked = (PERMISSIONS[permission].role, project_id)
        if asked not in known:
            known[asked] = _is_allowed(user_of(request), permission, project_id)
        return known[asked]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.add_permission) and self.allows(request, self.add_permission)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.change_permission:
            return False
        return self.allows(request, self.change_permission, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the projects in which the user may add; it is the only relation in these forms."""
        kwargs["queryset"] = projects_where(user_of(request), self.add_permission).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the field without links to add or change what it refers to."""
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.is_relation:
            field.widget = field.widget.widget
            field.widget.choices = field.choices
        return field


def _is_allowed(user: User, permission: str, project_id: UUID | None) -> bool:
    if project_id:
        return may(user, permission, project_id)
    return user.is_superuser or projects_where(user, permission).exists()
