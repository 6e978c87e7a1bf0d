"""What a restoration was asked for, as its job keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from documents.models import Job
from users.models import Event


@dataclass(frozen=True)
class Order:
    """What to take back: all that the log tells of a project after one event, up to another.

    Where `document` or `user` are given, only what befell that document, or what that user did.
    """

    project_id: UUID
    after: int
    until: int
    document: UUID | None
    user: UUID | None
    dry_run: bool

    @classmethod
    def of(cls, job: Job) -> Self:
        """Read what a job was asked for. What is done after its start is not its concern."""
        asked: dict[str, Any] = job.parameters
        own = Event.objects.filter(target_id=job.pk).order_by("pk")
        return cls(
            project_id=job.project_id,
            after=asked["after_event"],
            until=own.values_list("pk", flat=True)[0],
            document=_id(asked["document"]),
            user=_id(asked["user"]),
            dry_run=asked["dry_run"],
        )


def _id(told: str | None) -> UUID | None:
    return UUID(told) if told else None
