"""One document: where it came from, what is known of it, and how its processing stands."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID, uuid4

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from documents.models.project import Project
from documents.querysets import DocumentQuerySet
from users.models import Resource


class Status(models.TextChoices):
    """How far a document is on its way from file to text."""

    PENDING = "pending"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Split(models.TextChoices):
    """The part of a data set that a document belongs to."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


def source_path(document: Document, filename: str) -> str:
    """Return a generated path; the client's file name is never part of one."""
    name = uuid4().hex
    return f"sources/{name[:2]}/{name}"


class Document(Resource):
    """What is annotated. Its texts are Revisions; the present one is `revision`.

    The row is also the queue of record of its processing: a worker holds it under a lease, and
    what a lost message or a dead worker leaves behind is found here by the sweep.
    """

    unlogged_fields: ClassVar[frozenset[str]] = frozenset(
        {
            "source",
            "content_key",
            "progress_done",
            "progress_total",
            "lease_id",
            "lease_expires_at",
            "announced_at",
        }
    )

    # What is found by it is found by the longer indexes below.
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="documents", db_index=False
    )
    external_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - NULLs are not alike
    title = models.CharField(max_length=500)
    language = models.CharField(max_length=35, blank=True, help_text="BCP 47, e.g. pt-BR.")
    split = models.CharField(max_length=10, choices=Split, blank=True)
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    iri = models.CharField(max_length=2048, blank=True)

    source = models.FileField(upload_to=source_path, null=True, editable=False)
    source_name = models.CharField(max_length=255, blank=True, editable=False)
    source_size = models.PositiveBigIntegerField(default=0, editable=False)
    source_tag = models.CharField(
        max_length=255,
        blank=True,
        editable=False,
        help_text="What the place that the file was imported from calls this content.",
    )
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    media_type = models.CharField(max_length=100, blank=True, editable=False)
    extraction_options = models.JSONField(default=dict, editable=False)
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="duplicates", editable=False
    )
    # The SHA-256 where the project refuses duplicates, else NULL: the database holds it unique.
    content_key = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001

    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING, editable=False)
    error_code = models.CharField(max_length=40, blank=True, editable=False)
    error_detail = models.TextField(blank=True, editable=False)
    revision = models.ForeignKey(
        "documents.Revision", on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    progress_done = models.PositiveIntegerField(null=True, editable=False)
    progress_total = models.PositiveIntegerField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    lease_id = models.UUIDField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    announced_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "external_id"],
                condition=models.Q(deleted_at=None),
                name="document_external_id_unique_in_project",
            ),
            models.UniqueConstraint(
                fields=["project", "content_key"],
                condition=models.Q(deleted_at=None),
                name="document_content_unique_in_project",
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at=None) | models.Q(deleted_at__isnull=False),
                name="document_erased_is_deleted",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="document_status_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(status=Status.READY) | models.Q(revision__isnull=False),
                name="document_ready_has_revision",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=Status.FAILED) | ~models.Q(error_code=""),
                name="document_failed_has_error_code",
            ),
        )
        indexes = (
            models.Index(fields=["project", "id"], name="document_of_project"),
            models.Index(fields=["project", "title", "id"], name="document_by_title"),
            models.Index(fields=["project", "updated_at", "id"], name="document_by_change"),
            models.Index(fields=["project", "status", "id"], name="document_by_status"),
            models.Index(fields=["project", "sha256"], name="document_by_content"),
            models.Index(
                fields=["announced_at"],
                condition=models.Q(status__in=[Status.PENDING, Status.PROCESSING]),
                name="document_unfinished",
            ),
            GinIndex(fields=["tags"], name="document_by_tag"),
            GinIndex(
                fields=["metadata"], name="document_by_metadata", opclasses=["jsonb_path_ops"]
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def document_id(self) -> UUID:
        """Return the id, under the name by which what is said of it tells its document."""
        return self.pk
