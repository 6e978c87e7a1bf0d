"""Traces: one of each request and its jobs, over web, worker, PostgreSQL, Redis and webhooks.

Off unless OpenTelemetry's own variables name a collector; until then none of it is imported, for it
is an extra (`telemetry`) and takes time and memory. How it is done is in `tracing`, what leaves in
`discretion`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from django.conf import settings


def is_on() -> bool:
    """Return whether spans are made: a collector is named."""
    return bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT)


@cache
def start(role: str) -> None:
    """Begin to make spans in this process, `web` or `worker`, once, where that is wanted.

    Processes may be forked from it: what sends them begins with the first span.
    """
    if is_on():
        from config.telemetry import tracing  # an extra, see above

        tracing.begin(role)


def stop() -> None:
    """Send the spans at hand, before a process ends that runs no handlers of its exit."""
    if is_on():
        from config.telemetry import tracing  # an extra, see above

        tracing.end()


def trace_at_hand() -> dict[str, str]:
    """Return `trace_id` and `span_id`, in hexadecimal as collectors show them; empty without."""
    if not is_on():
        return {}
    from config.telemetry import tracing  # an extra, see above

    return tracing.trace_at_hand()


def note(facts: Mapping[str, str]) -> None:
    """Note ids of ours in the span at hand, as `postil.NAME`."""
    if is_on():
        from config.telemetry import tracing  # an extra, see above

        tracing.note(facts)


@contextmanager
def asking(method: str, place: str) -> Iterator[dict[str, str]]:
    """Span a request to a server ("host:port"); yield the headers that tell it of the trace."""
    if not is_on():
        yield {}
        return
    from config.telemetry import tracing  # an extra, see above

    with tracing.asking(method, place) as headers:
        yield headers
