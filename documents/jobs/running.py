"""What a worker runs for a job: claim it, give its runner a turn, note how that ended."""

from __future__ import annotations

import logging
from uuid import uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from documents.jobs.endings import CancelRequested, JobFailed, LeaseLost, TurnOver
from documents.jobs.registry import RUNNERS
from documents.jobs.turn import Turn, hold
from documents.models import Job, JobState
from users.services.events import record

logger = logging.getLogger(__name__)
SWEEP_SIZE = 100
# Faults of the machine, not of the job: it is tried again, as after the loss of a worker.
PASSING = (OperationalError, InterfaceError, OSError)


def run_turn(job_id: str, version: int) -> int | None:
    """Give a job one turn; return the version under which its next one is to be announced.

    None where there is no next one. A message is good for one turn, for the claim changes the
    version: however often a message is delivered, and however many the sweep sends, a job has one
    turn at a time and leaves the others theirs.
    """
    job = _claim(job_id, version)
    if job is None:
        return None
    try:
        return _run(Turn(job))
    except LeaseLost:
        logger.warning("Job %s was taken over by another worker", job.pk)
        return None


@transaction.atomic
def _claim(job_id: str, version: int) -> Job | None:
    """Take the job under a new lease; None when it is over, somebody else's or further on."""
    claimable = Job.objects.claimable().filter(pk=job_id, version=version)
    locked = claimable.select_related("project", "created_by").select_for_update(
        of=("self",), skip_locked=True
    )
    job: Job | None = locked.first()
    if job is None:
        return None
    now = timezone.now()
    job.state = JobState.RUNNING
    job.started_at = job.started_at or now
    job.lease_id = uuid4()
    job.lease_expires_at = now + settings.PROCESSING_LEASE
    job.announced_at = now
    job.attempts += 1
    job.save_new_version()
    return job


def _run(turn: Turn) -> int | None:
    """Run a turn to its end, and note that; raises LeaseLost and what is the machine's fault."""
    try:
        _require_hope(turn.job)
        RUNNERS[turn.job.kind](turn)
    except TurnOver:
        return _rest(turn.job)
    except LeaseLost:
        raise
    except PASSING as fault:
        return _go_on_after(fault, turn.job)
    except CancelRequested:
        _end(turn.job, JobState.CANCELLED)
    except JobFailed as failure:
        _end(turn.job, JobState.FAILED, failure.code, failure.detail)
    except Exception:
        logger.exception("Job %s failed by a fault of ours", turn.job.pk)
        detail = "A fault of this site; its log tells more, under the job's id."
        _end(turn.job, JobState.FAILED, "internal_error", detail)
    else:
        _end(turn.job, JobState.SUCCEEDED)
    return None


def _go_on_after(fault: Exception, job: Job) -> int | None:
    """Have a step that met a deadlock made again at once; raise what else was the machine's."""
    if not isinstance(fault.__cause__, DeadlockDetected):
        raise fault
    logger.warning("A step of job %s met a deadlock; it is made again", job.pk)
    return _rest(job)


def _require_hope(job: Job) -> None:
    """Raise CancelRequested, or JobFailed where several turns in a row came to no step."""
    if job.is_to_be_cancelled:
        raise CancelRequested
    if job.attempts > settings.PROCESSING_ATTEMPTS:
        raise JobFailed("worker_lost", "Every worker that tried the next step was lost.")


@transaction.atomic
def _rest(job: Job) -> int | None:
    """Let go of the job and return the version to announce; None where it is not to go on."""
    held = hold(job)
    if held.is_to_be_cancelled:
        end_job(held, JobState.CANCELLED)
        return None
    held.lease_id = held.lease_expires_at = None
    held.announced_at = timezone.now()
    held.save_new_version()
    return held.version


@transaction.atomic
def _end(job: Job, state: JobState, code: str = "", detail: str = "") -> None:
    held = hold(job)
    end_job(held, state, code=code, detail=detail)


def end_job(job: Job, state: JobState, *, code: str = "", detail: str = "") -> None:
    """End a job whose row is locked, with its event; in the caller's transaction."""
    before = job.snapshot()
    job.state = state
    job.error_code, job.error_detail = code, detail
    job.finished_at = timezone.now()
    job.lease_id = job.lease_expires_at = None
    job.save_new_version()
    action = f"job.{state}"
    record(actor=None, action=action, target=job, project_id=job.project_id, before=before)


def take_left_behind() -> list[tuple[str, int]]:
    """Return (id, version) of jobs to announce again, each to one caller for a lease's time."""
    with transaction.atomic():
        rows = Job.objects.left_behind(settings.PROCESSING_LEASE).select_for_update(
            of=("self",), skip_locked=True
        )
        found = list(rows.order_by("announced_at", "id").values_list("id", "version")[:SWEEP_SIZE])
        ids = [job_id for job_id, _ in found]
        Job.objects.filter(pk__in=ids).update(announced_at=timezone.now())
    return [(str(job_id), version) for job_id, version in found]
