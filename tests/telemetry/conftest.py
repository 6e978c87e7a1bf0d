"""One site for all that operators see of it: its traces and its log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.documents.receiving import Receiver, running_receiver
from tests.faults.supervised_site import REDIS, redis_server
from tests.running_site import RunningSite, running_site
from tests.telemetry.collector import Collector, collector


@pytest.fixture(scope="package")
def traces() -> Iterator[Collector]:
    with collector() as running:
        yield running


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture(scope="package")
def whole_site(
    tmp_path_factory: pytest.TempPathFactory, traces: Collector, receiver: Receiver
) -> Iterator[RunningSite]:
    folder = tmp_path_factory.mktemp("seen")
    settings = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": traces.address,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "LOG_FORMAT": "json",
        "JOB_TURN_SECONDS": "0.01",
        "WEBHOOK_ALLOWED_HOSTS": receiver.place,
    }
    with ExitStack() as running:
        if REDIS:
            redis = running.enter_context(redis_server(folder))
            settings |= {"REDIS_URL": redis.url, "WEB_PROCESSES": "2"}
        yield running.enter_context(running_site(folder, **settings))


@pytest.fixture
def site(whole_site: RunningSite) -> Iterator[RunningSite]:
    """Return the site; where a test fails, what its parts have logged is shown."""
    yield whole_site
    for log in sorted((whole_site.var / "log").glob("*.log")):
        sys.stdout.write(f"== {log.name}\n{log.read_text()[-3000:]}")


@pytest.fixture
def client(site: RunningSite) -> Iterator[httpx.Client]:
    with site.client() as signed_in:
        yield signed_in


@pytest.fixture
def project(client: httpx.Client) -> str:
    answer = client.post("/projects", json={"name": "Letters"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
