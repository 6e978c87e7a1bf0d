"""Take documents out of the answers that are kept for repeated requests."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet

from annotations.jobs.erasure.batch import Batch
from annotations.jobs.erasure.queue import waiting
from documents.models import Job, JobKind
from users.models import KeptAnswer

AT_ONCE = 500
_ID = '"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"'
_NAMED = "EXISTS (SELECT FROM unnest(named.ids) one WHERE one IN ({}))"


def forget_answers(erasure: Job, after: Any) -> Batch:
    """Empty the next answers that tell of a document that is to be erased, or of an earlier job.

    Every answer about a document, or about what was said of it, names the document's id; one about
    a job names the job's. The keys stay, so that a repeated request still changes nothing. What
    somebody who erases was answered stays as it is: it names documents and tells nothing of them.
    """
    window = KeptAnswer.objects.filter(pk__gt=after or 0).order_by("pk").values("pk")[:AT_ONCE]
    last = KeptAnswer.objects.filter(pk__in=window).aggregate(last=Max("pk"))["last"]
    if last is None:
        return Batch()
    jobs = Job.objects.filter(project_id=erasure.project_id)
    telling = [waiting(erasure), jobs.exclude(kind=JobKind.ERASURE)]
    emptied = _empty((after or 0, last), telling, jobs.filter(kind=JobKind.ERASURE))
    return Batch(after=last, counts={"answers": emptied})


def _empty(window: tuple[int, int], telling: list[QuerySet[Any]], spared: QuerySet[Any]) -> int:
    """Empty the answers with ids within (first, last] that name a row of the telling ones."""
    parts = [_sql(rows) for rows in (*telling, spared)]
    conditions = [_NAMED.format(statement) for statement, _ in parts]
    statement = f"""
        UPDATE users_keptanswer SET body = '{{"erased": true}}' WHERE id IN (
            SELECT kept.id FROM users_keptanswer kept, LATERAL (
                SELECT array_agg(DISTINCT found[1]::uuid) AS ids
                FROM regexp_matches(kept.body, %s, 'g') found
            ) named
            WHERE kept.id > %s AND kept.id <= %s
                AND ({conditions[0]} OR {conditions[1]}) AND NOT {conditions[2]}
        )"""  # noqa: S608 - statements of Django's
    with connection.cursor() as cursor:
        cursor.execute(statement, [_ID, *window, *(one for _, given in parts for one in given)])
        return int(cursor.rowcount)


def _sql(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    statement, given = rows.order_by().values("pk").query.sql_with_params()
    return statement, tuple(given)
