"""Web and worker are asked to stop in the middle of the work: they end it first."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from tests.faults.supervised_site import SupervisedSite
from tests.running_site import wait_for

pytestmark = pytest.mark.xdist_group("faults")


@contextmanager
def held(site: SupervisedSite, table: str) -> Iterator[psycopg.Connection[Any]]:
    """Let nobody write to a table for a while; everybody may read."""
    with psycopg.connect(site.server.url) as connection:
        connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield connection


def someone_waits(site: SupervisedSite, table: str) -> bool:
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
    with psycopg.connect(site.server.url) as connection:
        return connection.execute(waiting, [table]).fetchone() is not None


def ask_to_stop(site: SupervisedSite, part: str, until: str) -> None:
    """Send SIGTERM as a supervisor does, and wait until the part says that it knows."""
    log = site.var / "log" / f"{part}.log"
    os.kill(int((site.var / "log" / f"{part}.pid").read_text().split()[0]), signal.SIGTERM)
    wait_for(lambda: until in log.read_text(), seconds=5)


def ends(site: SupervisedSite, part: str) -> int | None:
    """Wait until a part has ended by itself; return its exit status."""
    process = site._parts[part].process
    wait_for(lambda: process.ended, seconds=30)
    assert process._process is not None
    return process._process.poll()


def test_a_stopping_web_server_answers_what_it_was_asked(site: SupervisedSite) -> None:
    site.run()
    with site.client() as client, ThreadPoolExecutor() as pool:
        with held(site, "documents_project"):
            asked = pool.submit(client.post, "/projects", json={"name": "Letters"})
            wait_for(lambda: someone_waits(site, "documents_project"))
            ask_to_stop(site, "web", "Handling signal: term")
            wait_for(lambda: is_closed(site))
            assert not asked.done()
        assert asked.result(30).status_code == 201
    assert ends(site, "web") == 0


def is_closed(site: SupervisedSite) -> bool:
    """Tell whether nobody takes further requests."""
    try:
        httpx.get(f"{site.address}/healthz", timeout=1)
    except httpx.TransportError:
        return True
    return False


def test_a_stopping_worker_ends_its_task(site: SupervisedSite) -> None:
    site.run()
    with site.client() as client:
        project = client.post("/projects", json={"name": "Letters"}).json()["id"]
        with held(site, "documents_revision"):
            files = {"file": ("Ada.txt", b"Ada lives in Turin.")}
            document = client.post(f"/projects/{project}/documents", files=files).json()["id"]
            wait_for(lambda: someone_waits(site, "documents_revision"))
            ask_to_stop(site, "worker", "Warm shutdown")
            assert client.get(f"/documents/{document}").json()["status"] == "processing"
        assert ends(site, "worker") == 0
        found = client.get(f"/documents/{document}").json()
        assert (found["status"], found["version"]) == ("ready", 3)  # made, claimed, finished: once
