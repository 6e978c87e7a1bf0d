"""A turn of a job in the hands of its runner, and the steps that it makes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from documents.jobs.endings import CancelRequested, JobFailed, LeaseLost, TurnOver
from documents.models import Job, JobError
from documents.models.job import job_path

MOVING = ("cursor", "done", "total", "counts", "attempts", "lease_expires_at", "version")


class Step:
    """One batch of work; what is noted here is committed together with it, or not at all."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._errors: list[JobError] = []

    def advance(
        self,
        *,
        cursor: dict[str, Any] | None = None,
        done: int = 0,
        total: int | None = None,
        counts: Mapping[str, int] | None = None,
        errors: Iterable[JobError] = (),
    ) -> None:
        """Note how far the job is; may be called several times in one step.

        `cursor` is where the next turn goes on and replaces the last one; `done` and `counts` are
        added to what was counted before; `total` replaces it. `errors` are JobErrors without a
        job: JobError(line=3, field="text", code="too_large", detail="…"); they may quote what was
        found as it is, be it unprintable or long.
        """
        job = self.job
        job.cursor = job.cursor if cursor is None else cursor
        job.done += done
        job.total = job.total if total is None else total
        job.counts = dict(Counter(job.counts) + Counter(counts or {}))
        self._errors += errors

    def write(self) -> None:
        """Write what was noted, and the lease anew; in the transaction of the step."""
        for error in self._errors:
            error.job = self.job
            error.entry, error.field = _storable(error.entry)[:1000], _storable(error.field)[:255]
            error.detail = _storable(error.detail)
        JobError.objects.bulk_create(self._errors)
        self.job.attempts = 0
        _keep(self.job, *MOVING)


class Turn:
    """What a runner works with. `job` is the row as of the last step: to be read, not saved."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._ends = time.monotonic() + settings.JOB_TURN.total_seconds()

    @property
    def is_over(self) -> bool:
        """Return whether it is time to let others work; the end of each step asks by itself."""
        return time.monotonic() >= self._ends

    @contextmanager
    def step(self) -> Iterator[Step]:
        """Open the transaction of one batch, under the lock of the job's row.

        Raises LeaseLost or CancelRequested before the batch is begun, and TurnOver once it is
        committed, where the time is up: every turn makes at least one step. Runners let them pass.
        """
        with self._held() as job:
            step = Step(job)
            yield step
            step.write()
        if self.is_over:
            raise TurnOver

    def open_source(self) -> File[bytes]:
        """Return the job's file, open for reading; raises JobFailed when it is gone."""
        try:
            source: File[bytes] = self.job.source.open("rb")
        except (FileNotFoundError, ValueError) as error:  # ValueError: it never had one
            raise JobFailed("source_missing", "The file to read from is gone.") from error
        return source

    def keep(self) -> None:
        """Renew the lease while a long batch is prepared; raises LeaseLost, CancelRequested."""
        with self._held() as job:
            _keep(job, "lease_expires_at", "version")

    def keep_result(self, file: File[bytes], name: str) -> None:
        """Store the file that the job's starter may download under the name.

        Where it lies is noted before it is written: a crash leaves no file that nobody knows of.
        """
        with self._held() as job:
            job.result = job.result or job_path(job, name)
            _keep(job, "result", "lease_expires_at", "version")
        storage = job.result.storage
        storage.delete(job.result.name)
        stored = storage.save(job.result.name, file)
        with self._held() as job:
            job.result, job.result_name = stored, name
            _keep(job, "result", "result_name", "lease_expires_at", "version")

    @contextmanager
    def _held(self) -> Iterator[Job]:
        """Yield the row under lock in a transaction; it becomes `job` once that is committed."""
        with transaction.atomic():
            job = hold(self.job)
            if job.is_to_be_cancelled:
                raise CancelRequested
            yield job
        self.job = job


def hold(job: Job) -> Job:
    """Return the job's row under lock while it is still under our lease; raises LeaseLost."""
    rows = Job.objects.select_for_update(of=("self",)).select_related("project", "created_by")
    held: Job | None = rows.filter(pk=job.pk, lease_id=job.lease_id).first()
    if held is None:
        raise LeaseLost
    return held


def _storable(text: str) -> str:
    """Return a text that may quote anything as the database can hold it."""
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")


def _keep(job: Job, *fields: str) -> None:
    job.lease_expires_at = timezone.now() + settings.PROCESSING_LEASE
    job.version += 1
    job.save(update_fields=[*fields, "updated_at"])
