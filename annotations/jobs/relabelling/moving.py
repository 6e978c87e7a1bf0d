"""Give what has a label another one, batch by batch; a merge archives the label at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from django.utils import timezone

from annotations import schema
from annotations.attributes import AttributesError, check_attributes
from annotations.errors import InvalidLabel
from annotations.jobs.relabelling.conditions import matching
from annotations.jobs.relabelling.merging import rewrite
from annotations.jobs.relabelling.order import Order
from annotations.jobs.relabelling.rows import (
    WRITTEN,
    Row,
    locked,
    name_of,
    place_of,
    relations_of,
    taken,
)
from annotations.models import Annotation, Label, Relation
from documents.jobs import JobFailed, Turn
from documents.models import Job, JobError
from users.copying import change_rows
from users.services.events import Change, record_changes

AT_ONCE = 1_000


def split(turn: Turn) -> None:
    """Give what meets the job's conditions its other label."""
    while _move_a_batch(turn):
        pass


def merge(turn: Turn) -> None:
    """Give all that has the label the other one, then archive it."""
    done = False
    while not done:
        split(turn)
        done = _close(turn)


def _move_a_batch(turn: Turn) -> bool:
    """Move the next rows in one step; return whether there were any."""
    order, after = Order.of(turn.job), turn.job.cursor.get("after")
    rows = matching(order.source, order.where)
    rows = rows.filter(pk__gt=after) if after else rows
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    if not ids:
        return False
    with turn.step() as step:
        batch = locked(rows, ids)
        counts = _move(step.job, order, batch)
        errors = list(_unfit(order, batch))
        cursor = {"after": str(ids[-1])}
        step.advance(cursor=cursor, done=len(batch), counts=counts, errors=errors)
    return True


def _move(job: Job, order: Order, batch: list[Row]) -> Counter[str]:
    """Give rows the other label; what its place has already is deleted. Return how they ended."""
    in_the_way = taken(batch, order.into.pk)
    twice = {row for row in batch if place_of(row) in in_the_way}
    gone = relations_of([row for row in twice if isinstance(row, Annotation)])
    version, now = schema.current_id(job.project_id), timezone.now()
    changes = [Change("relation.deleted", row, row.snapshot(), {}) for row in gone]
    for row in batch:
        action = "deleted" if row in twice else "relabelled"
        changes.append(Change(f"{name_of(row)}.{action}", row, row.snapshot(), {}))
        row.label_id, row.schema_version_id = order.into.pk, version
    for row in (*twice, *gone):
        row.deleted_at = now
    _write(job, changes)
    return Counter(relabelled=len(batch) - len(twice), deleted=len(twice))


def _write(job: Job, changes: list[Change]) -> None:
    """Write the rows of changes as their next versions, with the events."""
    now = timezone.now()
    for change in changes:
        change.target.version += 1
        change.target.updated_at = now
    for model in (Annotation, Relation):
        change_rows([one.target for one in changes if isinstance(one.target, model)], WRITTEN)
    told = [change._replace(after=change.target.snapshot()) for change in changes]
    record_changes(actor=job.created_by, changes=told, project_id=job.project_id)


def _unfit(order: Order, batch: list[Row]) -> Iterator[JobError]:
    """Yield what does not fit the new label; it has that all the same, and keeps what it says."""
    live = [row for row in batch if row.deleted_at is None]
    for row in live:
        try:
            check_attributes(order.into.attribute_schema, row.attributes)
        except AttributesError as error:
            field = f"/attributes{error.pointer}"
            yield JobError(entry=str(row.pk), field=field, code=error.code, detail=error.detail)
    if order.into.joins:
        yield from _not_joined(order.into, [row for row in live if isinstance(row, Relation)])


def _not_joined(label: Label, relations: list[Relation]) -> Iterator[JobError]:
    ends = {pk for one in relations for pk in (one.source_id, one.target_id)}
    given = dict(Annotation.objects.filter(pk__in=ends).values_list("pk", "label_id"))
    for one in relations:
        if [str(given[one.source_id]), str(given[one.target_id])] not in label.joins:
            detail = f"{label.name!r} joins other labels than these."
            yield JobError(entry=str(one.pk), field="/label", code="not_joined", detail=detail)


def _close(turn: Turn) -> bool:
    """Archive the merged label, with nothing left that has it; False where there is something."""
    if _is_closed(Order.of(turn.job)):
        return True
    with turn.step() as step:
        schema.hold(step.job.project_id)
        labels = {one.pk: one for one in _locked_labels(step.job)}
        order = Order.of(step.job)
        is_empty = not matching(order.source, {}).exists()
        if is_empty:
            _archive(step.job, order, labels)
        else:  # somebody gave it meanwhile
            step.advance(cursor={})
    return is_empty


def _is_closed(order: Order) -> bool:
    return order.source.merged_into_id == order.into.pk


def _locked_labels(job: Job) -> list[Label]:
    """Return all labels of the project under a lock that waits for what is given one just now."""
    rows = Label.objects.filter(project_id=job.project_id)
    return list(rows.select_for_update().order_by("pk"))


def _archive(job: Job, order: Order, labels: dict[UUID, Label]) -> None:
    before = {pk: label.snapshot() for pk, label in labels.items()}
    source = labels[order.source.pk]
    rewrite(labels, order.source.pk, order.into.pk)
    _require_levels(labels)
    source.archived_at = source.archived_at or timezone.now()
    source.merged_into_id = order.into.pk
    # The source comes last, for what is undone is undone from the end.
    changed = [one for pk, one in labels.items() if one is not source]
    changed = [one for one in changed if one.snapshot() != before[one.pk]] + [source]
    for label in changed:
        label.save_new_version()
    schema.add_version(author=job.created_by, project_id=job.project_id)
    actions = ["label.updated"] * (len(changed) - 1) + ["label.merged"]
    told = [
        Change(action, label, before[label.pk], label.snapshot())
        for action, label in zip(actions, changed, strict=True)
    ]
    record_changes(actor=job.created_by, changes=told, project_id=job.project_id)


def _require_levels(labels: dict[UUID, Label]) -> None:
    try:
        schema.check_levels(labels, at={})
    except InvalidLabel as error:
        raise JobFailed("too_deep", error.detail) from error
