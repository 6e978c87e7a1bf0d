"""Projects in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from config.admin import BinFilter, ServiceForm, Step
from config.api.concurrency import Precondition
from documents.admin.in_project import InProjectAdmin
from documents.models import Project
from documents.services import projects
from documents.usage import used_by
from users.admin import user_of
from users.models import User

QUOTA = ("max_documents", "max_bytes")


class NewProjectForm(ServiceForm):
    """A new project, whose slug is made from its name unless given."""

    slug = forms.SlugField(max_length=80, required=False, help_text="Made from the name if empty.")


def _delete(actor: User, project: Project, precondition: Precondition) -> None:
    projects.delete_project(actor=actor, project=project, precondition=precondition)


def _restore(actor: User, project: Project, precondition: Precondition) -> None:
    projects.restore_project(actor=actor, project=project)


@admin.register(Project)
class ProjectAdmin(InProjectAdmin):
    """All staff may make projects; managers change theirs."""

    add_form = NewProjectForm
    change_permission = "project.change"
    add_fields = (
        "name",
        "slug",
        "description",
        "guidelines",
        "is_blind",
        "four_eyes",
        "allows_overlap",
        "duplicates",
    )
    shown_fields = (*add_fields, *QUOTA, "kept")
    list_display = ("name", "slug", "members", "is_blind", "created_at")
    list_filter = (BinFilter,)
    search_fields = ("name",)
    search_help_text = "Part of the name"
    steps = (
        Step(
            "delete",
            "Delete",
            "deleted; it can be restored from the bin.",
            "project.delete",
            _delete,
            lambda project: project.deleted_at is None,
            look="grave",
        ),
        Step(
            "restore",
            "Restore",
            "restored.",
            "project.delete",
            _restore,
            lambda project: project.deleted_at is not None,
            look="default",
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_deleted = obj is not None and obj.deleted_at is not None
        return not is_deleted and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return what nobody changes here, and the quota for all but superusers."""
        return ("kept",) if user_of(request).is_superuser else ("kept", *QUOTA)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(member_count=Count("memberships"))

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(name__icontains=text)

    def create(self, request: HttpRequest, given: dict[str, Any]) -> Project:
        return projects.create_project(owner=user_of(request), **given)

    def change(
        self, request: HttpRequest, obj: Any, precondition: Precondition, changes: dict[str, Any]
    ) -> Project:
        return projects.update_project(
            actor=user_of(request), project=obj, precondition=precondition, changes=changes
        )

    @admin.display(description="members")
    def members(self, project: Any) -> int:
        return int(project.member_count)

    @admin.display(description="keeps")
    def kept(self, project: Project) -> str:
        used = used_by(project)
        return f"{used.documents} documents, {filesizeformat(used.bytes)}"
