"""Forms in which people show who they are: their fields, and why a service let nobody pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.template.response import TemplateResponse

from config.admin.steps import told
from config.api.problems import Problem
from users.errors import InvalidCredentials, InvalidMember
from users.serializers import MAX_PASSWORD
from users.serializers.second_factors import MAX_CODE

SHUT = {429, 503}


class PasswordField(forms.CharField):
    """One's own password, as browsers fill it in."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
        super().__init__(max_length=MAX_PASSWORD, strip=False, widget=widget, **kwargs)


class CodeField(forms.CharField):
    """A one-time code of an app, or a recovery code."""

    def __init__(self, **kwargs: Any) -> None:
        told = "Six digits of your app, or one of your recovery codes."
        typed = {"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "none"}
        widget = forms.TextInput(attrs=typed)
        kwargs = {"label": "Code", "help_text": told} | kwargs
        super().__init__(max_length=MAX_CODE, widget=widget, **kwargs)


class ShownForm(forms.Form):
    """A form whose sending a service may refuse, which is an error on the form."""

    refused: Problem | None = None
    outcome: Any = None

    def is_done(self, do: Callable[..., Any]) -> bool:
        """Return whether a service took what was given; `outcome` is what it answered."""
        if not self.is_valid():
            return False
        try:
            self.outcome = do(**self.given)
        except Problem as problem:
            self.refused = problem
            self.add_error(None, reason(problem))
        return self.refused is None

    @property
    def given(self) -> dict[str, Any]:
        """Return what was given, as the service takes it."""
        return self.cleaned_data


def reason(refused: Problem) -> str:
    """Return why somebody was not let pass, as they read it."""
    match refused:
        case InvalidMember():
            return " ".join(error["detail"] for error in refused.members["errors"])
        case InvalidCredentials():
            return refused.detail
    return told(refused)


def answer(
    request: HttpRequest, template: str, context: dict[str, Any], form: ShownForm
) -> TemplateResponse:
    """Return the page of a form; where the limits shut the door, with their status and headers."""
    page = TemplateResponse(request, template, context | {"form": form})
    if form.refused and form.refused.status in SHUT:
        page.status_code = form.refused.status
        for name, value in form.refused.headers.items():
            page[name] = value
    return page


def sent(request: HttpRequest) -> Any:
    """Return what was sent for a form to read, None where a page is only looked at."""
    return request.POST if request.method == "POST" else None


def oidc_providers() -> list[dict[str, str]]:
    """Return where else people may sign in, as the pages that offer it name them."""
    configured = settings.OIDC_PROVIDERS.items()
    return [{"name": name, "title": one.get("title") or name} for name, one in configured]
