"""Note which workers live, and which live processes: these stream events."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import Error, connection
from django.db.models import QuerySet
from django.utils import timezone

from documents.models import Worker

logger = logging.getLogger(__name__)
SILENCE = timedelta(seconds=30)  # after which a worker counts as gone
STREAMING = "live@"  # before the names of live processes, which do no work


def tell_alive(*, name: str) -> None:
    """Note that the worker lives; logs instead of raising when the database is away."""
    with _apart():
        note_alive(name=name)


def tell_gone(*, name: str) -> None:
    """Note that the worker has stopped, so that nobody counts on it; logs as tell_alive does."""
    with _apart():
        note_gone(name=name)


def note_alive(*, name: str) -> None:
    """Note that a worker or a live process lives; raises what the database raises."""
    Worker.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})


def note_gone(*, name: str) -> None:
    """Note that a worker or a live process has stopped; raises what the database raises."""
    Worker.objects.filter(name=name).delete()


def any_alive() -> bool:
    """Return whether any worker has told lately that it lives."""
    return _alive().exclude(name__startswith=STREAMING).exists()


def any_streaming() -> bool:
    """Return whether any live process has told lately that it lives."""
    return _alive().filter(name__startswith=STREAMING).exists()


def count_alive() -> dict[str, int]:
    """Return how many workers, and how many live processes, have told lately that they live."""
    names = _alive().values_list("name", flat=True)
    live = sum(name.startswith(STREAMING) for name in names)
    return {"worker": len(names) - live, "live": live}


def _alive() -> QuerySet[Worker]:
    return Worker.objects.filter(seen_at__gt=timezone.now() - SILENCE)


@contextmanager
def _apart() -> Iterator[None]:
    """Write and leave nothing open.

    The worker's main process forks children, which must inherit neither a connection nor a pool:
    its threads do not live on in them, and whoever waits for one waits for ever.
    """
    try:
        yield
    except Error as error:
        logger.warning("Could not tell that this worker lives: %s", error)
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
