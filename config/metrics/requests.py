"""Requests as they are answered, counted in each web process: by route, never by address.

Several processes share their counts in files of PROMETHEUS_MULTIPROC_DIR, which config/gunicorn.py
names before the first of them starts.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # each count would be written twice
METHODS = frozenset(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"])
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds
ANSWERED = Counter(
    "postil_http_requests", "Requests that were answered.", ("route", "method", "status")
)
TOOK = Histogram(
    "postil_http_request_duration_seconds",
    "Time until the answer, of a stream until its beginning.",
    ("route", "method"),
    buckets=BUCKETS,
)
POOL = Gauge(
    "postil_database_pool_connections",
    "Connections of the web processes, as the last request found them.",
    ("state",),
    multiprocess_mode="livesum",
)
WAITING = Gauge(
    "postil_database_pool_waiting",
    "Requests that waited for a connection, as the last request found them.",
    multiprocess_mode="livesum",
)
OPEN, USED = POOL.labels("open"), POOL.labels("used")


class MetricsMiddleware:
    """Counts and times every request; the settings name it where METRICS_TOKEN is set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        note_pool()
        started = perf_counter()
        response = self.get_response(request)
        method = request.method if request.method in METHODS else "other"
        route = route_of(request)
        TOOK.labels(route, method).observe(perf_counter() - started)
        ANSWERED.labels(route, method, response.status_code).inc()
        return response


def route_of(request: HttpRequest) -> str:
    """Return the name of a request's route, e.g. v1:document; "none" where it has none."""
    match = request.resolver_match
    return (match.view_name if match else "") or "none"


def note_pool() -> None:
    """Note how the pool of this process stands, before the request at hand takes a connection."""
    pool: Any = connection.pool  # type: ignore[attr-defined]
    if pool is None:  # a database is not bound to have one
        return
    known: dict[str, int] = pool.get_stats()
    OPEN.set(known["pool_size"])
    USED.set(known["pool_size"] - known["pool_available"])
    WAITING.set(known["requests_waiting"])
