"""What a process of a worker traces is sent before it ends; nothing is loaded unless asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.running_site import CHECKOUT
from tests.telemetry.collector import CLIENT, Collector

pytestmark = pytest.mark.xdist_group("seen")


def run(*command: str, **environment: str) -> str:
    return subprocess.check_output(
        [sys.executable, *command], cwd=CHECKOUT, env=os.environ | environment, text=True
    )


def test_a_process_sends_its_last_spans_before_it_ends(traces: Collector) -> None:
    said = run(
        *("-m", "tests.telemetry.worker_process"),
        DJANGO_SETTINGS_MODULE="config.settings",
        OTEL_EXPORTER_OTLP_ENDPOINT=traces.address,
        OTEL_BSP_SCHEDULE_DELAY="600000",
        OTEL_SERVICE_NAME="letters",
    )
    outside, at_hand, headers = json.loads(said)
    assert outside == {}
    spans = {span.name: span for span in traces.spans() if span.trace == at_hand["trace_id"]}
    assert set(spans) == {"work", "POST"}
    assert (spans["work"].role, spans["work"].service) == ("worker", "letters")
    assert spans["work"].attributes == {"postil.job_id": "7"}
    asking = spans["POST"]
    assert (asking.kind, asking.id, asking.parent) == (CLIENT, at_hand["span_id"], spans["work"].id)
    assert headers["traceparent"].split("-")[1:3] == [asking.trace, asking.id]


# redis-py by itself loads OpenTelemetry's API and metrics, where these are installed.
LOADED = """
import sys, config.wsgi, config.celery
from celery.signals import worker_process_init, worker_process_shutdown
worker_process_init.send(None)
worker_process_shutdown.send(None)
costly = ("opentelemetry.exporter", "opentelemetry.instrumentation", "prometheus_client")
print([name for name in sys.modules if name.startswith(costly)])
"""


def test_without_a_collector_and_a_token_nothing_of_it_is_loaded() -> None:
    off = {"OTEL_EXPORTER_OTLP_ENDPOINT": "", "METRICS_TOKEN": ""}
    assert run("-c", LOADED, **off) == "[]\n"
