"""What one step of an erasure has done, and what is taken out of rows and of the log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, JSONField, Value, When
from django.db.models.fields.files import FieldFile

from documents.deliveries import forget_answers
from documents.models import JobError
from users.models import Event

ERASED = {"erased": True}


@dataclass
class Batch:
    """The outcome of a step. `after` is where its stage goes on, None when it is through.

    `files` are names in the storage, to be deleted after the commit. An `is_unbroken` batch has
    begun what the next step brings to its end.
    """

    after: Any = None
    files: list[str] = field(default_factory=list)
    done: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    errors: list[JobError] = field(default_factory=list)
    is_unbroken: bool = False


def scrub_events(targets: Any) -> int:
    """Take the content out of the events of resources, given by id; return of how many events.

    They stay in their order, with who and when; a creation is still told by having no `before`.
    """
    events = Event.objects.filter(target_id__in=targets)
    forget_answers(events)
    return events.update(before=_erased("before"), after=_erased("after"))


def _erased(column: str) -> Case:
    given = When(**{f"{column}__isnull": False}, then=Value(ERASED, JSONField()))
    return Case(given, default=None, output_field=JSONField())


def names_of(files: Iterable[FieldFile]) -> list[str]:
    """Return the storage's names of those files that there are."""
    return [str(file.name) for file in files if file]
