"""The live process, running, and who may listen to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from config.live import hub
from config.live.server import LiveServer
from documents.models import Role
from tests.client import Client
from tests.config.live_server import live_server

Make = Callable[[str], Client]


@pytest.fixture
def live(
    transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveServer]:
    """Return a running server that the API leads to; it asks for news only when it is told."""
    monkeypatch.setattr(hub, "POLL_SECONDS", 60.0)
    with live_server() as (server, address):
        settings.LIVE_URL = address
        yield server


@pytest.fixture
def curator(member: Make) -> Client:
    return member(Role.CURATOR)
