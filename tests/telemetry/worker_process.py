"""A process that works and ends as one of a worker does; it is run as a module.

It prints what its log lines and another server would be told of the trace.
"""

from __future__ import annotations

import json
import os
import sys

import django

django.setup()

from celery.signals import worker_process_init, worker_process_shutdown  # noqa: E402
from opentelemetry import trace  # noqa: E402

from config import telemetry  # noqa: E402

worker_process_init.send(None)
outside = telemetry.trace_at_hand()
with trace.get_tracer("tests").start_as_current_span("work"):
    telemetry.note({"job_id": "7"})
    with telemetry.asking("POST", "hooks.example:443") as headers:
        at_hand = telemetry.trace_at_hand()
worker_process_shutdown.send(None)
sys.stdout.write(json.dumps([outside, at_hand, headers]))
sys.stdout.flush()
if "COVERAGE_PROCESS_CONFIG" not in os.environ:
    os._exit(0)  # as billiard ends a process: without what is registered for its exit
