"""How many documents and annotation sets a project has of each kind, as a sum of changes."""

from __future__ import annotations

from django.db import models


class Tally(models.Model):
    """One change of a count: whoever changes what is counted adds a row in their transaction.

    Triggers of the database do, so that nobody forgets it: those of migration 0017, and of 0008 of
    annotations. A count is the sum of its changes, so it is never stale, and no two writers wait
    for one row; a sweep adds them up, so that few are left to read. `what` is "document" (live
    ones, by status), "set" (on live documents, by state and author) or "annotated" (live documents
    with any set).
    """

    id = models.BigAutoField(primary_key=True)
    project_id = models.UUIDField()
    what = models.CharField(max_length=10)
    value = models.CharField(max_length=20)
    author_id = models.UUIDField(null=True)
    change = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=["project_id"], name="tally_of_project"),)

    def __str__(self) -> str:
        return f"{self.what} {self.value}: {self.change:+}"
