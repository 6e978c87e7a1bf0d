"""Members of projects in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from config.admin import ColumnFilter, ServiceForm, Step
from config.api.concurrency import Precondition
from documents.admin.in_project import InProjectAdmin, ProjectFilter
from documents.models import Membership, Role
from documents.services import members
from users.admin import user_of
from users.emails import require_ascii
from users.models import User


class RoleFilter(ColumnFilter):
    title = "role"
    parameter_name = "role"
    options = Role.choices


class MemberForm(ServiceForm):
    """Whom to give a role: by e-mail, for people cannot be leafed through."""

    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        validators=(require_ascii,),
        help_text="Of an existing account; where e-mails are confirmed, of somebody you work with.",
    )


def _remove(actor: User, membership: Membership, precondition: Precondition) -> None:
    members.remove_member(actor=actor, membership=membership, precondition=precondition)


@admin.register(Membership)
class MembershipAdmin(InProjectAdmin):
    """Managers give roles, change them and end them."""

    add_form = MemberForm
    add_permission = "member.change"
    change_permission = "member.change"
    add_fields = ("project", "email", "role")
    shown_fields = ("project", "person", "email", "role")
    list_display = ("person", "email", "project", "role", "created_at")
    list_filter = (RoleFilter, ProjectFilter)
    list_select_related = ("user", "project")
    search_fields = ("user__email",)
    search_help_text = "Part of the name, or how the e-mail begins"
    steps = (
        Step(
            "remove",
            "Remove from the project",
            "is no longer a member; what they annotated stays.",
            "member.change",
            _remove,
            lambda _: True,
            look="grave",
            leaves=True,
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("project", "person", "email") if obj else ()

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(Q(user__name__icontains=text) | Q(user__email__istartswith=text))

    def create(self, request: HttpRequest, given: dict[str, Any]) -> Membership:
        return members.add_member(actor=user_of(request), **given)

    def change(
        self, request: HttpRequest, obj: Any, precondition: Precondition, changes: dict[str, Any]
    ) -> Membership:
        return members.change_role(
            actor=user_of(request), membership=obj, precondition=precondition, **changes
        )

    @admin.display(description="member")
    def person(self, membership: Membership) -> str:
        return str(membership.user)

    @admin.display(description="e-mail")
    def email(self, membership: Membership) -> str:
        return membership.user.email
