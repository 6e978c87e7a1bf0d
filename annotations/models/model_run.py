"""The model behind a set of annotations."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from annotations.querysets import ModelRunQuerySet
from documents.models import Project
from users.models import Resource


class ModelRun(Resource):
    """One run of a model over documents: its name, its version, what it was run with."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="model_runs")
    name = models.CharField(max_length=200)
    model_version = models.CharField(max_length=100, blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    description = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    objects = ModelRunQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["project", "id"], name="model_run_of_project"),)

    def __str__(self) -> str:
        return f"{self.name} {self.model_version}".strip()
