"""The door of the admin, put together: `config.apps` fits it into the site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.admin import site
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from users.admin import account, identity, kept_forms, second_factor, sessions, sign_in
from users.admin.asking import user_of
from users.services import second_factors

OPEN_WITHOUT_SECOND_FACTOR = {"second_factor", "logout", "jsi18n"}


class AdminDoor:
    """How people come into the admin, show again who they are, look after that, and leave."""

    def urls(self) -> list[URLPattern]:
        """Return the routes of one's own account."""
        pages: dict[str, tuple[str, Any]] = {
            "account": ("account/", account.show),
            "end_sign_in": ("account/sign-ins/<uuid:pk>/end/", account.end_one),
            "end_sign_ins": ("account/sign-ins/end/", account.end_all),
            "kept_form": ("account/kept/<str:name>/", kept_forms.show),
            "second_factor": ("account/second-factor/", second_factor.set_up),
            "recovery_codes": ("account/second-factor/recovery-codes/", second_factor.renew),
            "second_factor_off": ("account/second-factor/off/", second_factor.disable),
        }
        return [
            path(address, site.admin_view(view), name=name)
            for name, (address, view) in pages.items()
        ]

    def stop(self, request: HttpRequest) -> HttpResponse | None:
        """Lead out whose sign-in has ended, and to a second factor who must set one up."""
        if refused := sessions.refusal(request):
            return refused
        name = request.resolver_match.url_name if request.resolver_match else ""
        if name in OPEN_WITHOUT_SECOND_FACTOR or not lacks_second_factor(request):
            return None
        if second_factors.is_enabled(user_of(request)):  # since this sign-in
            return sessions.lead_out(request, "Please sign in again, with your second factor.")
        return redirect("admin:second_factor")

    def enter(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        """Show the page to sign in, or sign in."""
        return sign_in.enter(request, context)

    def leave(self, request: HttpRequest) -> None:
        """End the sign-in that the request belongs to."""
        sessions.end(request)

    def ask_again(self, request: HttpRequest) -> HttpResponse | None:
        """Return the page that asks who is there, for whoever has not shown it lately."""
        return identity.ask_again(request)


def lacks_second_factor(request: HttpRequest) -> bool:
    """Return whether whoever is signed in must show a second factor and has not."""
    if not settings.STAFF_NEED_SECOND_FACTOR or not request.user.is_authenticated:
        return False
    session = user_of(request).session
    return session is not None and not session.has_second_factor
