"""Who listens: one stream for each client, and one channel for all streams of a project.

A stream is a place in the feed. When there is news, a channel reads once for all streams that
have the same ticket and place, from each place to the same present: so they meet there, and are
read for together from then on. Nothing is kept for who is slow: they are left out until they have
taken what they were given, and read for from where they are.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import psycopg
from django.db import Error

from config.api.problems import Problem
from config.live.reading import Batch, read
from documents.services.event_feed import Place, present
from documents.services.live_tickets import Ticket

logger = logging.getLogger(__name__)
RECHECK_SECONDS = 20.0  # within which is asked anew who may listen
RETRY_SECONDS = 1.0
AWAY: tuple[type[Exception], ...] = (Error, psycopg.Error)
Ask = Callable[..., Awaitable[Any]]


class Stream:
    """One client: the place after all that it was given, and what of that is not sent yet."""

    def __init__(self, ticket: Ticket, place: Place) -> None:
        self.ticket = ticket
        self.place = place
        self.is_busy = False
        self.is_behind = True
        self.is_over = False
        self._text = b""
        self._stirred = asyncio.Event()

    def give(self, batch: Batch) -> None:
        """Hand over what comes next."""
        self.place, self.is_behind = batch.place, batch.has_more
        if batch.text:
            self._text, self.is_busy = batch.text, True
            self._stirred.set()

    def end(self) -> None:
        """Let the client go."""
        self.is_over = True
        self._stirred.set()

    async def next(self, seconds: float) -> bytes | None:
        """Return what is to be sent; b"" when nothing came for a time, None at the end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), seconds)
        self._stirred.clear()
        if self.is_over:
            return None
        text, self._text = self._text, b""
        return text


class Channel:
    """All streams of a project, and the task that reads for them while there are any."""

    def __init__(self, ask: Ask) -> None:
        self.streams: set[Stream] = set()
        self._ask = ask
        self._news = asyncio.Event()

    def stir(self) -> None:
        """Have news read."""
        self._news.set()

    def sent(self, stream: Stream) -> None:
        """Read on for a stream that has taken what it was given, if there may be more."""
        stream.is_busy = False
        if stream.is_behind:
            self.stir()

    async def run(self) -> None:
        """Read whenever there is news, and from time to time without, until nobody listens."""
        while self.streams:
            self._news.clear()
            try:
                await self._read()
            except AWAY as error:
                logger.warning("The database does not answer; streams wait: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), RECHECK_SECONDS)

    async def _read(self) -> None:
        """Bring all streams that are ready to the present."""
        groups: dict[tuple[Ticket, Place], list[Stream]] = defaultdict(list)
        for stream in self.streams:
            if stream.is_busy:
                stream.is_behind = True
            else:
                groups[stream.ticket, stream.place].append(stream)
        until = await self._ask(present)  # after the streams were looked at, who are none past it
        for (ticket, place), streams in groups.items():
            try:
                batch = await self._ask(read, ticket, place, until)
            except Problem as refusal:
                logger.info("A listener is let go: %s", refusal)
                for stream in streams:
                    stream.end()
            else:
                for stream in streams:
                    stream.give(batch)
