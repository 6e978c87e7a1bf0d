"""The heart of the live process: it hears of news and has the channels of the projects read."""

from __future__ import annotations

import asyncio
import logging
import platform
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection

from config.api.problems import TooManyRequests, Unavailable
from config.live.reading import projects_with_news, with_connection
from config.live.streams import AWAY, Channel, Stream
from documents.services.workers import STREAMING, note_alive, note_gone
from users.feed import Position
from users.services.events import CHANNEL

logger = logging.getLogger(__name__)
THREADS = 4
POLL_SECONDS = 3.0  # the latest at which news is found of which nobody was told
QUIET_SECONDS = 30.0  # after which the connection that listens is tried
LONGEST_PAUSE = 15.0
TELL_SECONDS = 5.0
MOST_OF_ONE = 100  # streams of one user


class Hub:
    """All streams of the process, by project, and what tells them that there is news."""

    def __init__(self) -> None:
        self.channels: dict[UUID, Channel] = {}
        self._of_users: Counter[UUID] = Counter()
        self._threads = ThreadPoolExecutor(THREADS, "database")
        self._tasks: set[asyncio.Task[None]] = set()
        self._name = f"{STREAMING}{platform.node()}"

    async def ask(self, call: Callable[..., Any], *args: Any) -> Any:
        """Return what a call returns that asks the database."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, with_connection, partial(call, *args))

    def start(self) -> None:
        """Begin to hear of news. Behind PgBouncer nobody can listen, and asking must do."""
        self._spawn(self._tell())
        self._spawn(self._poll())
        if not settings.DATABASE_PGBOUNCER:
            self._spawn(self._listen())

    def stop(self) -> None:
        """Let everybody go."""
        for channel in self.channels.values():
            for stream in channel.streams:
                stream.end()
        for task in self._tasks:
            task.cancel()

    async def leave(self) -> None:
        """Tell that nobody is here any more."""
        with suppress(*AWAY):
            await self.ask(partial(note_gone, name=self._name))

    @asynccontextmanager
    async def joined(self, stream: Stream) -> AsyncIterator[Channel]:
        """Have a stream read for, for a while; raises Unavailable, TooManyRequests."""
        user, project = stream.ticket.user_id, stream.ticket.project_id
        if self._of_users.total() >= settings.LIVE_MAX_LISTENERS:
            raise Unavailable("As many listen as can.", headers={"Retry-After": "30"})
        if self._of_users[user] >= MOST_OF_ONE:
            raise TooManyRequests(f"You listen {MOST_OF_ONE} times already.")
        self._of_users[user] += 1
        channel = self._channel(project)
        channel.streams.add(stream)
        channel.stir()
        try:
            yield channel
        finally:
            channel.streams.discard(stream)
            self._of_users -= Counter([user])
            channel.stir()

    def _channel(self, project: UUID) -> Channel:
        """Return the channel of a project, which is made and run where there is none."""
        if project not in self.channels:
            self.channels[project] = channel = Channel(self.ask)
            self._spawn(self._run(project, channel))
        return self.channels[project]

    async def _run(self, project: UUID, channel: Channel) -> None:
        try:
            await channel.run()
        finally:  # a fault of ours leaves nobody waiting in vain
            del self.channels[project]
            for stream in channel.streams:
                stream.end()

    async def _tell(self) -> None:
        """Tell the database every few seconds that this process lives; /readyz reads it."""
        while True:
            with suppress(*AWAY):
                await self.ask(partial(note_alive, name=self._name))
            await asyncio.sleep(TELL_SECONDS)

    async def _poll(self) -> None:
        """Ask for news every few seconds, so that none is lost of which nobody was told."""
        position: Position | None = None
        while True:
            await asyncio.sleep(POLL_SECONDS)
            with suppress(*AWAY):  # the channels say so
                asked = list(self.channels)
                found, position = await self.ask(projects_with_news, asked, position)
                self._stir(found)

    async def _listen(self) -> None:
        """Hear what the database is told after commits, and try again while it is away."""
        pause = 0.0
        while True:
            await asyncio.sleep(pause)
            try:
                async with await _listening() as heard:
                    pause = 0.0
                    self._stir(self.channels)
                    await self._hear(heard)
            except psycopg.Error as error:
                logger.warning("Nobody tells of news for a while; it is asked for: %s", error)
                pause = min(2 * pause + 1, LONGEST_PAUSE)

    async def _hear(self, heard: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for told in heard.notifies(timeout=QUIET_SECONDS):
                with suppress(ValueError):  # anybody who may connect can say anything
                    self._stir([UUID(told.payload)])
            await heard.execute("SELECT 1")

    def _stir(self, projects: Any) -> None:
        for project in projects:
            if channel := self.channels.get(project):
                channel.stir()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _listening() -> psycopg.AsyncConnection[Any]:
    """Return a connection of its own, not of the pool, that is told of events."""
    given = connection.get_connection_params()
    of_libpq = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    parameters = {name: value for name, value in given.items() if name in of_libpq}
    opened = await psycopg.AsyncConnection.connect(autocommit=True, **parameters)
    await opened.execute(f"LISTEN {CHANNEL}")
    return opened
