"""The admin site: Django's, behind the same limits on sign-in as the API."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from config.admin.pages import ScopedAdmin
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

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show what awaits the user, as each model's pages tell it, above the lists."""
        pages = [page for page in self._registry.values() if isinstance(page, ScopedAdmin)]
        awaiting = [waiting for page in pages for waiting in page.awaiting(request)]
        return super().index(request, {"awaiting": awaiting, **(extra_context or {})})

    def link_to(self, kind: str, pk: Any) -> str:
        """Return a link to a resource by its model's name; the name where no pages are of it."""
        for page in self._registry.values():
            if page.opts.model_name == kind:
                url = reverse(f"admin:{page.opts.app_label}_{kind}_change", args=[pk])
                return format_html('<a href="{}">{}</a>', url, page.opts.verbose_name)
        return kind

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Lead to the one page on which a password is changed, one's own like any other."""
        return redirect("admin:users_user_password", request.user.pk)
