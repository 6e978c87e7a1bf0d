"""One's own second factor in the admin: set an app up by its QR code, renew codes, do without."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import segno
from cryptography.fernet import InvalidToken
from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters

from users import one_time_codes
from users.admin.asking import user_of
from users.admin.forms import CodeField, PasswordField, ShownForm, answer, sent
from users.models import User
from users.sealing import seal, unseal
from users.services import second_factors

GROUP = 4  # letters of the secret at a time, as people type them


class OwnForm(ShownForm):
    """A form that may ask for one's password, which who signs in elsewhere has not."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks_password = "password" in self.fields and user.has_usable_password()
        if not self.asks_password:
            self.fields.pop("password", None)

    @property
    def given(self) -> dict[str, Any]:
        """Return what was given, as the service takes it."""
        is_missing = "password" in self.base_fields and not self.asks_password
        return super().given | ({"password": None} if is_missing else {})


class BeginForm(OwnForm):
    """What it takes to set an app up."""

    password = PasswordField()


class ConfirmForm(OwnForm):
    """The first code of the app; the page carries the secret sealed, to show it again."""

    secret = forms.CharField(max_length=400, widget=forms.HiddenInput)
    code = CodeField(help_text="The six digits that the app shows now.")

    @property
    def given(self) -> dict[str, Any]:
        """Return what was given, as the service takes it."""
        return {"code": self.cleaned_data["code"]}


class RenewForm(OwnForm):
    """What it takes to get other recovery codes."""

    code = CodeField()


class DisableForm(OwnForm):
    """What it takes to do without."""

    password = PasswordField()
    code = CodeField()


@dataclass(frozen=True)
class Page:
    """What a page says around its form."""

    title: str
    button: str
    look: str = "default"


BEGIN = Page("Set up a second factor", "Show the QR code")
CONFIRM = Page("Set up a second factor", "Enable it")
RENEW = Page("New recovery codes", "Replace the recovery codes")
DISABLE = Page("Disable the second factor", "Disable it", "grave")


@sensitive_post_parameters()
def set_up(request: HttpRequest) -> HttpResponse:
    """Show the QR code of a new secret; then a code of the app enables it."""
    if "secret" in request.POST:
        return _confirm(request)
    form: OwnForm = BeginForm(sent(request), user=user_of(request))
    if form.is_done(partial(second_factors.begin, request=request, **_who(request))):
        secret = form.outcome.secret
        form = ConfirmForm(user=user_of(request), initial={"secret": seal(secret)})
        return _page(request, CONFIRM, form, secret)
    return _page(request, BEGIN, form)


def _confirm(request: HttpRequest) -> HttpResponse:
    try:
        secret = unseal(request.POST["secret"])
    except InvalidToken:
        return redirect("admin:second_factor")
    form = ConfirmForm(request.POST, user=user_of(request))
    if form.is_done(partial(second_factors.confirm, **_who(request))):
        return _codes_shown(request, form.outcome)
    return _page(request, CONFIRM, form, secret)


@sensitive_post_parameters()
def renew(request: HttpRequest) -> HttpResponse:
    """Put other recovery codes in the place of those there are."""
    form = RenewForm(sent(request), user=user_of(request))
    renewing = partial(second_factors.renew_recovery_codes, request=request, user=user_of(request))
    if form.is_done(renewing):
        return _codes_shown(request, form.outcome)
    return _page(request, RENEW, form)


@sensitive_post_parameters()
def disable(request: HttpRequest) -> HttpResponse:
    """Sign in without a second factor from now on."""
    form = DisableForm(sent(request), user=user_of(request))
    if form.is_done(partial(second_factors.disable, request=request, **_who(request))):
        messages.success(request, "The second factor is disabled.")
        return redirect("admin:account")
    return _page(request, DISABLE, form)


def _who(request: HttpRequest) -> dict[str, Any]:
    user = user_of(request)
    return {"user": user, "session": user.session}


def _page(request: HttpRequest, page: Page, form: OwnForm, secret: str = "") -> HttpResponse:
    context = {**site.each_context(request), "title": page.title, "page": page}
    if secret:
        uri = one_time_codes.uri_of(secret, user_of(request).email)
        groups = [secret[start : start + GROUP] for start in range(0, len(secret), GROUP)]
        context |= {"qr_code": segno.make(uri).svg_data_uri(scale=5), "secret": " ".join(groups)}
    return answer(request, "admin/users/second_factor.html", context, form)


def _codes_shown(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {**site.each_context(request), "title": "Your recovery codes", "codes": codes}
    return answer(request, "admin/users/recovery_codes.html", context, ShownForm())
