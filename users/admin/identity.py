"""Dangerous things ask whoever has not shown it lately who they are, and then go on."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.admin import site
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from config.admin.pages import own_address
from users.admin import kept_forms
from users.admin.asking import user_of
from users.admin.forms import CodeField, PasswordField, ShownForm, answer, oidc_providers
from users.models import LoginSession
from users.services import admin_sessions, second_factors

OURS = {"csrfmiddlewaretoken", "identity_password", "identity_code", "identity_for"}
NEVER_SHOWN = "password"  # what no page shows, so its form asks for it again


class IdentityForm(ShownForm):
    """Password and code, beside whatever the request sent."""

    identity_password = PasswordField(label="Password")
    identity_code = CodeField()

    def __init__(self, *args: Any, asks_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["identity_password"].widget.attrs["autofocus"] = True
        if not asks_code:
            del self.fields["identity_code"]

    @property
    def given(self) -> dict[str, str]:
        """Return what was given, as the service takes it."""
        given = self.cleaned_data
        return {"password": given["identity_password"], "code": given.get("identity_code", "")}


def ask_again(request: HttpRequest) -> HttpResponse | None:
    """Return the page that asks, or None for whoever has shown lately who they are.

    It is sent to the address of the request, with what that sent, so that nothing is lost but
    passwords. Who has no password here signs in anew at a provider; see `kept_forms`.
    """
    session = user_of(request).session
    assert session, "the door lets nobody in without one"
    if is_recent(session):
        return _onward(request)
    given = request.POST if "identity_password" in request.POST else None
    form = IdentityForm(given, asks_code=second_factors.is_enabled(user_of(request)))
    if form.is_done(partial(admin_sessions.renew, request=request, session=session)):
        request.session.cycle_key()
        return _onward(request)
    return answer(request, "admin/users/identity.html", _shown(request), form)


def is_recent(session: LoginSession) -> bool:
    """Return whether whoever signed in has shown lately who they are."""
    return timezone.now() - session.authenticated_at <= settings.RECENT_SIGN_IN


def _onward(request: HttpRequest) -> HttpResponse | None:
    """Let the request go on; who had come to look at a page is led to it."""
    kept_forms.forget(request)
    return redirect(request.get_full_path()) if request.POST.get("identity_for") == "GET" else None


def _back(request: HttpRequest, carried: kept_forms.Fields) -> str:
    """Return the page to come back to after signing in anew: of a POST the one that shows it."""
    if request.method != "POST":
        return request.get_full_path()
    before = own_address(request, request.headers.get("Referer", ""))
    return kept_forms.keep(request, carried) or before


def _shown(request: HttpRequest) -> dict[str, Any]:
    sent = [(name, one) for name, values in request.POST.lists() for one in values]
    carried = [(name, one) for name, one in sent if name not in OURS and NEVER_SHOWN not in name]
    has_password = user_of(request).has_usable_password()
    return {
        **site.each_context(request),
        "title": "Is it you?",
        "carried": carried,
        "asked_for": request.POST.get("identity_for", request.method),
        "minutes": int(settings.RECENT_SIGN_IN.total_seconds()) // 60,
        "has_password": has_password,
        "oidc_providers": oidc_providers(),
        "next": "" if has_password else _back(request, carried),
    }
