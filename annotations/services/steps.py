"""Which of somebody's changes to a document is to be taken back next, or made again.

A step is what one request changed: the events of one transaction. To undo a step is a step itself,
that `undoes` it; to redo is to undo an undo. So the log tells all, and nothing is kept beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Max, QuerySet

from documents.models import Document
from users.models import Event, User

WRITTEN = [
    f"{kind}.{done}"
    for kind in ("annotation", "relation")
    for done in ("created", "updated", "deleted", "restored")
]
# How many steps one can go back.
MOST = 1_000


class Step(NamedTuple):
    """A transaction, and the one that it took back."""

    transaction: int
    undoes: int | None = None


def events(author: User, document: Document) -> QuerySet[Event]:
    """Return what somebody has changed in a document since it got its present text."""
    log = Event.objects.filter(document_id=document.pk)
    moved = log.filter(action="set.reanchored").order_by("-pk").values_list("pk", flat=True)
    own = log.filter(actor=author, action__in=WRITTEN, pk__gt=moved.first() or 0)
    # What a job did in somebody's name is taken back by a job.
    by_hand: QuerySet[Event] = own.exclude(request_id__startswith="job:")
    return by_hand


def steps(author: User, document: Document) -> list[Step]:
    """Return somebody's steps in a document, the newest first."""
    grouped = events(author, document).values("transaction", "undoes").annotate(last=Max("pk"))
    newest = grouped.order_by("-last").values_list("transaction", "undoes")[:MOST]
    return [Step(*row) for row in newest]


def to_undo(newest_first: Sequence[Step]) -> int | None:
    """Return the last change that is not taken back."""
    undone: set[int] = set()
    for step in newest_first:
        if step.transaction in undone:
            continue
        if step.undoes is None:
            return step.transaction
        undone.add(step.undoes)
    return None


def to_redo(newest_first: Sequence[Step]) -> int | None:
    """Return the last undo that is not taken back; none once something else was changed."""
    undos = {step.transaction for step in newest_first if step.undoes is not None}
    undone: set[int] = set()
    for step in newest_first:
        if step.transaction in undone:
            continue
        if step.undoes is None:
            return None
        if step.undoes not in undos:
            return step.transaction
        undone.add(step.undoes)  # a redo: the undo that it took back is none any more
    return None
