"""The admin site: Django's, behind the same limits on sign-in as the API."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse

from config.api.problems import Problem
from config.api.throttling import count_sign_in


class PostilAdminSite(AdminSite):
    site_header = "Postil"
    site_title = "Postil"
    index_title = "Curation"

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in; tries count by account and address together with those of the API."""
        if request.method == "POST":
            try:
                count_sign_in(request, request.POST.get("username", ""))
            except Problem as refused:
                return HttpResponse(
                    f"{refused.title()} {refused.detail}",
                    status=refused.status,
                    headers=refused.headers,
                    content_type="text/plain; charset=utf-8",
                )
        return super().login(request, extra_context)
