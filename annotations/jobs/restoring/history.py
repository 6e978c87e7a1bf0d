"""What the log tells of annotations and relations: what was changed, and what they were then."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotations.jobs.restoring.order import Order
from annotations.models import Annotation, Relation
from documents.models import Document
from users.models import Event

MODELS: dict[str, type[Annotation | Relation]] = {"annotation": Annotation, "relation": Relation}
# Where an annotation is, of which the text is a part.
PLACE = ("start", "end", "fragments", "quote", "prefix", "suffix", "page", "boxes")
Told = dict[str, Any]


def position_at(project_id: UUID, at: datetime) -> int:
    """Return the last event of a project that was told at a time or before it; 0 for none.

    From there on the order is that of the log: clocks of several machines differ.
    """
    log = Event.objects.filter(project_id=project_id, at__lte=at).order_by("-pk")
    return log.values_list("pk", flat=True).first() or 0


def changes(order: Order) -> QuerySet[Event]:
    """Return the events that are to be taken back, but for those of deleted documents."""
    rows = Event.objects.filter(project_id=order.project_id, target_type__in=MODELS)
    rows = rows.filter(pk__gt=order.after, pk__lte=order.until)
    if order.document:
        rows = rows.filter(document_id=order.document)
    if order.user:
        rows = rows.filter(actor_id=order.user)
    there = Document.objects.filter(pk=OuterRef("document_id"), deleted_at=None)
    found: QuerySet[Event] = rows.filter(Exists(there))
    return found


def states_then(order: Order, ids: Collection[UUID]) -> dict[UUID, Told | None]:
    """Return what (locked) rows were, by their ids: None for what was not there yet."""
    first = _since(order, ids).order_by("target_id", "pk").distinct("target_id")
    return dict(first.values_list("target_id", "before"))


def changed_by_others(order: Order, ids: Collection[UUID]) -> set[UUID]:
    """Return which (locked) rows somebody changed whose doings are not to be taken back.

    That is anybody since the job was started, and where it is about a user, any other one.
    Moving to another text is nobody's doing.
    """
    theirs = Q(pk__gt=order.until)
    if order.user:
        theirs |= ~Q(actor_id=order.user)
    found = _since(order, ids).filter(theirs).exclude(actor_id=None)
    return set(found.values_list("target_id", flat=True).distinct())


def moved_by_people(order: Order, ids: Collection[UUID]) -> set[UUID]:
    """Return which (locked) annotations somebody gave another place, which no new text did."""
    log = _since(order, ids).exclude(action="annotation.reanchored").exclude(before=None)
    told: Any = log.values_list("target_id", "before", "after")
    return {
        target_id
        for target_id, before, after in told
        if any(before[name] != after[name] for name in PLACE)
    }


def _since(order: Order, ids: Collection[UUID]) -> QuerySet[Event]:
    rows: QuerySet[Event] = Event.objects.filter(target_id__in=ids, pk__gt=order.after)
    return rows
