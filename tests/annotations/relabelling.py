"""Merge, split and undo in tests: over HTTP, with a worker's turns."""

from __future__ import annotations

from typing import Any

from annotations.models import Annotation, Kind, Label, Relation
from documents.models import Job, Project
from tests.client import Client
from tests.documents.jobs_at_work import work_on
from tests.factories import LabelFactory, schema_version_of


def started(client: Client, label: Label, what: str, **content: Any) -> Job:
    """Start a merge or a split and return its job."""
    answer = client.post(f"/labels/{label.pk}/{what}", content)
    assert answer.status_code == 202, answer.content
    return Job.objects.get(pk=answer.json()["id"])


def undone(client: Client, job: Job) -> Job:
    """Undo a job, and return the ended job that did."""
    answer = client.post(f"/jobs/{job.pk}/undo")
    assert answer.status_code == 202, answer.content
    return work_on(Job.objects.get(pk=answer.json()["id"]))


def finished(client: Client, job: Job) -> dict[str, Any]:
    """Return what is told of a job once workers are done with it."""
    work_on(job)
    told: dict[str, Any] = client.get(f"/jobs/{job.pk}").json()
    return told


def errors_of(client: Client, job: Job) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/jobs/{job.pk}/errors").json()["results"]
    return found


def relate(
    source: Annotation, target: dict[str, Any], project: Project, label: Label | None = None
) -> Relation:
    """Join an annotation with one that was made over HTTP."""
    label = label or LabelFactory.create(project=project, kind=Kind.RELATION)
    made: Relation = Relation.objects.create(
        project=project,
        document_id=source.document_id,
        annotation_set_id=source.annotation_set_id,
        label=label,
        schema_version=schema_version_of(project),
        author_id=source.author_id,
        source=source,
        target_id=target["id"],
    )
    return made
