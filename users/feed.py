"""Follow the event log: each event once, and none before another that it came of.

Ids cannot be followed alone: of two transactions the one with the smaller ids may commit last, so
that a reader who is past them never sees it. Nor can the numbers of transactions, which tell when
one began to write and not when it came to the row that another one had.

A reader's place is therefore a snapshot of PostgreSQL's (pg_snapshot: which transactions are over).
It is handed what a newer snapshot holds and the last one does not, by id, in as many pages as it
takes. What has come of something was written after that was committed: it has a greater id, and
each snapshot that holds it holds the other. No lock is taken, nobody waits for long transactions,
and nothing is kept for a reader.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, F, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast

from users.models import Event

SNAPSHOT = re.compile(r"([0-9]{1,18}):([0-9]{1,18}):([0-9]{1,18}(?:,[0-9]{1,18})*)?")
LONGEST = 100_000  # characters: some thousands of transactions at once
# What the events of type `log` are about, of which each tells that a backup was restored.
RESTORATIONS = UUID(int=0)


class InvalidPosition(ValueError):
    """What was given is no place in the log."""


@dataclass(frozen=True)
class Snapshot:
    """Which transactions were over: all before `xmin`, none from `xmax` on, between not `xip`."""

    xmin: int
    xmax: int
    xip: tuple[int, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """Read PostgreSQL's way of writing it, such as `10:20:10,14`; raises InvalidPosition."""
        match = SNAPSHOT.fullmatch(text)
        if not match:
            raise InvalidPosition(text)
        xip = tuple(int(one) for one in (match[3] or "").split(",") if one)
        snapshot = cls(int(match[1]), int(match[2]), xip)
        ascending = (snapshot.xmin, *xip, snapshot.xmax)
        if snapshot.xmin < 1 or list(ascending) != sorted(ascending) or snapshot.xmax in xip:
            raise InvalidPosition(text)
        return snapshot

    def __str__(self) -> str:
        return f"{self.xmin}:{self.xmax}:{','.join(map(str, self.xip))}"


@dataclass(frozen=True)
class Position:
    """How far a reader is: past all that `seen` holds, and in `batch` past the event `after`.

    Between two batches there is none.
    """

    seen: Snapshot = Snapshot(1, 1)
    batch: Snapshot | None = None
    after: int = 0

    def __str__(self) -> str:
        """Return it as one opaque word."""
        told = [str(self.seen), self.batch and str(self.batch), self.after]
        return urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode()

    @classmethod
    def read(cls, word: str) -> Self:
        """Read what `str` wrote; raises InvalidPosition."""
        try:
            seen, batch, after = json.loads(urlsafe_b64decode(word[:LONGEST]))
            newer = None if batch is None else Snapshot.read(batch)
            return cls(Snapshot.read(seen), newer, _id(after))
        except (Error, ValueError, TypeError, RecursionError) as error:
            raise InvalidPosition(word[:100]) from error


START = Position()


def now() -> Position:
    """Return the place after all that is committed by now."""
    return Position(_snapshot())


def read(
    rows: QuerySet[Event], position: Position, limit: int, until: Position | None = None
) -> tuple[list[tuple[Event, Position]], Position]:
    """Return the next events, each with the place after it, and the place after all of them.

    `rows` are the events of interest, unordered. Fewer than `limit` are all that there are now,
    or were at `until`: a place of `now`, asked for after `position` was told, where readers from
    different places meet.
    """
    found: list[tuple[Event, Position]] = []
    if position.batch:
        found, position = _page(rows, position, limit)
    if len(found) < limit:
        newer = replace(position, batch=until.seen if until else _snapshot())
        more, position = _page(rows, newer, limit - len(found))
        found += more
    return found, position


def news(rows: QuerySet[Event], position: Position) -> tuple[QuerySet[Event], Position]:
    """Return all rows that a place of `now` is not past, and the place that is past them now."""
    newer = replace(position, batch=_snapshot())
    return _fresh(rows, newer), _past(newer)


def epoch() -> str:
    """Return which counting of transactions the log is in: places of another one mean nothing.

    A dump that is restored elsewhere begins to count anew there, and so does a backup from which
    the log is gone on with differently (see `users.services.log_restoration`).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT system_identifier FROM pg_control_system()),"
            " (SELECT max(id) FROM users_event WHERE target_id = %s)",
            [RESTORATIONS],
        )
        cluster, restored = cursor.fetchone()
    return f"{cluster:x}" if restored is None else f"{cluster:x}-{restored:x}"


def _page(
    rows: QuerySet[Event], position: Position, limit: int
) -> tuple[list[tuple[Event, Position]], Position]:
    """Return the next events of the batch at hand; a batch that is at its end is `seen`."""
    events = list(_fresh(rows, position).order_by("pk")[:limit])
    found = [(event, replace(position, after=event.pk)) for event in events]
    return found, found[-1][1] if len(events) == limit else _past(position)


def _fresh(rows: QuerySet[Event], position: Position) -> QuerySet[Event]:
    """Return what is left of the batch at hand."""
    batch = position.batch
    assert batch is not None
    return rows.filter(
        _holds(batch),
        ~_holds(position.seen),
        transaction__gte=position.seen.xmin,
        transaction__lt=batch.xmax,
        pk__gt=position.after,
    )


def _past(position: Position) -> Position:
    """Return the place after the batch at hand."""
    return Position(position.batch or position.seen)


def _holds(snapshot: Snapshot) -> Any:
    transaction = _As("xid8", Cast(F("transaction"), TextField()))
    return _IsVisible(transaction, _As("pg_snapshot", Value(str(snapshot))))


class _As(Func):
    template = "(%(expressions)s)::%(type)s"
    output_field = TextField()

    def __init__(self, type_name: str, expression: Any) -> None:
        super().__init__(expression, type=type_name)


class _IsVisible(Func):
    function = "pg_visible_in_snapshot"
    output_field = BooleanField()


def _snapshot() -> Snapshot:
    """Return what is over by now; in a transaction that keeps its snapshot it would stand still."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return Snapshot.read(cursor.fetchone()[0])


def _id(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise InvalidPosition(str(value)[:100])
    return value
