"""One immutable text of a document; annotations point at it."""

from __future__ import annotations

from django.db import models
from uuid_utils.compat import uuid7

from documents.models.document import Document, source_path
from documents.models.project import Project
from documents.querysets import RevisionQuerySet


class Revision(models.Model):
    """A text, what extracted it from which bytes, and its layout as code-point offsets.

    `layout` is {"pages": [[start, end], …], "blocks": [{"kind", "start", "end", …}, …],
    "sentences": [[start, end], …], "geometry": …}; `ingest.boxes` tells of the last one, which
    only pages that are seen have.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="revisions", db_index=False
    )
    number = models.PositiveIntegerField()
    text = models.TextField()
    length = models.PositiveIntegerField(help_text="In Unicode code points.")
    sha256 = models.CharField("SHA-256 of the text in UTF-8", max_length=64)
    extractor = models.CharField(max_length=40)
    extractor_version = models.CharField(max_length=40)
    layout = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    # The file that the text is of, from when on the document has another file.
    source = models.FileField(upload_to=source_path, null=True, editable=False)
    source_name = models.CharField(max_length=255, blank=True, editable=False)
    source_size = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["document", "number"], name="revision_number_unique_in_document"
            ),
        )
        indexes = (models.Index(fields=["document", "id"], name="revision_of_document"),)

    def __str__(self) -> str:
        return f"{self.document_id} r{self.number}"
