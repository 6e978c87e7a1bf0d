"""Run jobs as workers do, and runners for tests of the machinery itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.utils import timezone

from documents import jobs
from documents.jobs import Runner, Turn
from documents.models import Job, JobError, JobKind


def work_on(job: Job, *, turns: int = 100) -> Job:
    """Give a job its turns, one after the other, until it ends or has had so many; refresh it."""
    job.refresh_from_db()
    version: int | None = job.version
    for _ in range(turns):
        if version is None:
            break
        version = jobs.run_turn(str(job.pk), version)
    job.refresh_from_db()
    return job


def let_the_lease_of_a_job_run_out(job: Job) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(lease_expires_at=past)


@contextmanager
def run_by(kind: JobKind, runner: Runner) -> Iterator[None]:
    """Have jobs of the kind run by another function for a while."""
    usual = jobs.RUNNERS.get(kind)
    jobs.register(kind, runner)
    try:
        yield
    finally:
        if usual:
            jobs.register(kind, usual)
        else:
            del jobs.RUNNERS[kind]


def count_to(number: int, *, by: int = 2) -> Runner:
    """Return a runner that counts, and finds every fifth number wrong."""

    def run(turn: Turn) -> None:
        at = turn.job.cursor.get("at", 0)
        while at < number:
            end = min(at + by, number)
            with turn.step() as step:
                step.advance(**counted(at, end), total=number)
            at = end

    return run


def counted(start: int, end: int) -> dict[str, Any]:
    """Return what a step from start to end notes."""
    lines = range(start + 1, end + 1)
    wrong = [line for line in lines if line % 5 == 0]
    errors = [JobError(line=line, field="n", code="five", detail=f"{line}.") for line in wrong]
    counts = {"good": len(lines) - len(wrong), "wrong": len(wrong)}
    return {"cursor": {"at": end}, "done": len(lines), "counts": counts, "errors": errors}
