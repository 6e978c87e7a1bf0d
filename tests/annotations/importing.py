"""Import over HTTP, with a worker in process, as the tests of imports do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.core.files.base import ContentFile

from documents.models import Document, Job, Project
from tests.client import Client
from tests.documents.jobs_at_work import work_on

Import = Callable[..., Any]


def lines(*records: Mapping[str, Any]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def numbered(count: int, **members: Any) -> bytes:
    return lines(
        *({"id": f"n-{n}", "text": f"Letter {n}.", **members} for n in range(1, count + 1))
    )


def send(
    client: Client, project: Project, content: bytes, name: str = "a.jsonl", **told: Any
) -> Any:
    """POST a file with options; dictionaries go as JSON text."""
    options = {key: json.dumps(one) if isinstance(one, dict) else one for key, one in told.items()}
    file = ContentFile(content, name)
    return client.upload(f"/projects/{project.pk}/imports", file=file, **options)


def imported(
    client: Client, project: Project, content: bytes, name: str = "a.jsonl", **told: Any
) -> Any:
    """Import a file to its end and return the job as the API shows it then."""
    response = send(client, project, content, name, **told)
    assert response.status_code == 202, response.content
    return finished(client, response.json()["id"])


def finished(client: Client, job_id: str, turns: int = 100) -> Any:
    work_on(Job.objects.get(pk=job_id), turns=turns)
    return client.get(f"/jobs/{job_id}").json()


def errors_of(client: Client, job: Any) -> list[tuple[Any, ...]]:
    listed = client.get(f"/jobs/{job['id']}/errors?limit=500").json()["results"]
    return [(one["line"] or one["entry"], one["field"], one["code"]) for one in listed]


def texts(project: Project) -> dict[str | None, str]:
    """Return the present texts of the project's live documents by external_id."""
    rows = Document.objects.live().filter(project=project).select_related("revision")
    return {one.external_id: one.revision.text if one.revision else "" for one in rows}


def preview(client: Client, job: Any) -> Any:
    """Return what a dry run shows."""
    response = client.get(f"/jobs/{job['id']}/result")
    assert "preview.json" in response["Content-Disposition"]
    return json.loads(b"".join(response.streaming_content))
