"""Which documents an erasure has still to erase."""

from __future__ import annotations

from django.db.models import QuerySet

from documents.models import Document, Job


def waiting(erasure: Job) -> QuerySet[Document]:
    """Return the documents that the job names, or all that were deleted before its time.

    Named ones may have been restored meanwhile; whoever erases asks under lock.
    """
    rows: QuerySet[Document] = Document.objects.filter(
        project_id=erasure.project_id, erased_at=None
    )
    asked = erasure.parameters
    if "documents" in asked:
        return rows.filter(pk__in=asked["documents"])
    return rows.filter(deleted_at__lt=asked["deleted_before"])
