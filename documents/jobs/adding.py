"""Put a job into its queue, which is the table of jobs."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from documents.models import Document, Job, JobKind, Project
from users.models import User
from users.services.events import record


@transaction.atomic
def add_job(
    *,
    actor: User | None,
    project: Project,
    kind: JobKind,
    parameters: dict[str, Any] | None = None,
    document: Document | None = None,
    **fields: Any,
) -> Job:
    """Add a job with its event; the sweep announces it within seconds.

    For workers, which lie below the services and cannot send tasks; services call start_job.
    Raises IntegrityError while another job of the kind is at work on the document.
    """
    job = Job.objects.create(
        project=project,
        kind=kind,
        created_by=actor,
        parameters=parameters or {},
        document=document,
        **fields,
    )
    record(actor=actor, action="job.created", target=job, project_id=project.pk)
    return job
