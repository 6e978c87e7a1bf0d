"""Service accounts of projects in the admin: managers make them, give them tokens, close them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from config.admin import ServiceForm, Step
from config.api.concurrency import Precondition
from documents.admin.in_project import InProjectAdmin, ProjectFilter
from documents.models import Membership, ServiceAccount
from documents.permissions import projects_where
from documents.services import service_accounts
from users.admin import user_of
from users.admin.access_tokens import TokenForm, token_page
from users.admin.identity import ask_again
from users.models import AccessToken, User

CHANGE = "service_account.change"


class AccountForm(ServiceForm):
    """What a program is called, and its role."""

    name = forms.CharField(max_length=200, help_text="Which program it is for.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.user_id:
            self.fields["name"].initial = self.instance.user.name


def _close(actor: User, account: Membership, precondition: Precondition) -> None:
    service_accounts.close_service_account(actor=actor, account=account, precondition=precondition)


@admin.register(ServiceAccount)
class ServiceAccountAdmin(InProjectAdmin):
    """Managers see and keep those of their projects."""

    form = AccountForm
    add_form = AccountForm
    change_form_template = "admin/documents/service_account.html"
    add_permission = CHANGE
    change_permission = CHANGE
    add_fields = ("project", "name", "role")
    shown_fields = ("name", "project", "role", "tokens", "created_at", "id")
    list_display = ("name", "project", "role", "tokens", "created_at")
    list_filter = (ProjectFilter,)
    list_select_related = ("user", "project")
    search_fields = ("user__name",)
    search_help_text = "Part of the name"
    steps = (
        Step(
            "close",
            "Close",
            "closed; its tokens have ended, what it annotated stays.",
            CHANGE,
            _close,
            lambda _: True,
            look="grave",
            leaves=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        managed = projects_where(user_of(request), "service_account.read")
        rows = super().get_queryset(request).filter(user__is_service=True, project__in=managed)
        return rows.select_related("user", "project").prefetch_related("user__access_tokens")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("project", "tokens", "created_at", "id") if obj else ()

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(user__name__icontains=text)

    def create(self, request: HttpRequest, given: dict[str, Any]) -> Membership:
        return service_accounts.create_service_account(actor=user_of(request), **given)

    def change(
        self, request: HttpRequest, obj: Any, precondition: Precondition, changes: dict[str, Any]
    ) -> Membership:
        return service_accounts.update_service_account(
            actor=user_of(request), account=obj, precondition=precondition, changes=changes
        )

    @admin.display(description="name")
    def name(self, account: Membership) -> str:
        return str(account.user)

    @admin.display(description="tokens in use")
    def tokens(self, account: Membership) -> int:
        return sum(token.revoked_at is None for token in account.user.access_tokens.all())

    # Their tokens

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.make_token)
        name = "documents_serviceaccount_token"
        return [path("<uuid:object_id>/token/", view, name=name), *super().get_urls()]

    def make_token(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Make a token of the account; it takes a recent sign-in."""
        account = self.get_object(request, str(object_id))
        if not self.allows(request, CHANGE, account):
            raise PermissionDenied

        def make(**fields: Any) -> tuple[AccessToken, str]:
            return service_accounts.create_token(actor=user_of(request), account=account, **fields)

        return ask_again(request) or token_page(
            request, TokenForm, make, f"A new token of {account}"
        )
