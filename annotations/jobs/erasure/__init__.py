"""Final erasure of documents, as a job: text, files, annotations, and what the log tells of them.

What stays is who did what and when: rows without content, so that nothing that points at them
breaks. The stages come in an order in which a job that ends early has erased each document wholly
or not at all: first what earlier jobs of the project kept of their files, for any of these may
have held a document; then the answers kept for repeated requests; last the documents, one batch
after the other.

Files go after the commit that takes their names out of their rows; until they are gone the job's
cursor names them, so that no crash leaves one that nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.storage import default_storage

from annotations.jobs.erasure.answers import forget_answers
from annotations.jobs.erasure.batch import Batch
from annotations.jobs.erasure.documents import erase_documents
from annotations.jobs.erasure.past_jobs import empty_jobs, silence_job_errors
from documents.jobs import Turn
from documents.models import Job

STAGES: dict[str, Callable[[Job, Any], Batch]] = {
    "jobs": empty_jobs,
    "job_errors": silence_job_errors,
    "answers": forget_answers,
    "documents": erase_documents,
}
_NEXT = dict(zip(STAGES, [*list(STAGES)[1:], "end"], strict=True))


def run(turn: Turn) -> None:
    """Erase what the job names: {"documents": [ids]}, or {"deleted_before": time in ISO 8601}."""
    while True:
        _remove(turn.job.cursor.get("files", []))
        stage = turn.job.cursor.get("stage", "jobs")
        if stage == "end":
            return
        with turn.step() as step:
            batch = STAGES[stage](step.job, step.job.cursor.get("after"))
            step.advance(
                cursor=_cursor(stage, batch),
                done=batch.done,
                counts=batch.counts,
                errors=batch.errors,
            )


def _cursor(stage: str, batch: Batch) -> dict[str, Any]:
    return {
        "stage": _NEXT[stage] if batch.after is None else stage,
        "after": batch.after,
        "files": batch.files,
        "unbroken": batch.is_unbroken,
    }


def _remove(files: list[str]) -> None:
    for name in files:
        default_storage.delete(name)
