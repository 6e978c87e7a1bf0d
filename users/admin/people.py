"""People in the admin: superusers make accounts, shut and open them; all change their password."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from config.admin import ColumnFilter, ServiceForm, Step, WritableAdmin, badge
from config.api.concurrency import Precondition
from users.admin import passwords
from users.admin.asking import user_of
from users.admin.identity import ask_again
from users.models import User
from users.serializers import MAX_PASSWORD
from users.services import accounts, second_factors, sign_ins

ADMINISTER = "accounts"
YES_NO = [("True", "Yes"), ("False", "No")]


admin.site.unregister(Group)  # what people may do, their roles in projects say


class ActiveFilter(ColumnFilter):
    title = "active"
    parameter_name = "is_active"
    options = YES_NO


class StaffFilter(ColumnFilter):
    title = "staff"
    parameter_name = "is_staff"
    options = YES_NO


class PersonForm(ServiceForm):
    """A new account with its first password."""

    password = forms.CharField(
        max_length=MAX_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )

    def clean(self) -> dict[str, Any]:
        """Hold the password against the validators, knowing e-mail and name."""
        cleaned = super().clean()
        person = User(email=cleaned.get("email", ""), name=cleaned.get("name", ""))
        if "password" in cleaned:
            try:
                validate_password(cleaned["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


def _deactivate(actor: User, user: User, precondition: Precondition) -> None:
    accounts.deactivate(actor=actor, user=user, precondition=precondition)


def _activate(actor: User, user: User, precondition: Precondition) -> None:
    accounts.activate(actor=actor, user=user, precondition=precondition)


def _give_staff(actor: User, user: User, precondition: Precondition) -> None:
    accounts.set_staff(actor=actor, user=user, precondition=precondition, is_staff=True)


def _take_staff(actor: User, user: User, precondition: Precondition) -> None:
    accounts.set_staff(actor=actor, user=user, precondition=precondition, is_staff=False)


def _sign_out(actor: User, user: User, precondition: Precondition) -> None:
    sign_ins.end_all_sessions(actor=actor, user=user)


def _remove_second_factor(actor: User, user: User, precondition: Precondition) -> None:
    second_factors.remove(actor=actor, user=user)


def is_person(user: User) -> bool:
    """Return whether there is somebody behind an account."""
    return not user.is_service and user.erased_at is None


@admin.register(User)
class UserAdmin(WritableAdmin):
    """Superusers see and administer everybody; other staff see themselves."""

    add_form = PersonForm
    change_form_template = "admin/users/user.html"
    list_display = ("person", "email", "standing", "may_enter", "last_login", "created_at")
    list_filter = (ActiveFilter, StaffFilter)
    search_fields = ("email", "name")
    search_help_text = "Part of the name, or how the e-mail begins"
    add_fields = ("email", "name", "password", "is_staff")
    shown_fields = (
        "name",
        "email",
        "standing",
        "may_enter",
        "created_at",
        "last_login",
        "id",
        "version",
    )
    steps: ClassVar[tuple[Step, ...]] = (
        Step(
            "deactivate",
            "Deactivate",
            "deactivated; every token and session has ended.",
            ADMINISTER,
            _deactivate,
            lambda user: user.is_active,
            look="grave",
        ),
        Step(
            "activate",
            "Activate",
            "may sign in again.",
            ADMINISTER,
            _activate,
            lambda user: not user.is_active and is_person(user),
            look="default",
        ),
        Step(
            "staff",
            "Let into the admin",
            "may enter the admin.",
            ADMINISTER,
            _give_staff,
            lambda user: not user.is_staff and is_person(user),
            guarded=True,
        ),
        Step(
            "no-staff",
            "Shut out of the admin",
            "may no longer enter the admin.",
            ADMINISTER,
            _take_staff,
            lambda user: user.is_staff,
        ),
        Step(
            "sign-out",
            "Sign out everywhere",
            "every sign-in has ended.",
            ADMINISTER,
            _sign_out,
            is_person,
        ),
        Step(
            "no-second-factor",
            "Remove the second factor",
            "signs in with the password alone until they set up another.",
            ADMINISTER,
            _remove_second_factor,
            second_factors.is_enabled,
            look="grave",
            in_bulk=False,
        ),
    )

    def allows(self, request: HttpRequest, permission: str, resource: Any = None) -> bool:
        """Let superusers do everything to everybody else."""
        user = user_of(request)
        return user.is_superuser and resource != user

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, ADMINISTER)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Make an account; it takes a recent sign-in, for it may be one of staff."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return ask_again(request) or super().add_view(request, form_url, extra_context)

    def create(self, request: HttpRequest, given: dict[str, Any]) -> User:
        return accounts.create_user(actor=user_of(request), **given)

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(Q(name__icontains=text) | Q(email__istartswith=text))

    @admin.display(description="name")
    def person(self, user: User) -> str:
        return str(user)

    @admin.display(description="account")
    def standing(self, user: User) -> str:
        if user.erased_at:
            return badge("deleted", "erased")
        return badge("active") if user.is_active else badge("inactive")

    @admin.display(description="admin")
    def may_enter(self, user: User) -> str:
        if user.is_superuser:
            return badge("superuser")
        return badge("staff") if user.is_staff else "-"

    # The password

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.password)
        return [
            path("<uuid:object_id>/password/", view, name="users_user_password"),
            *super().get_urls(),
        ]

    def password(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Change one's own password, knowing the old one, or as a superuser another's."""
        user = self.get_object(request, str(object_id))
        if user == request.user:
            return passwords.change_own(request)
        if not self.allows(request, ADMINISTER, user):
            raise PermissionDenied
        return ask_again(request) or passwords.set_others(request, user)
