"""The queue of a machine without a broker: kombu's file-system transport, whole in its files.

As kombu 5.7 has it, a message is in the queue from the moment that its file is opened, and so is
the table of an exchange. A worker that looks in between reads half a message, takes that for an
error of its own, and ends. Here both get their names when they are whole.

And a worker looks into it from an event loop, as it does with a real broker. Without one its
processes take tasks from one pipe under one lock, and a process that is killed while it waits there
takes the lock with it: no other ever has a task again. With one each has a pipe of its own.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.asynchronous import Hub
from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

EMPTY_TABLE = b"[]"


class Channel(filesystem.Channel):
    """A channel that shows no file before it is whole."""

    def _put(  # type: ignore[override] # kombu itself does not agree on the name
        self, queue: str, payload: Any, **_: Any
    ) -> None:
        """Put a message into the queue."""
        now = round(monotonic() * 1000)
        file = Path(self.data_folder_out) / f"{now}_{uuid4()}.{queue}.msg"
        try:
            _write(file, dumps(payload).encode())
        except OSError as error:
            raise ChannelError(f"Cannot add {file} to the queue") from error

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        table: Path = self._exchange_file(exchange)  # type: ignore[attr-defined]
        if not table.exists():
            self.control_folder.mkdir(exist_ok=True)
            _write(table, EMPTY_TABLE)
        super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):
    """What a broker's URL that begins with `filesystem` stands for."""

    Channel = Channel
    implements = filesystem.Transport.implements.extend(asynchronous=True)
    polling_interval: float  # seconds

    def register_with_event_loop(self, connection: Any, loop: Hub) -> None:
        """Have a worker's loop look for messages, since no file wakes it as a socket does."""
        loop.call_repeatedly(self.polling_interval, self._take, connection)

    def _take(self, connection: Any) -> None:
        with suppress(TimeoutError):  # there are none, or the worker has enough at hand
            while True:
                self.drain_events(connection, timeout=0)


def _write(file: Path, content: bytes) -> None:
    """Give a file its name once it is whole; one that has the name by then is left as it is."""
    unfinished = file.with_name(f".{uuid4()}")
    unfinished.write_bytes(content)
    try:
        os.link(unfinished, file)
    except FileExistsError:  # another process was first with the table
        pass
    finally:
        unfinished.unlink()
