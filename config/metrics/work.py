"""Where work stands, asked when Prometheus asks: what waits, the queue, jobs, workers, sizes.

No question grows with the number of documents: what waits is found by the indexes of what waits,
and all else is an estimate of PostgreSQL's own statistics (`pg_class`, `pg_stats`), which are as
old as the last ANALYZE and count what is deleted too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from config.celery import app
from config.health import free_bytes
from documents.models import Delivery, Document, Job, JobState, Status
from documents.services.workers import count_alive

logger = logging.getLogger(__name__)
Samples = Iterable[tuple[tuple[str, ...], float]]
LATELY = timedelta(days=1)
MOST_LATELY = 100_000  # jobs that are looked at
UNFINISHED = (JobState.PENDING, JobState.RUNNING)


class WorkCollector(Collector):
    """Asks all questions anew at each scrape; what cannot be asked is left out, and `up` is 0."""

    def collect(self) -> Iterator[Metric]:
        """Yield a gauge for each question, and one that tells which of them were answered."""
        up = GaugeMetricFamily("postil_up", "Whether a question was answered.", labels=["question"])
        for name, (told, labels, ask) in QUESTIONS.items():
            gauge = GaugeMetricFamily(f"postil_{name}", told, labels=labels)
            try:
                for values, value in ask():
                    gauge.add_metric(values, value)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with a part, others answer
                logger.warning("No metrics of %s: %s", name, type(error).__name__)
                up.add_metric([name], 0)
            else:
                up.add_metric([name], 1)
                yield gauge
        yield up


def waiting() -> Samples:
    """Yield how many documents, jobs and deliveries to webhooks wait."""
    for name, rows, _ in _waiting():
        yield (name,), rows.count()


def oldest() -> Samples:
    """Yield for how many seconds the first of them has waited; of deliveries, past their time."""
    now = timezone.now()
    for name, rows, since in _waiting():
        moment: datetime = rows.aggregate(least=Min(since))["least"] or now
        yield (name,), max((now - moment).total_seconds(), 0.0)


def _waiting() -> Iterator[tuple[str, QuerySet[Any], str]]:
    """Yield what waits, and which column tells since when; the rows are the queue of record."""
    yield "documents", Document.objects.live().filter(status=Status.PENDING), "updated_at"
    yield "jobs", Job.objects.filter(state=JobState.PENDING), "updated_at"
    yield "deliveries", Delivery.objects.pending(), "next_attempt_at"


def queue() -> Samples:
    """Yield how many messages lie in the broker; what a worker has at hand is not among them."""
    with app.connection_for_read() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
        name = app.conf.task_default_queue
        try:
            channel: Any = broker.default_channel
            found = channel.queue_declare(name, passive=True)
        except broker.channel_errors:  # an empty queue in Redis is none
            yield (name,), 0
        else:
            yield (name,), found.message_count


def jobs() -> Samples:
    """Yield the unfinished jobs by kind and state, and the ended ones that were made lately."""
    counted = Job.objects.values_list("kind", "state").annotate(Count("id"))
    for kind, state, number in counted.filter(state__in=UNFINISHED):
        yield (kind, state), number
    since = UUID(int=int((timezone.now() - LATELY).timestamp() * 1000) << 80)  # of a UUIDv7
    recent = Job.objects.filter(id__gte=since).order_by("-id").values("id")[:MOST_LATELY]
    for kind, state, number in counted.filter(id__in=recent).exclude(state__in=UNFINISHED):
        yield (kind, state), number


def documents() -> Samples:
    """Yield the documents by status: of unfinished ones their number, of others an estimate."""
    unfinished = (Status.PENDING, Status.PROCESSING)
    counted = Document.objects.filter(status__in=unfinished).values_list("status")
    found = dict.fromkeys(unfinished, 0) | dict(counted.annotate(Count("id")))
    for status, number in (_estimated_by_status() | found).items():
        yield (status,), number


def _estimated_by_status() -> dict[str, float]:
    with connection.cursor() as cursor:
        cursor.execute(BY_STATUS, [Document._meta.db_table])  # noqa: SLF001 - Django's own name
        return dict(cursor.fetchall())


def table_rows() -> Samples:
    """Yield the estimated number of rows of each of our tables."""
    models = [apps.get_app_config(name).get_models() for name in settings.FIRST_PARTY_APPS]
    tables = {model._meta.db_table for model in chain(*models)}  # noqa: SLF001 - proxies share one
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [sorted(tables)])
        for name, number in cursor.fetchall():
            yield (name,), number


def workers() -> Samples:
    """Yield how many workers and live processes live."""
    for kind, number in count_alive().items():
        yield (kind,), number


def disk() -> Samples:
    """Yield the bytes that are free where files are kept."""
    yield (), free_bytes()


BY_STATUS = """
    SELECT told.status, greatest(kept.reltuples, 0) * told.part
    FROM pg_class kept
    JOIN pg_stats stats ON stats.tablename = kept.relname AND stats.attname = 'status'
        AND stats.schemaname = kept.relnamespace::regnamespace::text,
        unnest(stats.most_common_vals::text::text[], stats.most_common_freqs) told (status, part)
    WHERE kept.oid = to_regclass(%s)
"""
ROWS = """
    SELECT name, greatest(kept.reltuples, 0)
    FROM unnest(%s::text[]) name JOIN pg_class kept ON kept.oid = to_regclass(name)
"""
QUESTIONS: dict[str, tuple[str, list[str], Callable[[], Samples]]] = {
    "waiting": ("What waits for a worker.", ["work"], waiting),
    "oldest_waiting_seconds": ("How long the first has waited.", ["work"], oldest),
    "queue_messages": ("Messages in the broker.", ["queue"], queue),
    "jobs": ("Unfinished jobs, and ended ones made within a day.", ["kind", "state"], jobs),
    "documents": ("Documents; ready and failed ones are estimated.", ["status"], documents),
    "table_rows": ("Rows, as PostgreSQL estimates them.", ["table"], table_rows),
    "workers": ("Processes that tell that they live.", ["kind"], workers),
    "disk_free_bytes": ("Bytes free where files are kept.", [], disk),
}
