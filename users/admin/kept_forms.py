"""What somebody sent to a guarded page, kept while they sign in anew at a provider.

It lies in the browser's own session, so that it is nobody else's, and is never sent on by itself:
who is back is shown it, with a button. One is kept at a time, for a quarter of an hour.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from django.contrib import messages
from django.contrib.admin import site
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from users.admin.asking import user_of

KEY = "kept_form"
KEPT_SECONDS = 900
MAX_CHARACTERS = 64_000
GONE = "What you were about to do is no longer at hand, so nothing was done. Begin again, please."

Fields = list[tuple[str, str]]


def keep(request: HttpRequest, fields: Fields) -> str:
    """Keep what a request sends; return the page that shows it, or "" for what is too much."""
    if sum(len(name) + len(value) for name, value in fields) > MAX_CHARACTERS:
        return ""
    name = secrets.token_urlsafe(16)
    request.session[KEY] = {
        "name": name,
        "user": str(user_of(request).pk),
        "until": time.time() + KEPT_SECONDS,
        "address": request.get_full_path(),
        "fields": fields,
    }
    return reverse("admin:kept_form", args=[name])


def forget(request: HttpRequest) -> None:
    """Keep nothing any longer, for somebody goes on with it, or with something else."""
    if KEY in request.session:
        del request.session[KEY]


@require_GET
def show(request: HttpRequest, name: str) -> HttpResponse:
    """Show what was kept under a name, and a button that sends it to where it was sent."""
    kept: dict[str, Any] = request.session.get(KEY, {})
    is_own = (kept.get("name"), kept.get("user")) == (name, str(user_of(request).pk))
    if not is_own or kept["until"] < time.time():
        messages.warning(request, GONE)
        return redirect("admin:index")
    context = {**site.each_context(request), "title": "Shall it be done?", "kept": kept}
    return TemplateResponse(request, "admin/users/kept_form.html", context)
