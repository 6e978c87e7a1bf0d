"""What of a span leaves the site: what is named here, and nothing that a person wrote or is.

The instrumentations note addresses of clients, whole URLs with searches and tokens in them, and
the words of errors, which quote rows. Rather than take these away one by one, we keep what may
leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from config.queries import shape_of

STATEMENTS = frozenset({"db.query.text", "db.statement"})
KEPT = STATEMENTS | {
    "celery.action",
    "celery.retries",
    "celery.state",
    "celery.task_name",
    "db.namespace",
    "db.operation.name",
    "db.system",
    "db.system.name",
    "error.type",
    "exception.type",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "messaging.message.id",
    "server.address",
    "server.port",
}
OURS = "postil."


class DiscreetExporter(SpanExporter):
    """Hands spans on to another exporter without what should not leave."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export what of the spans may leave."""
        return self._exporter.export([discreet(span) for span in spans])

    def shutdown(self) -> None:
        """Shut the other exporter down."""
        self._exporter.shutdown()


def discreet(span: ReadableSpan) -> ReadableSpan:
    """Return a span without the words of its errors, and with known attributes alone."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_kept(span.attributes),
        events=[Event(each.name, _kept(each.attributes), each.timestamp) for each in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _kept(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: shape_of(str(value)) if name in STATEMENTS else value
        for name, value in (attributes or {}).items()
        if name in KEPT or name.startswith(OURS)
    }
