"""A collector of traces: a process that takes OTLP over HTTP and shows what it took.

`python -m tests.telemetry.collector PORT`; GET / answers all spans as a JSON list.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.running_site import CHECKOUT, _free_port, wait_for

SERVER, CLIENT = 2, 3  # kinds of spans, as the protocol numbers them
TAKEN: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    """Takes spans, and shows them."""

    def do_POST(self) -> None:
        """Take what an exporter sends."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        is_ours = self.path == "/v1/traces"
        TAKEN.extend(spans_of(ExportTraceServiceRequest.FromString(body)) if is_ours else ())
        answer = ExportTraceServiceResponse().SerializeToString()
        self._answer("application/x-protobuf", answer, 200 if is_ours else 404)

    def do_GET(self) -> None:
        """Show what was taken."""
        self._answer("application/json", json.dumps(TAKEN).encode(), 200)

    def _answer(self, kind: str, content: bytes, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def spans_of(sent: ExportTraceServiceRequest) -> Iterator[dict[str, Any]]:
    """Yield the spans of a message, each with the attributes of what made it."""
    for of_resource in sent.resource_spans:
        resource = attributes(of_resource.resource.attributes)
        for scope in of_resource.scope_spans:
            for span in scope.spans:
                yield {
                    "trace": span.trace_id.hex(),
                    "id": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "name": span.name,
                    "kind": span.kind,
                    "status": [span.status.code, span.status.message],
                    "role": resource["postil.role"],
                    "service": resource["service.name"],
                    "attributes": attributes(span.attributes),
                    "events": [[each.name, attributes(each.attributes)] for each in span.events],
                }


def attributes(pairs: Any) -> dict[str, str]:
    """Return attributes by name, whatever type they are of as text."""
    return {
        pair.key: str(getattr(pair.value, pair.value.WhichOneof("value") or "")) for pair in pairs
    }


class Span(NamedTuple):
    """What the collector shows of a span."""

    trace: str
    id: str
    parent: str
    name: str
    kind: int
    status: list[Any]
    role: str
    service: str
    attributes: dict[str, str]
    events: list[Any]

    @property
    def system(self) -> str:
        """The database that was asked, "" for another kind of span."""
        return self.attributes.get("db.system.name") or self.attributes.get("db.system", "")


class Collector:
    """The collector, asked from outside."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def spans(self) -> list[Span]:
        """Return every span that has come."""
        return [Span(**each) for each in httpx.get(self.address, timeout=30).json()]

    def answers(self) -> bool:
        """Tell whether it is there."""
        try:
            return httpx.get(self.address).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def collector() -> Iterator[Collector]:
    """Run a collector for a while."""
    port = _free_port()
    command = [sys.executable, "-m", "tests.telemetry.collector", str(port)]
    with subprocess.Popen(command, cwd=CHECKOUT) as process:
        try:
            running = Collector(port)
            wait_for(running.answers)
            yield running
        finally:
            process.terminate()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
