"""Tell of runs of models, whose sets hang on them."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from annotations.models import ModelRun
from documents.models import Project
from users.models import User
from users.services.events import record


@transaction.atomic
def create_model_run(*, actor: User, project: Project, **fields: Any) -> ModelRun:
    """Tell of a run; it belongs to who told of it, and nobody else writes its sets."""
    run: ModelRun = ModelRun.objects.create(project=project, created_by=actor, **fields)
    record(actor=actor, action="model_run.created", target=run, project_id=project.pk)
    return run
