"""Take back what somebody changed in a document, one request at a time, and make it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import JSONField, Q
from django.utils import timezone

from annotations.errors import ChangedSince, NothingToUndo
from annotations.models import Annotation, Relation
from annotations.services.annotations import save_annotation
from annotations.services.relations import save_relation
from annotations.services.sets import lock_for_writing
from annotations.services.steps import Step, events, steps, to_redo, to_undo
from documents.models import Document
from users.models import Event, User
from users.services.events import Change, record_changes

Item = Annotation | Relation
MODELS: dict[str, type[Item]] = {"annotation": Annotation, "relation": Relation}
# What a row keeps whatever is undone; whether spans may overlap is the project's setting of today.
_KEPT = frozenset({"id", "version", "created_at", "updated_at", "exclusive"})


@dataclass(frozen=True)
class Undone:
    """What was changed, as it is now, and whether there is more to take back or make again."""

    annotations: list[Annotation]
    relations: list[Relation]
    can_undo: bool
    can_redo: bool


@dataclass(frozen=True)
class _Change:
    """What a step did to one row: what that was before, if it was there."""

    kind: str
    before: dict[str, Any] | None


def possible(*, author: User, document: Document) -> tuple[bool, bool]:
    """Return whether there is something to undo, and something to redo."""
    known = steps(author, document)
    return to_undo(known) is not None, to_redo(known) is not None


@transaction.atomic
def undo(*, author: User, document: Document) -> Undone:
    """Take back one's last change; raises as `_take_back`, NothingToUndo."""
    return _take_back(author, document, to_undo)


@transaction.atomic
def redo(*, author: User, document: Document) -> Undone:
    """Make again what was taken back last; raises as `_take_back`, NothingToUndo."""
    return _take_back(author, document, to_redo)


def _take_back(
    author: User, document: Document, choose: Callable[[Sequence[Step]], int | None]
) -> Undone:
    """Bring what a step changed to where it was before.

    Raises ChangedSince (somebody else changed it), SetClosed, NotYours, BeingReanchored, and what
    stands in its way by now: LabelAlreadyGiven, Overlaps, RelationExists.
    """
    number = _held_step(author, document, choose)
    log = list(events(author, document).filter(transaction=number).order_by("pk"))
    _require_untouched(author, document, log)
    done = _changes(log)
    rows = _with_room(done)
    # Relations go before their annotations and come after them: that is the order of the log.
    changes = [_restored(rows[pk], one) for pk, one in reversed(done.items())]
    record_changes(actor=author, changes=changes, project_id=document.project_id, undoes=number)
    changed = [change.target for change in changes]
    relations = [one for one in changed if isinstance(one, Relation)]
    _require_ends(relations)
    return Undone(
        [one for one in changed if isinstance(one, Annotation)],
        relations,
        *possible(author=author, document=document),
    )


def _held_step(
    author: User, document: Document, choose: Callable[[Sequence[Step]], int | None]
) -> int:
    """Return the step, with the sets that it changed under lock; raises NothingToUndo."""
    held: int | None = None
    while True:
        number = choose(steps(author, document))
        if number is None:
            raise NothingToUndo("You have changed nothing here that could be.")
        if number == held:  # nobody was faster
            return number
        held = number
        for set_id in _sets(events(author, document).filter(transaction=number)):
            lock_for_writing(author=author, set_id=set_id, document_id=document.pk)


def _sets(log: Any) -> list[UUID]:
    told = log.values_list("after__annotation_set_id", flat=True)
    return sorted({UUID(one) for one in told})


def _require_untouched(author: User, document: Document, log: Sequence[Event]) -> None:
    """Raise ChangedSince where others have changed what a step did; one's own steps are undone."""
    since = Event.objects.filter(target_id__in={one.target_id for one in log}, pk__gt=log[0].pk)
    others = since.exclude(pk__in=events(author, document).values("pk")).order_by("pk").first()
    if others:
        told = f"{others.actor or 'A job'} did {others.action} after you."
        raise ChangedSince(told, target_id=others.target_id)


def _changes(log: Sequence[Event]) -> dict[UUID, _Change]:
    rows: dict[UUID, _Change] = {}
    for event in log:
        first = rows.get(event.target_id)
        before = first.before if first else event.before
        rows[event.target_id] = _Change(event.target_type, before)
    return rows


def _with_room(done: dict[UUID, _Change]) -> dict[UUID, Item]:
    """Return the rows of a step, as they are, under lock; in the database they make room.

    So two that have changed places may change back, though each is written for itself.
    """
    found: dict[UUID, Item] = {}
    for kind, model in MODELS.items():
        ids = [pk for pk, one in done.items() if one.kind == kind]
        rows: Any = model.objects.filter(pk__in=ids).order_by("pk")
        locked = rows.select_for_update(of=("self",)).select_related("label")
        found |= {one.pk: one for one in locked}
        rows.live().order_by().update(deleted_at=timezone.now())
    return found


def _restored(current: Item, done: _Change) -> Change:
    before = current.snapshot()
    if done.before is None:
        _require_unused(current)
        current.deleted_at = timezone.now()
    else:
        _take_over(current, done.before)
    current.version += 1
    if isinstance(current, Annotation):
        save_annotation(current)
    else:
        save_relation(current)
    return Change(_action(done.kind, before, current), current, before, current.snapshot())


def _require_unused(current: Item) -> None:
    """Raise ChangedSince for an annotation that somebody has joined to another."""
    if isinstance(current, Annotation):
        ends = Q(source=current) | Q(target=current)
        if Relation.objects.live().filter(ends).exists():
            raise ChangedSince(f"{current} has relations by now.", target_id=current.pk)


def _require_ends(relations: Sequence[Relation]) -> None:
    """Raise ChangedSince where a relation is there of which somebody has deleted an end."""
    ends = {pk for one in relations if not one.deleted_at for pk in (one.source_id, one.target_id)}
    gone = Annotation.objects.filter(pk__in=ends).exclude(deleted_at=None).first()
    if gone:
        raise ChangedSince(f"{gone} is deleted by now.", target_id=gone.pk)


def _take_over(current: Item, told: dict[str, Any]) -> None:
    for field in current._meta.concrete_fields:  # noqa: SLF001 - Django's public API
        if field.attname not in _KEPT and field.attname in told:
            value = told[field.attname]
            plain = isinstance(field, JSONField) or value is None
            setattr(current, field.attname, value if plain else _read(field, value))


def _read(field: Any, value: Any) -> Any:
    return (field.target_field if field.is_relation else field).to_python(value)


def _action(kind: str, before: dict[str, Any], current: Item) -> str:
    if (before["deleted_at"] is None) == (current.deleted_at is None):
        return f"{kind}.updated"
    return f"{kind}.{'deleted' if current.deleted_at else 'restored'}"
