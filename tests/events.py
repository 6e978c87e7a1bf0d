"""Read the event log as tests compare it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from users.models import Event


def log_of(target_id: UUID | str) -> list[tuple[str, Any]]:
    """Return what happened to a resource, in order: (action, id of who did it)."""
    rows = Event.objects.filter(target_id=target_id).order_by("id")
    return list(rows.values_list("action", "actor_id"))


def last_event(target_id: UUID | str) -> Any:
    """Return the latest event of a resource."""
    return Event.objects.filter(target_id=target_id).latest("id")


def changed(event: Event) -> dict[str, tuple[Any, Any]]:
    """Return what an event tells as changed: column → (before, after); without the times."""
    before, after = event.before or {}, event.after or {}
    return {
        name: (before.get(name), after.get(name))
        for name in after
        if before.get(name) != after.get(name) and name != "updated_at"
    }
