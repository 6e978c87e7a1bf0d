"""Write the event log, in the transaction of the change itself."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.db import Error, connection, transaction
from django.utils import timezone

from config.api.request_id import current_request_id
from config.database.prepared import prepared
from users.compiled import insert_values
from users.copying import copy_rows
from users.models import Event, Resource, User

logger = logging.getLogger(__name__)
CHANNEL = "postil_events"
Snapshot = dict[str, Any]
Row = tuple[Any, ...]
_TELL = (
    "SELECT set_config('synchronous_commit', 'off', true),"
    " set_config('lock_timeout', '1s', true), pg_notify(%s, %s)"
)
_SHARED = ("actor_id", "project_id", "request_id", "at", "undoes")
_OWN = ("action", "target_type", "target_id", "document_id", "before", "after")
_COLUMNS = (*_SHARED, *_OWN)


class Change(NamedTuple):
    """What happened to one resource; `before` is None for a creation."""

    action: str
    target: Resource
    before: Snapshot | None
    after: Snapshot


def record(
    *,
    actor: User | None,
    action: str,
    target: Resource,
    project_id: UUID | None = None,
    before: Snapshot | None = None,
) -> None:
    """Log one change; `before` is None for a creation. Without an actor the system did it."""
    change = Change(action, target, before, target.snapshot())
    insert_values(Event, _COLUMNS, (*_shared(actor, project_id), *_told(change)))
    _tell_listeners(project_id)


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
    _tell_listeners(project_id)


def record_many(
    *,
    actor: User | None,
    action: str,
    targets: Iterable[tuple[Resource, Snapshot | None]],
    project_id: UUID | None = None,
) -> None:
    """Log one change each of many resources, given as (resource, its snapshot before)."""
    changes = [Change(action, target, before, target.snapshot()) for target, before in targets]
    record_changes(actor=actor, changes=changes, project_id=project_id)


def record_changes(
    *,
    actor: User | None,
    changes: Iterable[Change],
    project_id: UUID | None = None,
    undoes: int | None = None,
) -> None:
    """Log changes of many resources in their order; a resource may have several of them.

    `undoes` is the transaction of earlier events whose changes these take back.
    """
    shared = _shared(actor, project_id, undoes)
    copy_rows(Event, _COLUMNS, ((*shared, *_told(change)) for change in changes))
    _tell_listeners(project_id)


def _shared(actor: User | None, project_id: UUID | None, undoes: int | None = None) -> Row:
    assert connection.in_atomic_block, "an event belongs to the transaction of its change"
    actor_id = actor.pk if actor else None
    return actor_id, project_id, current_request_id(), timezone.now(), undoes


def _told(change: Change) -> Row:
    target = change.target
    name = target._meta.model_name  # noqa: SLF001 - Django's public API
    document_id = getattr(target, "document_id", None)
    return change.action, name, target.pk, document_id, change.before, change.after


@dataclass(frozen=True)
class _News:
    """Tell who listens to the database, once a transaction is committed, of a project's events.

    In the transaction itself it would make all commits of the database wait for one another
    (NOTIFY holds a lock until its commit). Here it has a transaction of its own, which waits for
    no disk, and for others of its kind a second at most. Whoever is not told reads a little later.
    """

    project_id: UUID

    def __call__(self) -> None:
        """Send it; a failure is logged and harms nobody."""
        try:
            with prepared(_TELL, [CHANNEL, str(self.project_id)]):
                pass
        except (Error, psycopg.Error) as error:
            logger.warning("Nobody was told of news in %s: %s", self.project_id, error)


def _tell_listeners(project_id: UUID | None) -> None:
    """Have listeners told after the commit, once however many events there are."""
    if project_id is None:
        return
    news = _News(project_id)
    # A savepoint that is rolled back takes what was registered in it out of this list.
    if all(waiting[1] != news for waiting in connection.run_on_commit):
        transaction.on_commit(news)
