"""Keep a job's lease while something takes long."""

from __future__ import annotations

import time
from typing import IO

from django.conf import settings

from documents.jobs import Turn

# The part of a lease after which it is renewed.
PART = 0.3
CHUNK = 1 << 20


class Renewing:
    """Renews a turn's lease when a part of it has passed; call it as often as you like.

    Raises LeaseLost and CancelRequested, as the turn does.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._every = settings.PROCESSING_LEASE.total_seconds() * PART
        self._last = time.monotonic()

    def __call__(self, done: int = 0, total: int = 0) -> None:
        if time.monotonic() - self._last > self._every:
            self._turn.keep()
            self._last = time.monotonic()

    def copy(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Copy a file to its end, and let the target stand at its beginning."""
        while chunk := source.read(CHUNK):
            target.write(chunk)
            self()
        target.seek(0)
