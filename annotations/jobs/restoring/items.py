"""What a step works on: rows as they are and as they were, in sets under lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone

from annotations.jobs.restoring.batches import changed_rows
from annotations.jobs.restoring.history import (
    MODELS,
    PLACE,
    Told,
    changed_by_others,
    moved_by_people,
    states_then,
)
from annotations.jobs.restoring.order import Order
from annotations.models import Annotation, AnnotationSet, Label, Relation, State
from documents.models import Project

_SAID = ("label_id", "schema_version_id", "attributes", "body", "confidence", "deleted_at")
_PLACED = (*PLACE, "revision_id", "anchoring", "anchor_confidence")
# What comes back; the rest of a row never changes, or belongs to the row as it is.
COLUMNS: dict[type[Any], tuple[str, ...]] = {Annotation: (*_SAID, *_PLACED), Relation: _SAID}
_OPEN = frozenset({State.DRAFT, State.RETURNED})


class Problem(NamedTuple):
    """Why a row stays as it is."""

    code: str
    detail: str


_CLOSED = Problem("set_closed", "Its set is submitted or approved; have it returned first.")
_CHANGED = Problem("changed_since", "Somebody else has changed it since then.")
_MOVED = Problem("text_differs", "It was given another place, and the document has another text.")


@dataclass
class Item:
    """A row with its columns as they are `now` and as they were `then`.

    One that has a problem stays as it is.
    """

    row: Annotation | Relation
    now: Told
    then: Told
    problem: Problem | None = None

    @property
    def is_annotation(self) -> bool:
        """Return whether it is no relation."""
        return isinstance(self.row, Annotation)

    @property
    def changes(self) -> bool:
        """Return whether the row will be another."""
        return self.problem is None and any(self.now[name] != self.then[name] for name in self.then)

    @property
    def final(self) -> Told:
        """Return the columns as they will be."""
        return self.now | self.then if self.changes else self.now

    @property
    def is_live(self) -> bool:
        """Return whether the row will be there."""
        return self.final["deleted_at"] is None

    @property
    def was_live(self) -> bool:
        """Return whether the row is there now."""
        return self.now["deleted_at"] is None


@dataclass
class Batch:
    """The rows of sets under lock; where `exclusive`, no two spans of a set overlap."""

    sets: list[UUID]
    items: list[Item]
    exclusive: bool

    def kind(self, *, annotations: bool) -> list[Item]:
        """Return the annotations, or the relations."""
        return [item for item in self.items if item.is_annotation is annotations]


def hold(order: Order, sets: list[UUID]) -> Batch:
    """Lock sets and what was changed in them, and tell for each row what there is to do.

    The sets are locked in the order in which all lock them, so that nobody says anything in them
    meanwhile.
    """
    exclusive = not Project.objects.hold_overlap(order.project_id)
    locked = AnnotationSet.objects.filter(pk__in=sets).select_for_update().order_by("-pk")
    is_open = {one.pk: one.state in _OPEN for one in locked}
    rows = [row for name in MODELS for row in _locked(order, name, sets)]
    items = _items(order, rows)
    others = changed_by_others(order, [row.pk for row in rows])
    archived = _archived(items)
    for item in items:
        if not item.problem and item.changes:
            item.problem = _problem(item, is_open, others, archived)
    return Batch(sets, items, exclusive)


def _locked(order: Order, name: str, sets: list[UUID]) -> Iterable[Any]:
    rows = changed_rows(order, name, sets).order_by("pk")
    return rows.select_for_update(of=("self",))


def _items(order: Order, rows: list[Any]) -> list[Item]:
    states, at = states_then(order, [row.pk for row in rows]), timezone.now()
    items = [_item(row, states[row.pk], at) for row in rows]
    moves = [item for item in items if _has_other_text(item)]
    moved = moved_by_people(order, [item.row.pk for item in moves]) if moves else set()
    for item in moves:
        if item.row.pk in moved:
            item.problem = _MOVED
        else:  # its place then is where it is now, in the present text
            item.then |= {name: item.now[name] for name in _PLACED}
    return items


def _item(row: Any, told: Told | None, at: datetime) -> Item:
    now, names = row.snapshot(), COLUMNS[type(row)]
    if told is None:
        return Item(row, now, {"deleted_at": now["deleted_at"] or at})
    then = row.columns_of(told)
    return Item(row, now, {name: then[name] for name in names})


def _has_other_text(item: Item) -> bool:
    return item.then.get("revision_id", item.now.get("revision_id")) != item.now.get("revision_id")


def _problem(
    item: Item, is_open: dict[UUID, bool], others: set[UUID], archived: dict[UUID, str]
) -> Problem | None:
    label = item.then.get("label_id")
    if not is_open[item.row.annotation_set_id]:
        return _CLOSED
    if item.row.pk in others:
        return _CHANGED
    if label != item.now["label_id"] and label in archived:
        return Problem("label_archived", f"{archived[label]!r} is archived.")
    return None


def _archived(items: list[Item]) -> dict[UUID, str]:
    """Return the names of labels that are given to nothing any more."""
    wanted = {item.then["label_id"] for item in items if "label_id" in item.then}
    rows = Label.objects.filter(pk__in=wanted).exclude(archived_at=None)
    return dict(rows.values_list("pk", "name"))
