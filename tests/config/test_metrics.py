"""What Prometheus is told, and who may read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from config.metrics.requests import route_of
from documents.models import Delivery, DeliveryState, Document, JobState, Status, Worker
from tests.client import Client
from tests.config.away import broker, closed_port, database_away
from tests.factories import DeliveryFactory, DocumentFactory, JobFactory

pytestmark = pytest.mark.django_db
TOKEN = "only-for-tests-only-for-tests-only-for-tests"
COUNTING = "config.metrics.requests.MetricsMiddleware"


@pytest.fixture(autouse=True)
def _metrics(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Have metrics that may be read, and a queue of the test's own."""
    settings.METRICS_TOKEN = TOKEN
    settings.MIDDLEWARE = [COUNTING, *settings.MIDDLEWARE]
    with broker("filesystem://", data_folder_in=str(tmp_path), data_folder_out=str(tmp_path)):
        yield


def ask(token: str = TOKEN, **headers: str) -> Any:
    return Browser().get("/metrics", headers={"authorization": f"Bearer {token}", **headers})


def told() -> dict[str, float]:
    """Return every sample by its name and labels, without the `postil_` before all of ours."""
    answer = ask()
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    lines = re.findall(r"^postil_(.+) (\S+)$", answer.content.decode(), re.MULTILINE)
    assert [name for name, _ in lines if [each for each, _ in lines].count(name) > 1] == []
    return {name: float(value) for name, value in lines}


def document_that_is(status: Status, **members: Any) -> None:
    document = DocumentFactory.create()
    Document.objects.filter(pk=document.pk).update(status=status, **members)


def test_there_are_none_without_a_token(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert ask().status_code == ask("").status_code == 404


@pytest.mark.parametrize("token", ["", TOKEN[:-1], TOKEN + "x", "ü"])
def test_who_has_not_the_token_reads_nothing(token: str) -> None:
    answer = ask(token)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == "not_authenticated"


def test_requests_are_counted_by_route(stranger: Client) -> None:
    asked = {'route="v1:project",status="404"': "/projects/00000000-0000-0000-0000-000000000007"}
    asked['route="none",status="404"'] = "/nothing/" + "x" * 50
    before = told()
    for labels, path in asked.items():
        stranger.get(path)
        name = f'http_requests_total{{method="GET",{labels}}}'
        assert told()[name] == before.get(name, 0) + 1
    stranger.send("BREW", "/projects", None)
    after = told()
    assert after['http_requests_total{method="other",route="v1:projects",status="405"}'] >= 1
    assert after['http_request_duration_seconds_count{method="other",route="v1:projects"}'] >= 1
    assert "xxxx" not in str(after)


def test_a_request_that_was_never_led_anywhere_has_no_route() -> None:
    assert route_of(RequestFactory().get("/")) == "none"


def test_the_pool_is_told_of() -> None:
    found = told()
    assert found['database_pool_connections{state="open"}'] >= 1
    assert found['database_pool_connections{state="used"}'] >= 0
    assert found["database_pool_waiting"] == 0


def test_what_waits_is_counted_and_for_how_long() -> None:
    earlier = timezone.now() - timedelta(minutes=5)
    for _ in range(2):
        document_that_is(Status.PENDING)
    document_that_is(Status.PENDING, deleted_at=timezone.now())
    Document.objects.update(updated_at=earlier)
    JobFactory.create(state=JobState.PENDING)
    in_an_hour = timezone.now() + timedelta(hours=1)
    DeliveryFactory.create(state=DeliveryState.PENDING, next_attempt_at=in_an_hour)
    found = told()
    assert found['waiting{work="documents"}'] == 2
    assert 300 <= found['oldest_waiting_seconds{work="documents"}'] < 360
    assert found['waiting{work="jobs"}'] == 1
    assert 0 <= found['oldest_waiting_seconds{work="jobs"}'] < 60
    assert found['waiting{work="deliveries"}'] == 1
    assert found['oldest_waiting_seconds{work="deliveries"}'] == 0  # its time has not come
    Delivery.objects.update(next_attempt_at=earlier)
    assert told()['oldest_waiting_seconds{work="deliveries"}'] >= 300


def test_jobs_are_counted_by_kind_and_state() -> None:
    for state in (JobState.RUNNING, JobState.RUNNING, JobState.SUCCEEDED):
        JobFactory.create(kind="import", state=state)
    long_ago = "01890000-0000-7000-8000-000000000000"
    JobFactory.create(pk=long_ago, kind="erasure", state=JobState.SUCCEEDED)
    JobFactory.create(kind="erasure", state=JobState.RUNNING)
    counted = {name: value for name, value in told().items() if name.startswith("jobs")}
    assert counted == {
        'jobs{kind="import",state="running"}': 2,
        'jobs{kind="import",state="succeeded"}': 1,
        'jobs{kind="erasure",state="running"}': 1,
    }


def test_documents_are_counted_by_status() -> None:
    for status in (Status.PROCESSING, Status.PENDING, Status.PENDING):
        document_that_is(status)
    for _ in range(5):
        DocumentFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE documents_document")
    found = told()
    assert found['documents{status="pending"}'] == 2
    assert found['documents{status="processing"}'] == 1
    assert found['documents{status="ready"}'] == pytest.approx(5, abs=0.01)
    assert found['table_rows{table="documents_document"}'] == Document.objects.count()
    assert 'table_rows{table="annotations_annotation"}' in found


def test_workers_and_messages_and_room_are_told_of(tmp_path: Path) -> None:
    for name in ("celery@here", "celery@there", "live@here"):
        Worker.objects.create(name=name, seen_at=timezone.now())
    Worker.objects.create(name="celery@gone", seen_at=timezone.now() - timedelta(minutes=1))
    (tmp_path / "1_a.celery.msg").touch()
    found = told()
    assert (found['workers{kind="worker"}'], found['workers{kind="live"}']) == (2, 1)
    assert found['queue_messages{queue="celery"}'] == 1
    assert found["disk_free_bytes"] > 0


def test_a_queue_that_the_broker_does_not_know_is_empty() -> None:
    with broker("memory://"):
        assert told()['queue_messages{queue="celery"}'] == 0


def test_what_does_not_answer_is_told_and_left_out() -> None:
    with broker(f"redis://127.0.0.1:{closed_port()}/0"):
        found = told()
    assert found['up{question="queue_messages"}'] == 0
    assert found['up{question="waiting"}'] == 1
    assert not [name for name in found if name.startswith("queue_messages")]


def test_requests_are_told_of_while_the_database_is_away() -> None:
    with database_away():
        found = told()
    assert found['up{question="waiting"}'] == 0
    assert found['up{question="disk_free_bytes"}'] == 1
    assert [name for name in found if name.startswith("http_requests_total")]
