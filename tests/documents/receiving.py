"""A receiver of webhooks: a real HTTP server in a thread, which does as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from standardwebhooks import Webhook as Peer


class Message(NamedTuple):
    """What a receiver was sent."""

    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> Any:
        """Return what the message says, once an independent peer has verified it."""
        return Peer(secret).verify(self.body, self.headers)


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent, and answers as `status`, `headers` and `body` say."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.messages: list[Message] = []
        self.status, self.body = 204, b""
        self.headers: dict[str, str] = {}
        self.arrived = threading.Semaphore(0)
        self.held = threading.Event()  # cleared, no path of /held is answered
        self.held.set()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/hook"

    def handle_error(self, *args: object) -> None:
        """Stay silent: who is killed hangs up."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        server = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        server.messages.append(Message(self.path, headers, body))
        server.arrived.release()
        if self.path.startswith("/held"):
            server.held.wait(30)
        self.send_response(server.status)
        for name, value in server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(server.body)))
        self.end_headers()
        self.wfile.write(server.body)

    def log_message(self, *args: object) -> None:
        """Keep the tests' output to the tests."""


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """Run a receiver for a while."""
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.held.set()
            receiver.shutdown()
            thread.join()
