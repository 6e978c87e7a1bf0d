"""What a merge or a split was asked for, as its job keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from annotations.models import Label
from documents.jobs import JobFailed
from documents.models import Job


class Action(StrEnum):
    """What a job of this kind does."""

    MERGE = "merge"
    SPLIT = "split"
    UNDO = "undo"


@dataclass(frozen=True)
class Order:
    """Which label gives to which other one, and of what; an empty `where` means all."""

    source: Label
    into: Label
    where: dict[str, Any]

    @classmethod
    def of(cls, job: Job) -> Order:
        """Read what a job was asked for; raises JobFailed where that cannot be done any more."""
        if "undone_by" in job.parameters:
            raise JobFailed("undone", "It was undone; start another one.")
        labels = Label.objects.filter(project_id=job.project_id)
        source = labels.get(pk=job.parameters["label"])
        into = labels.get(pk=job.parameters["into"])
        if into.archived_at is not None:
            raise JobFailed("label_archived", f"{into.name!r} was archived meanwhile.")
        return cls(source, into, job.parameters.get("where", {}))
