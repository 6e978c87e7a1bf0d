"""One long piece of work, done in turns by workers, and what was wrong with its items."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models

from documents.models.document import Document
from documents.models.project import Project
from documents.querysets import JobErrorQuerySet, JobQuerySet
from users.models import Resource


class JobKind(models.TextChoices):
    """What a job does."""

    IMPORT = "import"
    REANCHORING = "reanchoring"
    NEAR_DUPLICATES = "near_duplicates"
    ERASURE = "erasure"
    RELABELLING = "relabelling"
    RESTORATION = "restoration"


class JobState(models.TextChoices):
    """Where a job stands; it rests between its turns as `running`."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


def job_path(job: Job, filename: str) -> str:
    """Return a generated path for a job's source or result."""
    name = uuid4().hex
    return f"jobs/{name[:2]}/{name}"


class Job(Resource):
    """Long work as a row: what to do, how far it is, how it ended.

    `cursor` is where the next turn goes on. It is written in the transaction of the work that it
    counts, so that whatever happens to a worker nothing is done twice or left out. `done` and
    `total` count items (rows, files, documents, annotations); `counts` tells how they ended.
    The row is the queue of record, as a document's is: a worker holds it under a lease.
    """

    unlogged_fields: ClassVar[frozenset[str]] = frozenset(
        {"source", "result", "cursor", "lease_id", "lease_expires_at", "announced_at"}
    )

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="jobs")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, related_name="jobs", editable=False
    )
    kind = models.CharField(max_length=30, choices=JobKind, editable=False)
    state = models.CharField(
        max_length=20, choices=JobState, default=JobState.PENDING, editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    parameters = models.JSONField(default=dict, editable=False)
    cursor = models.JSONField(default=dict, editable=False)
    done = models.PositiveBigIntegerField(default=0, editable=False)
    total = models.PositiveBigIntegerField(null=True, editable=False)
    counts = models.JSONField(default=dict, editable=False)
    error_code = models.CharField(max_length=40, blank=True, editable=False)
    error_detail = models.TextField(blank=True, editable=False)

    source = models.FileField(upload_to=job_path, null=True, editable=False)
    source_name = models.CharField(max_length=255, blank=True, editable=False)
    source_size = models.PositiveBigIntegerField(default=0, editable=False)
    result = models.FileField(upload_to=job_path, null=True, editable=False)
    result_name = models.CharField(max_length=255, blank=True, editable=False)

    cancel_requested_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Turns in a row that ended without a step forward."
    )
    lease_id = models.UUIDField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    announced_at = models.DateTimeField(null=True, editable=False)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=JobKind.values), name="job_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="job_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=JobState.FAILED) | ~models.Q(error_code=""),
                name="job_failed_has_error_code",
            ),
            models.UniqueConstraint(
                fields=["document", "kind"],
                condition=models.Q(
                    document__isnull=False, state__in=[JobState.PENDING, JobState.RUNNING]
                ),
                name="job_one_of_a_kind_at_work_on_a_document",
            ),
        )
        indexes = (
            models.Index(fields=["project", "id"], name="job_of_project"),
            models.Index(fields=["project", "state", "id"], name="job_by_state"),
            models.Index(
                fields=["announced_at"],
                condition=models.Q(state__in=[JobState.PENDING, JobState.RUNNING]),
                name="job_unfinished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.source_name or self.project}"

    @property
    def has_ended(self) -> bool:
        """Return whether nothing is to do any more."""
        return self.state not in {JobState.PENDING, JobState.RUNNING}

    @property
    def is_emptied(self) -> bool:
        """Return whether an erasure took what it worked on: see annotations.jobs.erasure."""
        return bool(self.parameters == {"erased": True})

    @property
    def can_be_retried(self) -> bool:
        """Return whether it failed or was cancelled, and has still what it needs."""
        return self.state in {JobState.FAILED, JobState.CANCELLED} and not self.is_emptied

    @property
    def is_to_be_cancelled(self) -> bool:
        """Return whether to end it now, which waits while `cursor` says that it is "unbroken"."""
        return self.cancel_requested_at is not None and not self.cursor.get("unbroken")


class JobError(models.Model):
    """What was wrong with one item of a job; the other items are not touched by it.

    `line` counts the lines of the source from 1, or its entries where `entry` names one.
    """

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="errors")
    line = models.PositiveBigIntegerField(null=True)
    entry = models.CharField(max_length=1000, blank=True)
    field = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=40)
    detail = models.TextField()

    objects = JobErrorQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["job", "id"], name="job_error_of_job"),)

    def __str__(self) -> str:
        return f"{self.line or self.entry}: {self.code}"
