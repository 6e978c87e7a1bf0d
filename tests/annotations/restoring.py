"""Restorations in tests: over HTTP, with a worker's turns; and what the tables hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from annotations.models import Annotation, Label, Relation
from documents.models import Document, Job, Project
from tests.client import Client
from tests.documents.jobs_at_work import work_on

BESIDE = {"version", "updated_at"}


def started(client: Client, project: Project, at: datetime, **content: Any) -> Job:
    """Start a restoration and return its job."""
    answer = client.post(f"/projects/{project.pk}/restorations", {"at": at.isoformat(), **content})
    assert answer.status_code == 202, answer.content
    return Job.objects.get(pk=answer.json()["id"])


def restored(client: Client, project: Project, at: datetime, **content: Any) -> Job:
    """Restore, and return the job, which has succeeded."""
    job = work_on(started(client, project, at, **content))
    assert job.state == "succeeded", job.error_detail
    return job


def left(job: Job) -> list[tuple[str, str, str]]:
    """Return what a job left as it is: (id, what it is, why)."""
    return list(job.errors.order_by("id").values_list("entry", "field", "code"))


def state(project: Project) -> dict[str, Any]:
    """Return what is said in a project now, deleted rows too, but for versions and their times."""
    return {
        str(row.pk): {name: value for name, value in row.snapshot().items() if name not in BESIDE}
        for model in (Annotation, Relation)
        for row in model.objects.filter(project=project)
    }


def live(project: Project) -> dict[str, Any]:
    """Return what of the state is there."""
    return {pk: row for pk, row in state(project).items() if row["deleted_at"] is None}


def patch(client: Client, annotation: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = client.patch(f"/annotations/{annotation['id']}", changes, If_Match="*")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def delete(client: Client, row: dict[str, Any], kind: str = "annotations") -> None:
    assert client.delete(f"/{kind}/{row['id']}", If_Match="*").status_code == 204


def join(
    client: Client, document: Document, label: Label, source: Any, target: Any
) -> dict[str, Any]:
    content = {"label": label.pk, "source": source["id"], "target": target["id"]}
    answer = client.post(f"/documents/{document.pk}/relations", content)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())
