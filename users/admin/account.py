"""One's own account in the admin: the second factor, and where one is signed in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.admin import site
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from config.api.throttling import address
from users.admin.asking import user_of
from users.models import LoginSession
from users.services import second_factors, sign_ins


def show(request: HttpRequest) -> HttpResponse:
    """Show how one signs in, and every sign-in that still holds."""
    user = user_of(request)
    context = {
        **site.each_context(request),
        "title": "Your account",
        "second_factor": second_factors.status_of(user),
        "sign_ins": LoginSession.objects.visible_to(user).live().order_by("-seen_at", "-id"),
        "here": user.session,
    }
    return TemplateResponse(request, "admin/users/account.html", context)


@require_POST
def end_one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End one of one's own sign-ins; what ends the one at hand leads out."""
    user = user_of(request)
    session = get_object_or_404(LoginSession.objects.visible_to(user), pk=pk)
    sign_ins.end_session(actor=user, session=session)
    messages.success(request, "That sign-in has ended.")
    return redirect("admin:account")


@require_POST
def end_all(request: HttpRequest) -> HttpResponse:
    """End all of one's own sign-ins, the one at hand too."""
    user = user_of(request)
    sign_ins.end_all_sessions(actor=user, user=user, address=address(request))
    return redirect("admin:account")
