"""Take back what was done to sets, some of them in a step; a dry run only counts."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils import timezone

from annotations.jobs.restoring.batches import next_sets
from annotations.jobs.restoring.items import COLUMNS, Item, hold
from annotations.jobs.restoring.order import Order
from annotations.jobs.restoring.room import settle
from annotations.models import Annotation, Relation
from documents.jobs import Turn
from documents.models import Job, JobError
from users.copying import change_rows
from users.services.events import Change, record_changes

_COUNTED = ("version", "updated_at")
_WRITTEN = {
    Annotation: (*COLUMNS[Annotation], *_COUNTED),
    Relation: (*COLUMNS[Relation], *_COUNTED),
}


def restore(turn: Turn) -> None:
    """Take back what the job's order says, set by set."""
    order = Order.of(turn.job)
    while sets := next_sets(order, turn.job.cursor.get("after")):
        with turn.step() as step:
            batch = hold(order, sets)
            settle(batch)
            if not order.dry_run:
                _write(step.job, [item for item in batch.items if item.changes])
            step.advance(
                cursor={"after": str(sets[-1])},
                done=len(batch.items),
                counts=Counter(_end(item) for item in batch.items),
                errors=[_error(item) for item in batch.items if item.problem],
            )


def _end(item: Item) -> str:
    """Return what becomes of a row, as it is counted and, of the event, told."""
    if item.problem:
        return "left"
    if not item.changes:
        return "unchanged"
    if item.is_live == item.was_live:
        return "updated"
    return "restored" if item.is_live else "deleted"


def _error(item: Item) -> JobError:
    assert item.problem
    name = _name_of(item)
    return JobError(entry=str(item.row.pk), field=name, **item.problem._asdict())


def _name_of(item: Item) -> str:
    """Return what events call the row."""
    return "annotation" if item.is_annotation else "relation"


def _write(job: Job, items: list[Item]) -> None:
    """Write rows as their next versions, with the events.

    They all go before any comes, so that none is in the way of another one on its way.
    """
    now = timezone.now()
    for model in (Annotation, Relation):
        rows = [_next(item, now) for item in items if isinstance(item.row, model)]
        model.objects.live().filter(pk__in=[row.pk for row in rows]).update(deleted_at=now)
        change_rows(rows, _WRITTEN[model])
    told = [
        Change(f"{_name_of(item)}.{_end(item)}", item.row, item.now, item.row.snapshot())
        for item in items
    ]
    record_changes(actor=job.created_by, changes=told, project_id=job.project_id)


def _next(item: Item, now: Any) -> Any:
    for name, value in item.then.items():
        setattr(item.row, name, value)
    item.row.version += 1
    item.row.updated_at = now
    return item.row
