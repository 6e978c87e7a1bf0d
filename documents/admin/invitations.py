"""Invitations in the admin: managers make them, see how they stand, and revoke them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from config.admin import ListFilter, ServiceForm, Step, badge
from config.api.concurrency import Precondition
from documents.admin.in_project import InProjectAdmin, ProjectFilter
from documents.mails import count_invitation, invitation_link
from documents.models import Invitation
from documents.permissions import projects_where
from documents.services import invitations, revocations
from users.admin import user_of
from users.emails import require_ascii
from users.models import User


class StateFilter(ListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state, state) for state in Invitation.STATES]

    def keep(self, rows: Any, value: str) -> QuerySet[Any]:
        kept: QuerySet[Any] = rows.in_state(value)
        return kept


class InvitationForm(ServiceForm):
    """What is offered, for how long, and to whom if to one person."""

    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        validators=(require_ascii,),
        required=False,
        help_text="The link is mailed there, for an account with this e-mail. Empty: you pass "
        "the link on, and it is good for whoever uses it first.",
    )
    expires_in_days = forms.IntegerField(
        label="Good for days", min_value=1, max_value=90, initial=invitations.EXPIRES_IN_DAYS
    )


def _revoke(actor: User, invitation: Invitation, precondition: Precondition) -> None:
    revocations.revoke_invitation(actor=actor, invitation=invitation, precondition=precondition)


@admin.register(Invitation)
class InvitationAdmin(InProjectAdmin):
    """The link of a new one is shown once, on the page that answers its form."""

    add_form = InvitationForm
    add_permission = "invitation.change"
    add_fields = ("project", "role", "email", "expires_in_days")
    shown_fields = (
        "project",
        "role",
        "email",
        "status",
        "invited_by",
        "created_at",
        "expires_at",
        "accepted_by",
        "accepted_at",
        "revoked",
        "id",
        "version",
    )
    list_display = ("receiver", "project", "role", "status", "invited_by", "expires_at")
    list_filter = (StateFilter, ProjectFilter)
    list_select_related = ("project", "invited_by", "accepted_by", "access_token")
    search_fields = ("email",)
    search_help_text = "How the e-mail begins"
    steps = (
        Step(
            "revoke",
            "Revoke",
            "revoked; its link is good for nothing now.",
            "invitation.change",
            _revoke,
            lambda invitation: invitation.state in {"open", "expired"},
            look="grave",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        managed = projects_where(user_of(request), "invitation.read")
        rows = super().get_queryset(request).select_related(*self.list_select_related)
        return rows.filter(project__in=managed)

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(email__istartswith=text)

    def create(self, request: HttpRequest, given: dict[str, Any]) -> Invitation:
        user = user_of(request)
        if given["email"]:
            count_invitation(user, given["email"])
        invitation, token = invitations.invite(actor=user, **given)
        request.link = token and invitation_link(token)  # type: ignore[attr-defined]
        return invitation

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the link, which stands nowhere after this."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"Invitation for {obj}",
            "opts": self.opts,
            "invitation": obj,
            "link": request.link,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/documents/invitation_made.html", context)

    @admin.display(description="for")
    def receiver(self, invitation: Invitation) -> str:
        return invitation.email or "whoever has the link"

    @admin.display(description="state")
    def status(self, invitation: Invitation) -> str:
        return badge(invitation.state)

    @admin.display(description="revoked at")
    def revoked(self, invitation: Invitation) -> datetime | None:
        return invitation.ended_at
