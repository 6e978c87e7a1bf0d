"""Sign in to the admin at an OpenID Connect provider: there, back, and the second factor of ours.

The browser's session holds what it was sent away with, so that nobody is signed in as somebody
else by a link.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import site
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.admin.pages import own_address
from config.admin.steps import told
from config.api.problems import Problem
from config.api.throttling import address, count
from users.admin import sessions
from users.errors import (
    InvalidSecondFactor,
    InvalidState,
    ProviderRefused,
    SecondFactorRequired,
)
from users.models import LoginSession
from users.serializers.second_factors import MAX_CODE
from users.services import oidc

KEY = "oidc"


class CodeForm(forms.Form):
    """The second factor's code."""

    code = forms.CharField(
        max_length=MAX_CODE,
        help_text="Six digits of your app, or one of your recovery codes.",
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "one-time-code", "spellcheck": "false"}
        ),
    )


@require_POST
@never_cache
def start(request: HttpRequest, name: str) -> HttpResponse:
    """Lead to a provider, by a page: the site's policy keeps its forms from leading elsewhere."""
    try:
        count("credentials_by_address", address(request))
        departure = oidc.depart_for_admin(provider=name)
    except Problem as refused:
        return _refusal(request, refused)
    onward = own_address(request, request.POST.get("next", ""))
    request.session[KEY] = {"state": departure.state, "next": onward}
    return _page(request, "leaving", {"address": departure.authorization_url})


@require_GET
@never_cache
def callback(request: HttpRequest) -> HttpResponse:
    """Take who comes back from a provider, and let them in."""
    pending = request.session.pop(KEY, {})
    try:
        session = _arrived(request, pending)
    except SecondFactorRequired as asked:
        challenge = asked.members["challenge"]
        request.session[KEY] = {"challenge": challenge, "next": pending["next"]}
        return redirect("oidc-code")
    except Problem as refused:
        return _refusal(request, refused)
    return _entered(request, session, pending)


@require_http_methods(["GET", "POST"])
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor's code, and let in whoever has it."""
    pending = request.session.get(KEY, {})
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        challenge, given = pending.get("challenge", ""), form.cleaned_data["code"]
        try:
            session = oidc.answer_challenge_in_admin(
                request=request, challenge=challenge, code=given
            )
        except InvalidSecondFactor as refused:
            form.add_error("code", told(refused))
        except Problem as refused:
            return _refusal(request, refused)
        else:
            return _entered(request, session, pending)
    return _page(request, "code", {"form": form})


def _arrived(request: HttpRequest, pending: dict[str, Any]) -> LoginSession:
    state, given = request.GET.get("state", ""), request.GET.get("code", "")
    if not given:  # but an error, in the provider's words
        raise ProviderRefused("It sent you back without a sign-in.")
    if not constant_time_compare(pending.get("state", ""), state) or not state:
        raise InvalidState("This browser did not begin it, or has begun another since.")
    iss = request.GET.get("iss", "")
    return oidc.arrive_in_admin(request=request, state=state, code=given, iss=iss)


def _entered(request: HttpRequest, session: LoginSession, pending: dict[str, Any]) -> HttpResponse:
    request.session.pop(KEY, None)
    sessions.end(request)
    sessions.begin(request, session)
    return redirect(pending["next"] or reverse("admin:index"))


def _refusal(request: HttpRequest, refused: Problem) -> HttpResponse:
    """Return the page that says why somebody was not let in."""
    page = _page(request, "refused", {"sentence": told(refused)})
    page.status_code = refused.status
    for name, value in refused.headers.items():
        page[name] = value
    return page


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
    shared = {**site.each_context(request), "has_permission": False}
    return TemplateResponse(request, f"account/oidc_{name}.html", shared | context)
