"""Tasks are sent when the change is kept, carry its request's id, and tell that they are worked."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.db import transaction
from kombu.asynchronous.timer import Timer

from config.api.request_id import bound_request_id, current_request_id
from config.celery import SignOfLife, app, keep_what_is_loaded, make_queue_folders
from documents.models import Worker
from tests.config.away import broker, closed_port

REALLY = pytest.mark.django_db(transaction=True)
postil: Any = app
seen: list[str] = []


@app.task(name="tests.look")
def look() -> str:
    """Note the id of the request that sent this task."""
    seen.append(current_request_id())
    return seen[-1]


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a queue of the test's own, which is empty."""
    folder, control = tmp_path / "queue", tmp_path / "control"
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": control}
    with broker("filesystem://", **{name: str(path) for name, path in options.items()}):
        make_queue_folders(postil)
        yield folder


def sent(queue: Path) -> list[dict[str, Any]]:
    """Return the messages in a queue."""
    return [json.loads(file.read_text()) for file in queue.iterdir()]


@REALLY
def test_a_task_is_sent_when_the_change_is_kept(queue: Path) -> None:
    with bound_request_id("call-7"), transaction.atomic():
        look.delay_on_commit()
        assert sent(queue) == []
    (message,) = sent(queue)
    assert message["headers"]["task"] == "tests.look"
    assert message["headers"]["request_id"] == "call-7"


@REALLY
def test_a_task_is_not_sent_when_the_change_is_undone(queue: Path) -> None:
    with transaction.atomic():
        look.delay_on_commit()
        transaction.set_rollback(True)
    assert sent(queue) == []


@REALLY
def test_a_broker_that_is_away_fails_nothing_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    started = time.monotonic()
    with broker(f"redis://127.0.0.1:{closed_port()}/0"), transaction.atomic():
        look.delay_on_commit()
    assert time.monotonic() - started < 4  # two of them pass in trying to connect
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]


def test_a_task_runs_under_the_id_of_its_request() -> None:
    assert look.apply(headers={"request_id": "call-8"}).get() == "call-8"
    assert current_request_id() == "-"


def test_a_task_of_no_request_runs_under_its_own_id() -> None:
    assert look.apply(task_id="task-9").get() == "task-9"


@REALLY
def test_a_worker_takes_tasks_from_the_queue_and_tells_that_it_lives(queue: Path) -> None:
    with bound_request_id("call-10"):
        look.delay_on_commit()
    with start_worker(postil, pool="solo", perform_ping_check=False):
        deadline = time.monotonic() + 30
        while "call-10" not in seen and time.monotonic() < deadline:
            time.sleep(0.05)
    assert "call-10" in seen
    assert Worker.objects.count() == 1


@REALLY
def test_the_sign_of_life_begins_and_ends_with_the_worker(queue: Path) -> None:
    worker = SimpleNamespace(hostname="worker@here", timer=Timer())
    step = SignOfLife(worker)
    step.start(worker)
    first = Worker.objects.get(name="worker@here").seen_at
    (entry,) = worker.timer.queue
    entry.entry()
    assert Worker.objects.get(name="worker@here").seen_at > first
    step.stop(worker)
    assert step.entry.canceled


def test_what_a_worker_has_loaded_is_not_looked_through_again() -> None:
    gc.unfreeze()
    try:
        keep_what_is_loaded()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_a_real_broker_needs_no_folders(tmp_path: Path) -> None:
    with broker("amqp://127.0.0.1//"):
        make_queue_folders(postil)
    assert list(tmp_path.iterdir()) == []
