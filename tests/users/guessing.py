"""Guesses at one account from many addresses, and what a try takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tests.client import BASE
from tests.factories import PASSWORD
from tests.users.counting import CountingHasher
from users import tasks

NEW = "192.0.2.9"


def sign_in(password: str = PASSWORD, address: str = NEW, **sent: str) -> Any:
    """Try to sign in from an address."""
    asked = {"email": "ada@example.org", "password": password} | sent
    return Browser(REMOTE_ADDR=address).post(
        f"{BASE}/auth/token", asked, content_type="application/json"
    )


def guess(password: str = "a guess", tries: int = 12, **sent: str) -> None:
    """Guess at an account from many addresses, until nobody new is let in."""
    answers = [sign_in(password, f"198.51.100.{end}", **sent) for end in range(tries)]
    assert answers[-1].status_code == 429


def trust(token: str, address: str = "203.0.113.5") -> Any:
    """Follow a link, from wherever mails are read."""
    sent = {"token": token}
    client = Browser(REMOTE_ADDR=address)
    return client.post(f"{BASE}/auth/trust-address", sent, content_type="application/json")


def shown(response: Any) -> tuple[Any, ...]:
    """Return all that an answer shows, but for what names the request."""
    names = {"X-Request-ID": response["X-Request-ID"]}
    body = response.content.decode().replace(names["X-Request-ID"], "")
    headers = {name: value for name, value in response.headers.items() if name not in names}
    return response.status_code, body, headers, response.cookies.output()


class Steps:
    """Tells what a try takes that may be seen in its time."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.PASSWORD_HASHERS = ["tests.users.counting.CountingHasher"]
        self.taken: list[Any] = []
        for name in ("add", "incr", "decr", "get", "get_many", "set"):
            monkeypatch.setattr(LocMemCache, name, self._told(name, getattr(LocMemCache, name)))
        monkeypatch.setattr(tasks.send_mail, "delay_on_commit", self._sent)

    def _sent(self, *message: str) -> None:
        self.taken.append(("message", message[0], *map(len, message)))

    def _told(self, name: str, step: Any) -> Any:
        def told(*args: Any, **kwargs: Any) -> Any:
            self.taken.append(name)
            return step(*args, **kwargs)

        return told

    def of(self, ask: Callable[[], Any]) -> tuple[Any, ...]:
        self.taken.clear()
        CountingHasher.times = 0
        with CaptureQueriesContext(connection) as queries:
            assert ask().status_code == 429
        statements = [re.sub(r"'[^']*'", "", query["sql"]) for query in queries]
        return list(self.taken), statements, CountingHasher.times
