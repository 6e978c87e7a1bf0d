"""What near-duplicates are found by, and what a job has found of them so far."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from documents.models.document import Document
from documents.models.job import Job
from documents.models.project import Project
from documents.models.revision import Revision


class Fingerprint(models.Model):
    """A MinHash signature of one text, and its bands: texts that share a band may be alike.

    It holds while `revision` is the document's present text, and `method` what we make them by.
    """

    document = models.OneToOneField(
        Document, on_delete=models.CASCADE, primary_key=True, related_name="fingerprint"
    )
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+")
    method = models.CharField(max_length=40, default="")
    signature = models.BinaryField()
    bands = ArrayField(models.BigIntegerField())

    class Meta:
        # Without a list of what is pending, which every look would read: 0.2 ms instead of 22.
        indexes = (GinIndex(fields=["bands"], name="fingerprint_by_band", fastupdate=False),)

    def __str__(self) -> str:
        return str(self.document_id)


class GroupMember(models.Model):
    """A document in a group of near-duplicates, while their job is at work.

    The group goes by its earliest document so far, `first`.
    """

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="group_members")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")
    first = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["job", "document"], name="group_member_once_in_a_job"),
        )
        indexes = (models.Index(fields=["job", "first", "document"], name="group_member_by_group"),)

    def __str__(self) -> str:
        return f"{self.document_id} with {self.first_id}"
