"""Write the event log, in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from config.api.request_id import current_request_id
from users.models import Event, Resource, User

Snapshot = dict[str, Any]


def record(
    *,
    actor: User | None,
    action: str,
    target: Resource,
    project_id: UUID | None = None,
    before: Snapshot | None = None,
) -> None:
    """Log one change; `before` is None for a creation. Without an actor the system did it."""
    record_many(actor=actor, action=action, targets=[(target, before)], project_id=project_id)


def record_fact(
    *,
    actor: User | None,
    action: str,
    target_type: str,
    target_id: UUID,
    told: Snapshot,
    project_id: UUID | None = None,
) -> None:
    """Log what changed no resource: a sign-in, its failure, the use of a token."""
    Event.objects.create(
        actor=actor,
        action=action,
        project_id=project_id,
        target_type=target_type,
        target_id=target_id,
        after=told,
        request_id=current_request_id(),
    )


def record_many(
    *,
    actor: User | None,
    action: str,
    targets: Iterable[tuple[Resource, Snapshot | None]],
    project_id: UUID | None = None,
) -> None:
    """Log one change each of many resources, given as (resource, its snapshot before)."""
    assert connection.in_atomic_block, "an event belongs to the transaction of its change"
    Event.objects.bulk_create(
        Event(
            actor=actor,
            action=action,
            project_id=project_id,
            target_type=target._meta.model_name or "",  # noqa: SLF001 - Django's public API
            target_id=target.pk,
            before=before,
            after=target.snapshot(),
            request_id=current_request_id(),
        )
        for target, before in targets
    )
