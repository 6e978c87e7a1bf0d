"""The security log in the admin: what its reader may see of sign-ins, accounts, tokens, roles."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.http import urlencode

from config.admin import ListFilter, ScopedAdmin
from users.models import SecurityEvent
from users.querysets import SECURITY_ACTIONS

NAMES = {"sign_in.": "Sign-ins", "member.": "Members and roles", "user.": "Accounts"}


class KindFilter(ListFilter):
    title = "action"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        named = [(one, NAMES.get(one) or _plural(one)) for one in SECURITY_ACTIONS]
        return [
            *named,
            ("sign_in.failed", "Failed sign-ins"),
            ("sign_in.limited", "Limits reached"),
        ]

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(action__startswith=value)


class ActorFilter(ListFilter):
    """What one person did; their name in each row leads here."""

    title = "actor"
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        try:
            actor = str(UUID(str(self.used_parameters.get("actor"))))
        except ValueError:
            return []
        return [(actor, "This one")]

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(actor_id=value)


class AddressFilter(ListFilter):
    """What came from one address; the address in each row leads here."""

    title = "address"
    parameter_name = "address"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        given = str(self.used_parameters.get("address", ""))
        return [(given, given)] if given else []

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(after__address=value)


@admin.register(SecurityEvent)
class SecurityLogAdmin(ScopedAdmin):
    """Nothing changes here; each row leads to its event."""

    list_display = ("at", "action", "who", "what", "address", "told")
    list_filter = (KindFilter, ActorFilter, AddressFilter)
    list_select_related = ("actor",)
    search_fields = ("target_id",)
    search_help_text = "An address, an e-mail, an action, or the id of a resource or request"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).security()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Lead to the page of the event."""
        event = self.get_object(request, object_id)
        return redirect("admin:users_event_change", event.pk)

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        found = Q(after__address=text) | Q(action=text) | Q(request_id=text)
        try:
            return rows.filter(found | Q(target_id=UUID(text)))
        except ValueError:
            return rows.filter(found | Q(actor__email__iexact=text))

    @admin.display(description="who")
    def who(self, event: SecurityEvent) -> str:
        if event.actor is None:
            return "nobody signed in" if event.action.startswith("sign_in.") else "the system"
        return _link("actor", str(event.actor_id), str(event.actor))

    @admin.display(description="what")
    def what(self, event: SecurityEvent) -> str:
        if event.target_type == "unknown_account":
            return "no account"
        site: Any = self.admin_site
        shown: str = site.link_to(event.target_type, event.target_id)
        return shown

    @admin.display(description="address")
    def address(self, event: SecurityEvent) -> str:
        address = (event.after or {}).get("address", "")
        return _link("address", address, address) if address else "-"

    @admin.display(description="told")
    def told(self, event: SecurityEvent) -> str:
        """Return why something failed, or by what somebody came in."""
        after = event.after or {}
        return " ".join(str(after[name]) for name in TOLD if after.get(name))


TOLD = ("reason", "limit", "kind", "method", "role", "scope")


def _link(parameter: str, value: str, text: str) -> str:
    return format_html('<a href="?{}">{}</a>', urlencode({parameter: value}), text)


def _plural(prefix: str) -> str:
    return f"{prefix.rstrip('.').replace('_', ' ').capitalize()}s"
