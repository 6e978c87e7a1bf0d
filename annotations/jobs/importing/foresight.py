"""What a dry run adds up over its batches: labels that would be made, and what would be kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from annotations.jobs.importing.batch import Prepared
from annotations.jobs.importing.labels import Labels
from documents.intake import Ended, Outcome
from documents.jobs import JobFailed
from documents.models import Job
from documents.usage import limits_of, used_by

# More are not told by name.
NAMED = 1_000


class Foresight:
    """As of the batch at hand; between the steps, the job's cursor keeps it.

    Raises JobFailed where the import would fail, for it would go beyond the project's quota.
    """

    def __init__(self, job: Job, labels: Labels, pairs: Iterable[tuple[Prepared, Outcome]]) -> None:
        told = job.cursor.get("foresight", {"labels": [], "documents": 0, "bytes": 0})
        missing = {tuple(name) for name in told["labels"]} | {*labels.missing}
        self.labels = sorted(missing)[:NAMED]
        self.documents, self.bytes = told["documents"], told["bytes"]
        for prepared, outcome in pairs:
            if outcome.ended in {Ended.CREATED, Ended.REVISED}:
                self.documents += outcome.ended == Ended.CREATED
                self.bytes += _size(prepared)
        self._require_room(job)

    def as_cursor(self) -> dict[str, Any]:
        """Return what the cursor keeps."""
        return {
            "foresight": {
                "labels": [list(name) for name in self.labels],
                "documents": self.documents,
                "bytes": self.bytes,
            }
        }

    def _require_room(self, job: Job) -> None:
        limits, used = limits_of(job.project), used_by(job.project)
        for what in ("documents", "bytes"):
            limit, has, more = getattr(limits, what), getattr(used, what), getattr(self, what)
            if limit is not None and has + more > limit:
                detail = f"The project may keep {limit} {what} and keeps {has}: no {more} more."
                raise JobFailed("quota_exceeded", detail)


def _size(prepared: Prepared) -> int:
    source = prepared.item.source
    return source.size if source else len(prepared.item.text.encode(errors="replace"))
