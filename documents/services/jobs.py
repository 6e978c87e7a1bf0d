"""Start, cancel and retry long work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from documents.errors import JobFinished, JobUnderWay, NoResult, SourceMissing
from documents.jobs import add_job, end_job
from documents.models import Document, Job, JobKind, JobState, Project
from documents.models.job import job_path
from documents.tasks import run_job
from users.models import User
from users.services.events import record


def start_job(
    *,
    actor: User,
    project: Project,
    kind: JobKind,
    parameters: dict[str, Any] | None = None,
    document: Document | None = None,
    source: File[bytes] | str | None = None,
    **fields: Any,
) -> Job:
    """Have workers do a job; raises JobUnderWay while such a one is at work on the document.

    `source` is a file to be stored, or the storage's name of one that the job takes over.
    Of the other columns `source_name`, `source_size` and `total` may be given.
    """
    stored = _store(source) if isinstance(source, File) else source
    try:
        return _start(
            actor=actor,
            project=project,
            kind=kind,
            parameters=parameters,
            document=document,
            source=stored,
            **fields,
        )
    except BaseException:  # without its row the file goes again
        if isinstance(source, File) and stored:
            _storage().delete(stored)
        raise


@transaction.atomic
def _start(**fields: Any) -> Job:
    with _one_of_a_kind():
        job = add_job(announced_at=timezone.now(), **fields)
    _announce(job)
    return job


def cancel_job(*, actor: User, job: Job) -> Job:
    """End a job before its time; raises JobFinished.

    One that rests ends at once; one that a worker has at hand ends after the step at hand, or
    where what it has begun is brought to its end. What was done stays done.
    """
    with transaction.atomic():
        current = _locked(job)
        if current.state == JobState.CANCELLED or current.cancel_requested_at:
            return current
        if current.has_ended:
            raise JobFinished(f"Its state is {current.state}.")
        before = current.snapshot()
        current.cancel_requested_at = timezone.now()
        current.save_new_version()
        _record(actor, "job.cancel_requested", current, before)
        if current.is_to_be_cancelled and not _is_at_hand(current):
            end_job(current, JobState.CANCELLED)
        return current


@transaction.atomic
def retry_job(*, actor: User, job: Job) -> Job:
    """Go on with a failed or cancelled job where it stopped; raises JobFinished, JobUnderWay."""
    current = _locked(job)
    if current.state == JobState.SUCCEEDED:
        raise JobFinished("It has succeeded.")
    if current.is_emptied:
        raise JobFinished("What it worked on was erased.")
    if not current.has_ended:
        raise JobUnderWay(f"Its state is {current.state}.")
    before = current.snapshot()
    current.state, current.attempts = JobState.PENDING, 0
    current.error_code = current.error_detail = ""
    current.cancel_requested_at = current.finished_at = None
    current.announced_at = timezone.now()
    with _one_of_a_kind():
        current.save_new_version()
    _record(actor, "job.retried", current, before)
    _announce(current)
    return current


def open_result(job: Job) -> File[bytes]:
    """Return the file that the job made, open for reading; raises NoResult, SourceMissing."""
    if not job.result_name:
        raise NoResult(f"Its state is {job.state}.")
    try:
        result: File[bytes] = job.result.open("rb")
    except FileNotFoundError as error:
        raise SourceMissing("Ask the operator to restore it from the backup.") from error
    return result


def _locked(job: Job) -> Job:
    rows = Job.objects.select_for_update(of=("self",)).select_related("project", "created_by")
    current: Job = rows.get(pk=job.pk)
    return current


def _is_at_hand(job: Job) -> bool:
    """Return whether a worker may be in the middle of a step."""
    return job.lease_expires_at is not None and job.lease_expires_at > timezone.now()


@contextmanager
def _one_of_a_kind() -> Iterator[None]:
    """Turn the database's refusal of a second job on a document into JobUnderWay."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "job_one_of_a_kind_at_work_on_a_document" not in str(error):
            raise
        raise JobUnderWay("Wait for its end, or cancel it.") from error


def _announce(job: Job) -> None:
    run_job.delay_on_commit(str(job.pk), job.version)  # type: ignore[attr-defined]


def _record(actor: User, action: str, job: Job, before: dict[str, Any]) -> None:
    record(actor=actor, action=action, target=job, project_id=job.project_id, before=before)


def _storage() -> Any:
    return Job._meta.get_field("source").storage  # noqa: SLF001 - Django's public API


def _store(file: File[bytes]) -> str:
    stored: str = _storage().save(job_path(Job(), ""), file)
    return stored
