"""Note which workers live."""

from __future__ import annotations

import logging

from django.db import Error, connection
from django.utils import timezone

from documents.models import Worker

logger = logging.getLogger(__name__)


def tell_alive(*, name: str) -> None:
    """Note that the worker lives; logs instead of raising when the database is away."""
    try:
        Worker.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})
    except Error as error:
        logger.warning("Could not tell that this worker lives: %s", error)
    finally:
        # The worker's main process forks children, which must inherit neither a connection nor
        # a pool: its threads do not live on in them, and whoever waits for one waits for ever.
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
