"""What of a span leaves the site."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from config.telemetry.discretion import DiscreetExporter, discreet


def test_a_span_leaves_with_known_attributes_and_without_words() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(DiscreetExporter(kept)))
    asked = {
        "client.address": "192.0.2.7",
        "url.query": "q=clandestine",
        "url.path": "/account/reset/clandestine",
        "http.route": "account/reset/<str:token>",
        "db.query.text": "INSERT INTO a VALUES ('clandestine', %s, %s)",
        "postil.job_id": "7",
    }
    tracer = provider.get_tracer("tests")
    with (
        pytest.raises(ValueError, match="clandestine"),
        tracer.start_as_current_span("work", attributes=asked),
    ):
        int("clandestine")
    (span,) = kept.get_finished_spans()
    assert dict(span.attributes or {}) == {
        "http.route": "account/reset/<str:token>",
        "db.query.text": "INSERT INTO a VALUES (?, %s…)",
        "postil.job_id": "7",
    }
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    (event,) = span.events
    assert dict(event.attributes or {}) == {"exception.type": "ValueError"}
    assert "clandestine" not in span.to_json()
    provider.shutdown()
    assert kept._stopped


def test_a_span_without_attributes_leaves_as_it_is() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    provider.get_tracer("tests").start_span("work").end()
    (span,) = kept.get_finished_spans()
    span._attributes = None
    assert dict(discreet(span).attributes or {}) == {}
