"""Run things at the same time, each in a thread with a database connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Barrier
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Model

Result = TypeVar("Result")


def at_once(*calls: Callable[[], Result]) -> list[Result]:
    """Start all calls together and return their results in order; raises what the first raises."""
    barrier = Barrier(len(calls))

    def start(call: Callable[[], Result]) -> Result:
        barrier.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: _run(lambda: start(call)), calls))


def while_held(row: Model, *calls: Callable[[], Result], **changes: Any) -> list[Result]:
    """Start all calls while the row is locked, and let go of it when each waits for it or is done.

    Whoever decides by what was read before the lock is found out, without any luck in timing.
    The row may be changed as well: the calls start before that is committed, and end after.
    """
    with ThreadPoolExecutor(len(calls)) as pool:
        with transaction.atomic():
            type(row)._base_manager.select_for_update().get(pk=row.pk)
            if changes:
                type(row)._base_manager.filter(pk=row.pk).update(**changes)
            futures = [pool.submit(_run, call) for call in calls]
            _until_all_wait(futures)
        return [future.result() for future in futures]


def start_until_it_waits(pool: ThreadPoolExecutor, call: Callable[[], Result]) -> Future[Result]:
    """Start a call and return once it waits for a lock, or is done."""
    future = pool.submit(_run, call)
    _until_all_wait([future])
    return future


def _until_all_wait(futures: list[Future[Any]]) -> None:
    while not _all_wait(futures):
        wait(futures, timeout=0.02)


def _all_wait(futures: list[Future[Any]]) -> bool:
    done = sum(future.done() for future in futures)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees one state only
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        [waiting] = cursor.fetchone()
    return bool(done + waiting >= len(futures))


def _run(call: Callable[[], Result]) -> Result:
    try:
        return call()
    finally:
        connection.close()
