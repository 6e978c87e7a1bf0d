"""The admin site: Django's, with a door of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.cache import never_cache

from config.admin.door import Door
from config.admin.pages import ScopedAdmin


class PostilAdminSite(AdminSite):
    site_header = "Postil"
    site_title = "Postil"
    index_title = "Curation"

    door: Door

    def get_urls(self) -> list[Any]:
        return [*self.door.urls(), *super().get_urls()]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Let only those through to a page whom the door lets pass."""
        shown = super().admin_view(view, cacheable)

        @wraps(view)
        def behind_the_door(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return self.door.stop(request) or shown(request, *args, **kwargs)

        return behind_the_door

    @method_decorator(never_cache)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in, or lead on who is signed in."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        context = {**self.each_context(request), "title": "Log in", **(extra_context or {})}
        return self.door.enter(request, context)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Sign out: the sign-in ends, not the browser's cookie alone."""
        if request.method == "POST":
            self.door.leave(request)
        return super().logout(request, extra_context)

    def ask_again(self, request: HttpRequest) -> HttpResponse | None:
        """Return a page that asks who is there, unless they have shown it a short while ago."""
        return self.door.ask_again(request)

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
