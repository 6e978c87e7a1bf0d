"""Reads at a streaming replica of PostgreSQL, for callers who know of nothing that it lacks.

A caller's reads may go there when it has replayed the log of the primary as far as that was when
the caller last wrote, or last read at the primary. So nobody misses a write of their own, or sees
time go back. The place in the log is asked of the primary when it is needed and kept in the cache
for DATABASE_REPLICA_SECONDS: nobody sees what is older than that, rights that were taken away
included. Who calls is asked at the primary, always.

It is kept under a stamp that each write of the caller renews, so that a place which was asked for
before the write and kept after it is never found. A cache that is away sends all to the primary;
one that fails for the moment of a write and is back within those seconds may cost a caller this.

At the replica the handler runs wholly or not at all: its connection stands in for the primary's,
raw statements and snapshots included. What a replica refuses (locks, writes, a conflict with its
replay) is done at the primary instead, for reads may be repeated.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, Error, connections
from psycopg.errors import QueryCanceled
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
REPLICA = "replica"
NOBODY = ""  # who calls without a sign-in; what they write concerns everybody
STAMP_SECONDS = 120  # longer than any request and any place lives
PAUSE = 5.0  # seconds for which a replica that was away is not asked again
Handler = Callable[..., Any]


class _Away:
    """Until when this process takes the replica for away."""

    until = 0.0


def is_used() -> bool:
    """Tell whether the site has a replica."""
    return REPLICA in connections


def read_there(handler: Handler, who: str) -> Handler:
    """Return the handler of a safe request, done at the replica where that knows enough."""

    @wraps(handler)
    def read(*args: Any, **kwargs: Any) -> Any:
        if knows_enough(who):
            try:
                with _standing_in():
                    return handler(*args, **kwargs)
            except Error as error:
                if isinstance(error.__cause__, QueryCanceled):  # it would take as long once more
                    raise
                logger.info("Read at the primary, for the replica refused: %s", error)
        try:
            return handler(*args, **kwargs)
        finally:
            renew(who)

    return read


def renew(who: str) -> None:
    """Let the next read of a caller know of all that the primary has by then."""
    try:
        cache.set(_stamp_of(who), uuid4().hex, STAMP_SECONDS)
    except (RedisError, OSError) as error:
        logger.warning("What was written may be missing at the replica for moments: %s", error)


def knows_enough(who: str) -> bool:
    """Tell whether the replica has replayed all that a caller may know of."""
    if time.monotonic() < _Away.until:
        return False
    try:
        place = _place_of(who)
    except (RedisError, OSError):
        return False
    try:
        with connections[REPLICA].cursor() as cursor:
            # One that was promoted replays nothing any more.
            cursor.execute(
                "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn", [place]
            )
            return bool(cursor.fetchone() == (True,))
    except Error as error:
        _Away.until = time.monotonic() + PAUSE
        logger.warning("The replica is away; all is read at the primary: %s", error)
        return False


def _place_of(who: str) -> str:
    """Return how far the log of the primary was when the caller last saw it, or is now."""
    stamps = cache.get_many([_stamp_of(NOBODY), _stamp_of(who)])
    key = f"replica-place:{who}:{':'.join(sorted(stamps.values()))}"
    place: str | None = cache.get(key)
    if place is None:
        place = _end_of_log()
        cache.set(key, place, settings.DATABASE_REPLICA_SECONDS)
    return place


def _end_of_log() -> str:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
        return str(cursor.fetchone()[0])


def _stamp_of(who: str) -> str:
    return f"replica-stamp:{who}"


@contextmanager
def _standing_in() -> Iterator[None]:
    """Let the replica's connection stand in for the primary's, which others may have meanwhile."""
    primary = connections[DEFAULT_DB_ALIAS]
    primary.close()
    connections[DEFAULT_DB_ALIAS] = connections[REPLICA]
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = primary
