"""The live process's server, in a thread of the tests, and clients that listen to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx

from config.live.__main__ import listener
from config.live.server import LiveServer
from documents.models import Project
from tests.client import Client
from tests.running_site import wait_for


class Message(NamedTuple):
    """A server-sent event."""

    id: str
    event: str
    data: Any


class Listener:
    """A client that has a stream open; what comes is parsed as the standard says."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.lines = response.iter_lines()
        self.last_id = ""
        self._messages = self._read()

    def take(self, count: int) -> list[Message]:
        """Return the next messages; fails where they do not come in time."""
        return [next(self._messages) for _ in range(count)]

    def rest(self) -> list[Message]:
        """Return what comes until the server ends the stream."""
        return list(self._messages)

    def _read(self) -> Iterator[Message]:
        event, data = "", ""
        for line in self.lines:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                event = value
            elif name == "data":
                data += value
            elif not line and data:
                yield Message(self.last_id, event, json.loads(data))
                event, data = "", ""


@contextmanager
def listening(url: str, timeout: float = 10.0, **headers: str) -> Iterator[Listener]:
    """Open a stream; `headers` as Last_Event_ID."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.stream("GET", url, headers=named, timeout=timeout) as response:
        assert response.status_code == 200, response.read()
        yield Listener(response)


@contextmanager
def live_server() -> Iterator[tuple[LiveServer, str]]:
    """Serve until the end of the block; yield the server and its address."""
    socket = listener("127.0.0.1:0")
    server = LiveServer()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive(), seconds=10)
        yield server, f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def address(client: Client, project: Project, query: str = "", **headers: str) -> str:
    """Return where the API leads who wants to listen."""
    answer = client.get(f"/projects/{project.pk}/events/stream{query}", **headers)
    assert answer.status_code == 307, answer.content
    return str(answer["Location"])


def refusal(url: str, **headers: str) -> tuple[int, str]:
    answer = httpx.get(url, headers=headers, timeout=10)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, str(answer.json()["code"])


def settled(server: LiveServer) -> bool:
    """Return whether all streams have been read for."""
    channels = list(server.hub.channels.values())
    return bool(channels) and not any(
        stream.is_behind for channel in channels for stream in list(channel.streams)
    )
