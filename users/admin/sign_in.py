"""The page to sign in to the admin: the password first, then the code of who has one."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import Any

from cryptography.fernet import InvalidToken
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from config.admin.pages import own_address
from users.admin import sessions
from users.admin.forms import CodeField, PasswordField, ShownForm, answer, oidc_providers, sent
from users.emails import require_ascii
from users.errors import InvalidCredentials, SecondFactorRequired
from users.sealing import seal, unseal
from users.services import admin_sessions

CODE_WITHIN = 300  # seconds, from the password on


class SignInForm(ShownForm):
    """Who wants to come in."""

    username = forms.EmailField(
        label="Email",
        max_length=254,
        validators=(require_ascii,),
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = PasswordField()

    @property
    def given(self) -> dict[str, str]:
        """Return what was given, as the service takes it."""
        return {"email": self.cleaned_data["username"], "password": self.cleaned_data["password"]}


class CodeForm(ShownForm):
    """The code that goes with a right password, which the page carries sealed."""

    shown = forms.CharField(max_length=4000, widget=forms.HiddenInput)
    code = CodeField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["autofocus"] = True

    @property
    def given(self) -> dict[str, str]:
        """Return what was given on both pages; raises InvalidCredentials after a while."""
        try:
            email, password, at = json.loads(unseal(self.cleaned_data["shown"]))
        except (InvalidToken, ValueError) as error:
            raise InvalidCredentials("Begin again, please.") from error
        if time.time() - at > CODE_WITHIN:
            raise InvalidCredentials("That took too long. Begin again, please.")
        return {"email": email, "password": password, "code": self.cleaned_data["code"]}

    @classmethod
    def after(cls, first: ShownForm) -> CodeForm:
        """Return the form that follows upon a right password."""
        given = first.given
        shown = [given["email"], given["password"], int(time.time())]
        return cls(initial={"shown": seal(json.dumps(shown))})


def enter(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the page to sign in, or sign in and lead on."""
    form: ShownForm = (CodeForm if "shown" in request.POST else SignInForm)(sent(request))
    onward = own_address(request, request.POST.get("next") or request.GET.get("next", ""))
    if form.is_done(partial(admin_sessions.enter, request=request)):
        sessions.end(request)
        sessions.begin(request, form.outcome)
        return redirect(onward or reverse("admin:index"))
    if isinstance(form.refused, SecondFactorRequired):
        form = CodeForm.after(form)
    more = {
        "next": onward,
        "asks_code": isinstance(form, CodeForm),
        "oidc_providers": oidc_providers(),
    }
    return answer(request, "admin/users/sign_in.html", context | more, form)
