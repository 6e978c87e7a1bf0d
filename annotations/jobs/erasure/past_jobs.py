"""Take what earlier jobs of the project keep of their files: any of them may hold a document."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from annotations.jobs.erasure.batch import ERASED, Batch, names_of, scrub_events
from documents.jobs import end_job
from documents.models import Job, JobError, JobKind, JobState, Upload
from documents.pieces import remove_pieces

JOBS_AT_ONCE = 100
ERRORS_AT_ONCE = 5000


def empty_jobs(erasure: Job, after: Any) -> Batch:
    """Empty the next earlier jobs: their sources, results, parameters and what is told of them.

    Such a job cannot be retried. One that was retried after the erasure began is cancelled.
    """
    rows = _earlier(erasure).exclude(parameters=ERASED).select_for_update().order_by("id")
    jobs = list(rows.filter(pk__gt=after)[:JOBS_AT_ONCE] if after else rows[:JOBS_AT_ONCE])
    if not jobs:
        return Batch()
    files = [file for job in jobs for file in _files_of(job)]
    for job in jobs:
        if not job.has_ended:
            end_job(job, JobState.CANCELLED)
    ids = [job.pk for job in jobs]
    _empty(ids)
    scrub_events(ids)
    return Batch(after=str(ids[-1]), files=files, counts={"jobs": len(jobs)})


def _files_of(job: Job) -> list[str]:
    """Return its source and result, and what an import noted to be storing when it stopped."""
    return [*names_of([job.source, job.result]), *job.cursor.get("storing", [])]


def _empty(ids: list[Any]) -> None:
    Job.objects.filter(pk__in=ids).update(
        parameters=ERASED,
        cursor={},
        source=None,
        source_name="",
        source_size=0,
        result=None,
        result_name="",
        error_detail="",
        version=F("version") + 1,
        updated_at=timezone.now(),
    )
    remove_uploads(Upload.objects.filter(job__in=ids))


def remove_uploads(uploads: QuerySet[Upload]) -> None:
    """Delete used uploads; their pieces, of which nobody has use, go first."""
    for upload in uploads:
        remove_pieces(upload)
        upload.delete()


def silence_job_errors(erasure: Job, after: Any) -> Batch:
    """Take the words out of the next errors of earlier jobs; line, field and code stay."""
    rows = JobError.objects.filter(job__in=_earlier(erasure), pk__gt=after or 0)
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:ERRORS_AT_ONCE])
    JobError.objects.filter(pk__in=ids).update(entry="", detail="Erased.")
    return Batch(after=ids[-1] if ids else None)


def _earlier(erasure: Job) -> QuerySet[Job]:
    before = Job.objects.filter(project_id=erasure.project_id, created_at__lt=erasure.created_at)
    rows: QuerySet[Job] = before.exclude(kind=JobKind.ERASURE)
    return rows
