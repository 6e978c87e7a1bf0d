"""How much a project keeps, counted in the transaction of each change."""

from __future__ import annotations

from django.db import models

from documents.models.project import Project


class Usage(models.Model):
    """Documents of a project and bytes of their files and texts, deleted ones included.

    What was deleted counts until it is erased, for it is kept so that it can be restored.
    """

    project = models.OneToOneField(
        Project, on_delete=models.PROTECT, primary_key=True, related_name="usage"
    )
    documents = models.PositiveBigIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.documents} documents, {self.bytes} bytes"
