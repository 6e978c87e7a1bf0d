"""How traces are made: OpenTelemetry's instrumentations, sent by OTLP over HTTP.

A task belongs to the trace of who sent it, and the next turn of a job is sent by the one before:
so a request, its tasks and all turns of its job are one trace. What the sweep sends again, after a
lost message or worker, belongs to the sweep's; the job's id in each of these spans leads from one
to the other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from config.api.request_id import current_request_id
from config.telemetry.discretion import DiscreetExporter

DEFAULTS = {
    "OTEL_SERVICE_NAME": "postil",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "http,database",  # the names that will not change
}
PROBES = "/(healthz|readyz|metrics)$"  # asked all the time, of no interest
# The answer to a request for a host that is not ours has its headers all the same: what looks for
# the host stands within those that put them on.
WITHIN = "config.middleware.FrontGateMiddleware"
TRACE_ID = "postil.trace_id"


def begin(role: str) -> None:
    """Make spans from here on, and send them every few seconds."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    provider = TracerProvider(resource=Resource.create({"postil.role": role}))
    provider.add_span_processor(Sender())
    trace.set_tracer_provider(provider)
    position = settings.MIDDLEWARE.index(WITHIN)
    DjangoInstrumentor().instrument(
        middleware_position=position, request_hook=_note_request, excluded_urls=PROBES
    )
    PsycopgInstrumentor().instrument()
    RedisInstrumentor().instrument()
    CeleryInstrumentor().instrument()


class Sender(SpanProcessor):
    """Sends spans from a thread, which begins with the first of them.

    A process that is forked from another, as gunicorn's are, has none of its threads: whoever makes
    spans begins one of its own.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._batches: BatchSpanProcessor | None = None

    def on_end(self, span: ReadableSpan) -> None:
        """Put a span into the next batch."""
        with self._lock:
            if self._batches is None:
                self._batches = BatchSpanProcessor(DiscreetExporter(OTLPSpanExporter()))
        self._batches.on_end(span)

    def shutdown(self) -> None:
        """Send what was not sent yet."""
        if self._batches is not None:
            self._batches.shutdown()


def end() -> None:
    """Send what was not sent yet, and no more."""
    cast("TracerProvider", trace.get_tracer_provider()).shutdown()


def trace_at_hand() -> dict[str, str]:
    """Return `trace_id` and `span_id` of the span at hand; empty outside of one."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(context.trace_id),
        "span_id": trace.format_span_id(context.span_id),
    }


def note(facts: Mapping[str, str]) -> None:
    """Note ids of ours in the span at hand."""
    trace.get_current_span().set_attributes({f"postil.{name}": facts[name] for name in facts})


@contextmanager
def asking(method: str, place: str) -> Iterator[dict[str, str]]:
    """Span a request to another server; yield the headers that tell it of the trace."""
    tracer = trace.get_tracer(__name__)
    facts = {"http.request.method": method, "server.address": place}
    with tracer.start_as_current_span(method, kind=trace.SpanKind.CLIENT, attributes=facts):
        headers: dict[str, str] = {}
        propagate.inject(headers)
        yield headers


def _note_request(span: Any, request: HttpRequest) -> None:
    span.set_attribute("postil.request_id", current_request_id())
    request.META[TRACE_ID] = trace.format_trace_id(span.get_span_context().trace_id)
