"""The probes: one tells that the process lives, the other that all it needs answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import disk_usage
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from config.health import free_bytes
from documents.models import Worker
from tests.config.away import broker, closed_port, database_away, redis_at

ALL_WELL = dict.fromkeys(["database", "migrations", "cache", "broker", "worker", "disk"], "ok")
BESIDE = ("live", "disk")  # without these it is degraded


@pytest.fixture(autouse=True)
def _queue(tmp_path: Path) -> Iterator[None]:
    """Take as broker a folder of the test's own."""
    options = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path)}
    with broker("filesystem://", **options):
        yield


@pytest.fixture
def worker(db: None) -> Worker:
    """Return a worker that lives."""
    return Worker.objects.create(name="worker@here", seen_at=timezone.now())


def parts(status: int) -> dict[str, str]:
    """Ask whether the site is ready, and return the state of its parts."""
    started = time.monotonic()
    response: Any = Browser().get("/readyz")
    assert time.monotonic() - started < 5
    assert response.status_code == status
    body = response.json()
    healthy = "ok" if {body["parts"].get(name, "ok") for name in BESIDE} == {"ok"} else "degraded"
    assert body["status"] == (healthy if status == 200 else "unavailable")
    assert set(body) == {"status", "parts"}
    return dict(body["parts"])


def test_a_process_lives_without_anything_else() -> None:
    with redis_at(closed_port()):
        response: Any = Browser().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.usefixtures("worker")
def test_is_ready_when_all_answers() -> None:
    assert parts(200) == ALL_WELL


@pytest.mark.usefixtures("worker")
def test_is_not_ready_without_its_database() -> None:
    with database_away():
        assert parts(503) == ALL_WELL | {
            "database": "OperationalError",
            "migrations": "not asked",
            "worker": "not asked",
        }


@pytest.mark.usefixtures("worker")
def test_is_not_ready_before_a_migration() -> None:
    recorder = MigrationRecorder(connection)
    latest = recorder.migration_qs.latest("pk")
    recorder.record_unapplied(latest.app, latest.name)
    assert parts(503) == ALL_WELL | {"migrations": "not ready"}


@pytest.mark.usefixtures("worker")
def test_is_not_ready_without_its_cache() -> None:
    with redis_at(closed_port()):
        assert parts(503) == ALL_WELL | {"cache": "ConnectionError"}


@pytest.mark.usefixtures("worker")
def test_is_not_ready_without_its_broker() -> None:
    with broker(f"redis://127.0.0.1:{closed_port()}/0"):
        assert parts(503) == ALL_WELL | {"broker": "OperationalError"}


@pytest.mark.usefixtures("db")
def test_is_not_ready_without_a_worker() -> None:
    assert parts(503) == ALL_WELL | {"worker": "not ready"}


def test_is_not_ready_when_every_worker_is_silent(worker: Worker) -> None:
    Worker.objects.update(seen_at=timezone.now() - timedelta(seconds=31))
    assert parts(503) == ALL_WELL | {"worker": "not ready"}
    Worker.objects.create(name="worker@there", seen_at=timezone.now())
    assert parts(200) == ALL_WELL


def test_is_degraded_without_the_live_process(worker: Worker, settings: Settings) -> None:
    settings.LIVE_URL = "https://postil.example/live"
    assert parts(200) == ALL_WELL | {"live": "not ready"}
    live = Worker.objects.create(name="live@here", seen_at=timezone.now())
    assert parts(200) == ALL_WELL | {"live": "ok"}
    worker.delete()
    assert parts(503) == ALL_WELL | {"live": "ok", "worker": "not ready"}
    Worker.objects.update(seen_at=timezone.now() - timedelta(seconds=31))
    live.refresh_from_db()
    assert parts(503) == ALL_WELL | {"live": "not ready", "worker": "not ready"}
    with database_away():
        away = parts(503)
    assert (away["database"], away["live"]) == ("OperationalError", "not asked")


def test_is_degraded_where_the_disk_is_all_but_full(worker: Worker, settings: Settings) -> None:
    settings.DISK_MIN_FREE_BYTES = disk_usage("/").total
    settings.STORAGE_URL = "s3://postil"  # whose room is no business of ours
    assert parts(200) == ALL_WELL | {"disk": "not ready"}
    worker.delete()
    assert parts(503) == ALL_WELL | {"disk": "not ready", "worker": "not ready"}


def test_the_disk_of_files_counts_as_well(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR, settings.STORAGE_URL = tmp_path, "file:///proc/sys/kernel"  # has no room
    assert free_bytes() == 0
    settings.STORAGE_URL = (tmp_path / "not" / "made" / "yet").as_uri()
    assert free_bytes() > 0


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/schema", "/", "/metrics"])
def test_probes_and_pages_are_read_only(path: str) -> None:
    for method in ("post", "put", "patch", "delete"):
        response = getattr(Browser(), method)(path)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
