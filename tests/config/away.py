"""Parts that do not answer: nothing listens where they are looked for."""

from __future__ import annotations

import os
import runpy
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connections
from django.test import override_settings

from config import settings
from config.celery import app

FILES = "config.file_queue:Transport"


def closed_port() -> int:
    """Return a port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def database_away() -> Iterator[None]:
    """Look for the database where there is none; the test's own transaction goes on afterwards."""
    real = connections["default"]
    known = real.settings_dict
    options = {name: value for name, value in known["OPTIONS"].items() if name != "pool"}
    elsewhere = {"HOST": "127.0.0.1", "PORT": str(closed_port()), "OPTIONS": options}
    connections["default"] = type(real)({**known, **elsewhere}, "default")
    try:
        yield
    finally:
        connections["default"] = real


@contextmanager
def redis_at(port: int) -> Iterator[None]:
    """Take as cache what the settings make of a REDIS_URL with this port."""
    with patch.dict(os.environ, REDIS_URL=f"redis://127.0.0.1:{port}/0"):
        served = runpy.run_path(settings.__file__)
    with override_settings(CACHES=served["CACHES"]):
        yield


@contextmanager
def broker(url: str, **options: str) -> Iterator[None]:
    """Send tasks to another broker."""
    own = {
        "broker_url": url,
        "broker_write_url": url,
        "broker_transport": FILES if url.startswith("filesystem") else None,
        "broker_transport_options": options,
    }
    before = {name: app.conf.get(name) for name in own}
    _connect_anew(own)
    try:
        yield
    finally:
        _connect_anew(before)


def _connect_anew(changes: dict[str, Any]) -> None:
    app.conf.update(changes)
    celery: Any = app
    celery._after_fork()  # forgets the connections that it keeps
