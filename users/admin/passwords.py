"""Pages on which passwords are changed: one's own, knowing the old one, or another's."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters

from config.api.problems import Problem
from users.admin import sessions
from users.admin.asking import user_of
from users.admin.forms import reason, sent
from users.admin.identity import ask_again
from users.models import LoginSession, User
from users.services import accounts, admin_sessions
from users.services.credentials import confirm_password


class OwnPasswordForm(PasswordChangeForm):
    """The old password, which is counted as a try to sign in, and the new one."""

    request: HttpRequest

    def clean_old_password(self) -> str:
        """Hold it against the account."""
        given = str(self.cleaned_data["old_password"])
        try:
            confirm_password(request=self.request, user=cast("User", self.user), password=given)
        except Problem as refused:
            raise ValidationError(reason(refused)) from refused
        return given


@sensitive_post_parameters()
def change_own(request: HttpRequest) -> HttpResponse:
    """Change one's own password; who has none yet has signed in elsewhere, lately."""
    user = user_of(request)
    if not user.has_usable_password():
        return ask_again(request) or _own(request, SetPasswordForm(user, sent(request)))
    form = OwnPasswordForm(user, sent(request))
    form.request = request
    return _own(request, form)


def _own(request: HttpRequest, form: Any) -> HttpResponse:
    if not form.is_valid():
        return _page(request, form, "Change your password", user_of(request))
    session = cast("LoginSession", user_of(request).session)
    password = form.cleaned_data["new_password1"]
    changed = admin_sessions.change_password(request=request, session=session, password=password)
    sessions.begin(request, changed)
    return _done(request, changed.user)


@sensitive_post_parameters()
def set_others(request: HttpRequest, user: User) -> HttpResponse:
    """Set somebody else's password."""
    form: Any = SetPasswordForm(user, sent(request))
    if not form.is_valid():
        return _page(request, form, f"Set the password of {user}", user)
    password = form.cleaned_data["new_password1"]
    return _done(
        request, accounts.set_password(actor=user_of(request), user=user, password=password)
    )


def _done(request: HttpRequest, user: User) -> HttpResponse:
    text = f"{user}: the password is changed; every token and other session has ended."
    messages.success(request, text)
    return redirect("admin:users_user_change", user.pk)


def _page(request: HttpRequest, form: Any, title: str, user: User) -> HttpResponse:
    context = {
        **site.each_context(request),
        "title": title,
        "opts": User._meta,  # noqa: SLF001 - Django's public API
        "form": form,
        "user_at_hand": user,
    }
    return TemplateResponse(request, "admin/users/password.html", context)
