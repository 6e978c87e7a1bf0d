"""What a project's labels were at a time."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from annotations.querysets import SchemaVersionQuerySet
from documents.models import Project


class SchemaVersion(models.Model):
    """All labels of a project after a change of one, as they are shown; annotations point to it.

    Numbers count from 1 in each project, without a gap. A version is never changed.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="schema_versions")
    number = models.PositiveIntegerField()
    labels = models.JSONField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SchemaVersionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "number"], name="schema_version_number_unique_in_project"
            ),
        )

    def __str__(self) -> str:
        return f"{self.project}: version {self.number}"
