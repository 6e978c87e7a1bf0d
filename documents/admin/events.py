"""The event log in the admin. It stands above `users`, which keeps it, to tell projects by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.text import Truncator

from config.admin import ListFilter, ScopedAdmin
from documents.admin.in_project import ProjectFilter
from documents.models import Project
from users.admin import user_of
from users.models import Event

RECENT = 1000  # events, whose actions and actors the filters offer
ALWAYS_CHANGED = frozenset({"version", "updated_at"})
SHORT = 40
FEW = 3


@dataclass(frozen=True)
class Change:
    """What one member of a resource was and became, as people read it."""

    name: str
    before: str
    after: str


def changes(event: Event) -> list[Change]:
    """Return what an event changed; of a creation what was given."""
    before, after = event.before or {}, event.after or {}
    names = [name for name in after if before.get(name) != after[name]]
    told = names if event.before is None else [n for n in names if n not in ALWAYS_CHANGED]
    found = [Change(name, _readable(before.get(name)), _readable(after[name])) for name in told]
    return [change for change in found if change.before or change.after]


def _readable(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _recent(request: HttpRequest) -> set[tuple[str, str, Any]]:
    """Return actions, actors' e-mails and ids as they occur in recent events; asked for once."""
    if not hasattr(request, "recent_events"):
        events = Event.objects.visible_to(user_of(request)).order_by("-id")
        found = events.values_list("action", "actor__email", "actor_id")[:RECENT]
        request.recent_events = set(found)  # type: ignore[attr-defined]
    known: set[tuple[str, str, Any]] = request.recent_events  # type: ignore[attr-defined]
    return known


class ActionFilter(ListFilter):
    title = "action"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (action, action) for action in sorted({action for action, _, _ in _recent(request)})
        ]

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(action=value)


class ActorFilter(ListFilter):
    title = "actor"
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        people = {(email, str(pk)) for _, email, pk in _recent(request) if pk}
        return [(pk, email) for email, pk in sorted(people)]

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(actor_id=value)


class TargetFilter(ListFilter):
    """The history of one resource; its pages lead here."""

    title = "resource"
    parameter_name = "target"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        try:
            target = str(UUID(str(self.used_parameters.get("target"))))
        except ValueError:
            return []
        return [(target, "This one")]

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(target_id=value)


@admin.register(Event)
class EventAdmin(ScopedAdmin):
    """Who changed what, when, from what to what; nothing changes here."""

    change_form_template = "admin/documents/event.html"
    list_display = ("at", "who", "action", "what", "summary", "project")
    list_filter = (TargetFilter, ActionFilter, ActorFilter, ProjectFilter)
    list_select_related = ("actor",)
    search_fields = ("target_id",)
    search_help_text = "A resource's id, a request's id, or an actor's e-mail"
    fields = ("action", "who", "at", "what", "project", "request_id", "difference")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        names = Project.objects.filter(pk=OuterRef("project_id")).values("name")
        return super().get_queryset(request).annotate(project_name=Subquery(names))

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        try:
            return rows.filter(Q(target_id=UUID(text)) | Q(request_id=text))
        except ValueError:
            return rows.filter(Q(request_id=text) | Q(actor__email__iexact=text))

    @admin.display(description="who")
    def who(self, event: Event) -> str:
        return str(event.actor) if event.actor else "the system"

    @admin.display(description="what")
    def what(self, event: Event) -> str:
        site: Any = self.admin_site
        return str(site.link_to(event.target_type, event.target_id))

    @admin.display(description="project")
    def project(self, event: Any) -> str:
        return event.project_name or "-"

    @admin.display(description="change")
    def summary(self, event: Event) -> str:
        """Return the first few members that changed, but for times; of a creation all are new."""
        if event.before is None:
            return ""
        found = [change for change in changes(event) if not change.name.endswith("_at")]
        told = [f"{change.name}: {_arrow(change)}" for change in found[:FEW]]
        return "; ".join([*told, "…"] if len(found) > FEW else told)

    @admin.display(description="difference")
    def difference(self, event: Event) -> str:
        context = {"changes": changes(event), "is_new": event.before is None}
        return render_to_string("admin/documents/difference.html", context)


def _arrow(change: Change) -> str:
    before, after = (Truncator(text).chars(SHORT) for text in (change.before, change.after))
    return f"{before or '∅'} → {after or '∅'}"
