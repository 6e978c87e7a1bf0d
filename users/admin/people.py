"""People in the admin: superusers make accounts, shut and open them; all change their password."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from config.admin import ColumnFilter, ServiceForm, Step, WritableAdmin, badge
from config.admin.steps import told
from config.api.concurrency import Precondition
from config.api.problems import Problem
from config.api.throttling import count_sign_in
from users.admin.asking import user_of
from users.models import User
from users.serializers import MAX_PASSWORD
from users.services import accounts

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
    steps = (
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
            lambda user: not user.is_active,
            look="default",
        ),
        Step(
            "staff",
            "Let into the admin",
            "may enter the admin.",
            ADMINISTER,
            _give_staff,
            lambda user: not user.is_staff,
        ),
        Step(
            "no-staff",
            "Shut out of the admin",
            "may no longer enter the admin.",
            ADMINISTER,
            _take_staff,
            lambda user: user.is_staff,
        ),
    )

    def allows(self, request: HttpRequest, permission: str, resource: Any = None) -> bool:
        """Let superusers do everything to everybody else."""
        user = user_of(request)
        return user.is_superuser and resource != user

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, ADMINISTER)

    def create(self, request: HttpRequest, given: dict[str, Any]) -> User:
        return accounts.create_user(actor=user_of(request), **given)

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(Q(name__icontains=text) | Q(email__istartswith=text))

    @admin.display(description="name")
    def person(self, user: User) -> str:
        return str(user)

    @admin.display(description="account")
    def standing(self, user: User) -> str:
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

    @method_decorator(sensitive_post_parameters())
    def password(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Change one's own password, knowing the old one, or as a superuser another's."""
        user = self.get_object(request, str(object_id))
        is_own = user == request.user
        if not (is_own or self.allows(request, ADMINISTER, user)):
            raise PermissionDenied
        form_class = PasswordChangeForm if is_own else SetPasswordForm
        form: Any = form_class(user, request.POST or None)
        if request.method == "POST" and self._may_guess(request, user) and form.is_valid():
            return self._set_password(request, user, form.cleaned_data["new_password1"])
        context = {
            **self.admin_site.each_context(request),
            "title": "Change your password" if is_own else f"Set the password of {user}",
            "opts": self.opts,
            "form": form,
            "user_at_hand": user,
        }
        return TemplateResponse(request, "admin/users/password.html", context)

    def _may_guess(self, request: HttpRequest, user: User) -> bool:
        """Count the try together with those to sign in: the old password can be guessed here."""
        try:
            count_sign_in(request, user.email)
        except Problem as refused:
            self.message_user(request, told(refused), messages.ERROR)
            return False
        return True

    def _set_password(self, request: HttpRequest, user: User, password: str) -> HttpResponse:
        actor = user_of(request)
        changed = accounts.set_password(actor=actor, user=user, password=password)
        if changed == actor:
            update_session_auth_hash(request, changed)  # all sessions but this one end
        text = f"{user}: the password is changed; every token and other session has ended."
        self.message_user(request, text, messages.SUCCESS)
        return redirect("admin:users_user_change", user.pk)
