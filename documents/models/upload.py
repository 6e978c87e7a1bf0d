"""A large file that arrives in pieces, over as many connections as it takes."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from documents.models.document import Document
from documents.models.job import Job
from documents.models.project import Project
from documents.querysets import UploadQuerySet
from users.models import Resource


class Upload(Resource):
    """A resumable upload (tus 1.0): `offset` of `length` bytes are here.

    A complete one becomes the source of one document or job; what is not used in time is removed.
    What tells of its content is not logged, for no erasure finds it once the row is gone.
    """

    unlogged_fields: ClassVar[frozenset[str]] = frozenset({"pieces", "name", "metadata"})

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="uploads")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=255, blank=True)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    pieces = models.JSONField(default=list, help_text="[storage name, bytes] of each, in order.")
    metadata = models.CharField(max_length=2000, blank=True, help_text="Upload-Metadata as sent.")
    expires_at = models.DateTimeField()
    document = models.OneToOneField(Document, on_delete=models.PROTECT, null=True)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(offset__lte=models.F("length")),
                name="upload_offset_within_length",
            ),
            models.CheckConstraint(
                condition=models.Q(document=None) | models.Q(job=None), name="upload_used_once"
            ),
        )
        indexes = (
            models.Index(fields=["project", "id"], name="upload_of_project"),
            models.Index(fields=["expires_at"], name="upload_by_expiry"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.offset} of {self.length})"

    @property
    def is_complete(self) -> bool:
        """Return whether all bytes are here."""
        return self.offset == self.length

    @property
    def is_used(self) -> bool:
        """Return whether it has become the source of something."""
        return self.document_id is not None or self.job_id is not None
