"""Who is told of a project's events without asking: by the live stream, and by a webhook."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg

from tests.config.live_server import Listener
from tests.documents.receiving import Receiver
from tests.faults.people import Desk, Person
from tests.faults.supervised_site import SupervisedSite
from tests.running_site import wait_for

PATIENCE = 2.0  # seconds of silence after which a listener comes again
Event = dict[str, Any]


class Hearer:
    """A client of the live stream, which goes on after what it heard last."""

    def __init__(self, desk: Desk) -> None:
        self.person = Person(desk.client(desk.manager.http.headers), desk.ledger)
        self.path = f"{desk.path}/events"
        self.last = self.person.get(f"{self.path}?after=now")["cursor"]
        self.heard: list[int] = []

    def keep_listening(self, is_over: threading.Event) -> None:
        """Listen, and again whenever that ends."""
        while not is_over.wait(0.1):
            url = self.person.send("POST", f"{self.path}/ticket").json()["url"]
            resuming = {"Last-Event-ID": self.last}
            try:
                with httpx.stream("GET", url, headers=resuming, timeout=PATIENCE) as answer:
                    self._hear(answer)
            except httpx.TransportError:
                continue

    def _hear(self, answer: httpx.Response) -> None:
        assert answer.status_code in {200, 503}, answer.read()
        if answer.status_code == 200:
            listener = Listener(answer)
            while told := next(listener._messages, None):
                self.heard.append(told.data["id"])
                self.last = told.id

    def require(self, events: list[Event]) -> None:
        """Require that it hears, or has heard, each event since it began, once and in order."""
        began = min(self.heard)
        ids = [event["id"] for event in events if event["id"] >= began]
        wait_for(lambda: len(self.heard) >= len(ids))
        assert sorted(self.heard) == sorted(ids)


class Hook:
    """A webhook of a project, and what came of it at its receiver."""

    def __init__(self, desk: Desk, receiver: Receiver, *actions: str) -> None:
        self.receiver, self.actions = receiver, actions
        content = {"url": f"http://{receiver.place}/{desk.project}", "actions": actions}
        answer = desk.manager.post(f"{desk.path}/webhooks", json=content)
        assert answer.status_code == 201, answer.text
        self.path, self.secret = f"/{desk.project}", answer.json()["secret"]
        self.begun = answer.json()["id"]

    def require(self, events: list[Event]) -> None:
        """Require that each event since it was made arrives, signed, at least once."""
        kinds = [event["target_id"] for event in events]
        later = events[kinds.index(self.begun) + 1 :]
        ids = {event["id"] for event in later if self._is_wanted(event["action"])}
        assert ids
        wait_for(lambda: self._arrived() >= ids, seconds=120)
        assert all(message.verified(self.secret) for message in self._messages())

    def _is_wanted(self, action: str) -> bool:
        return not self.actions or action.split(".", maxsplit=1)[0] in self.actions

    def _arrived(self) -> set[int]:
        return {json.loads(message.body)["data"]["id"] for message in self._messages()}

    def _messages(self) -> list[Any]:
        return [message for message in self.receiver.messages if message.path == self.path]


@contextmanager
def hearing(desk: Desk) -> Iterator[Hearer]:
    """Listen to a project's live stream until the end of the block."""
    is_over, hearer = threading.Event(), Hearer(desk)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(hearer.keep_listening, is_over)
        try:
            yield hearer
        finally:
            is_over.set()
    future.result()


def let_leases_of_deliveries_run_out(site: SupervisedSite) -> None:
    """Have it be a minute later for what a sender had under way when it died."""
    with psycopg.connect(site.server.url) as connection:
        connection.execute(
            "UPDATE documents_delivery SET lease_expires_at = now()"
            " WHERE lease_expires_at IS NOT NULL"
        )
