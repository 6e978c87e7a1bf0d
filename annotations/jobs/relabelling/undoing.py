"""Take back what a merge or a split did, as the log tells it, from its end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from annotations import schema
from annotations.errors import InvalidLabel
from annotations.jobs.relabelling.rows import (
    MODELS,
    WRITTEN,
    Place,
    Row,
    locked,
    name_of,
    place_of,
    taken,
)
from annotations.models import Annotation, Label, Relation
from documents.jobs import JobFailed, Turn
from documents.models import Job, JobError
from users.copying import as_json, change_rows
from users.models import Event
from users.services.events import Change, record_changes

AT_ONCE = 1_000
CHANGED_SINCE = "It was changed after that, and stays as it is."
_BESIDE = frozenset({"version", "updated_at"})
Told = tuple[Event, Change]


def undo(turn: Turn) -> None:
    """Take back what the job named in the parameters did, where nothing was changed since."""
    while _undo_a_batch(turn):
        pass


def _undo_a_batch(turn: Turn) -> bool:
    """Take back the next events in one step; return whether there were any."""
    events = _events(turn.job)
    if not events:
        return False
    of_rows = [event for event in events if event.target_type in MODELS]
    with turn.step() as step:
        job = step.job
        done = [*_labels(job, [event for event in events if event.target_type == "label"])]
        for name, model in MODELS.items():
            done += _rows(model, [event for event in of_rows if event.target_type == name])
        _record(job, [one for one in done if not isinstance(one, JobError)])
        errors = [one for one in done if isinstance(one, JobError)]
        counts = Counter(undone=len(done) - len(errors), left=len(errors))
        cursor = {"before": events[-1].pk}
        step.advance(cursor=cursor, done=len(of_rows), counts=counts, errors=errors)
    return True


def _events(job: Job) -> list[Event]:
    """Return the next events of the job to undo, the latest first.

    They lie between those of the job's own row, whose first and last are found by its id.
    """
    former = job.parameters["job"]
    own = Event.objects.filter(target_id=former).order_by("id").values_list("id", flat=True)
    first, last = own.first(), job.cursor.get("before") or own.last()
    rows = Event.objects.filter(
        project_id=job.project_id, id__gt=first, id__lt=last, request_id=f"job:{former}"
    )
    return list(rows.exclude(target_type="job").order_by("-id")[:AT_ONCE])


def _record(job: Job, told: list[Told]) -> None:
    """Log what was taken back, each with the transaction in which it was done."""

    def transaction_of(one: Told) -> int:
        return one[0].transaction

    for undone, group in groupby(sorted(told, key=transaction_of), transaction_of):
        changes = [change for _, change in group]
        record_changes(
            actor=job.created_by, changes=changes, project_id=job.project_id, undoes=undone
        )


def _labels(job: Job, events: list[Event]) -> Iterator[Told | JobError]:
    """Give labels back what they were, each member that is still as the job left it."""
    if not events:
        return
    schema.hold(job.project_id)
    labels = {one.pk: one for one in Label.objects.filter(project_id=job.project_id)}
    for event in events:
        label = labels[event.target_id]
        before = label.snapshot()
        yield from _left(label, event, labels)
        if label.snapshot() != before:
            _save(label)
            action = "restored" if before["archived_at"] and not label.archived_at else "updated"
            yield event, Change(f"label.{action}", label, before, label.snapshot())
    schema.add_version(author=job.created_by, project_id=job.project_id)


def _left(label: Label, event: Event, labels: dict[UUID, Label]) -> Iterator[JobError]:
    """Give a label back its members; yield which ones stay, for they were changed since."""
    now, then, was = json.loads(as_json(label.snapshot())), event.after or {}, event.before or {}
    for name in was.keys() - _BESIDE:
        if was[name] == then[name]:
            continue
        if now[name] == then[name]:
            setattr(label, name, _read(name, was[name]))
        elif now[name] != was[name]:
            yield _error(event, "changed_since", CHANGED_SINCE, f"/{name}")
    if str(label.parent_id) == str(now["parent_id"]):
        return
    try:
        schema.check_tree(label, labels)
    except InvalidLabel as error:
        label.parent_id = _read("parent_id", now["parent_id"])
        yield _error(event, "changed_since", error.detail, "/parent_id")


def _read(name: str, value: Any) -> Any:
    """Return a column's value as a model has it, of what the log keeps."""
    if value is not None and name in {"parent_id", "merged_into_id", "label_id"}:
        return UUID(value)
    return parse_datetime(value) if value is not None and name.endswith("_at") else value


def _save(label: Label) -> None:
    try:
        with transaction.atomic():
            label.save_new_version()
    except IntegrityError as error:
        detail = f"Another {label.kind} label is named {label.name!r} by now."
        raise JobFailed("label_name_taken", detail) from error


def _rows(model: type[Annotation | Relation], events: list[Event]) -> list[Told | JobError]:
    """Give annotations or relations back their label; yield those that are others by now."""
    ids = [event.target_id for event in events]
    rows: dict[UUID, Row] = {one.pk: one for one in locked(model.objects.all(), ids)}
    found: list[Told | JobError] = []
    for event in events:
        row = rows.get(event.target_id)
        if row is None or row.version != (event.after or {})["version"]:
            found.append(_error(event, "changed_since", CHANGED_SINCE))
        else:
            found.append(_taken_back(row, event))
    return _written(found)


def _taken_back(row: Row, event: Event) -> Told:
    before, was = row.snapshot(), event.before or {}
    for name in ("label_id", "schema_version_id", "deleted_at"):
        setattr(row, name, _read(name, was[name]))
    row.version += 1
    row.updated_at = timezone.now()
    action = "restored" if before["deleted_at"] and not row.deleted_at else "relabelled"
    return event, Change(f"{name_of(row)}.{action}", row, before, {})


def _written(found: list[Told | JobError]) -> list[Told | JobError]:
    """Write the rows that have room where they were; return all, the others as errors."""
    rows: list[Any] = [one[1].target for one in found if not isinstance(one, JobError)]
    in_the_way: set[tuple[UUID, Place]] = {
        (label_id, place)
        for label_id in {row.label_id for row in rows}
        for place in taken([row for row in rows if row.label_id == label_id], label_id)
    }
    ended = _ended([row for row in rows if isinstance(row, Relation)])
    result: list[Told | JobError] = []
    for one in found:
        if isinstance(one, JobError):
            result.append(one)
            continue
        event, change = one
        row: Any = change.target
        place = place_of(row)
        if (row.label_id, place) in in_the_way:
            detail = "The label was given there again meanwhile."
            result.append(_error(event, "label_already_given", detail))
        elif isinstance(row, Relation) and row.deleted_at is None and row.pk in ended:
            result.append(_error(event, "end_deleted", "One of its annotations is deleted."))
        else:
            result.append((event, change._replace(after=row.snapshot())))
    written = [one[1].target for one in result if not isinstance(one, JobError)]
    change_rows(written, WRITTEN)
    return result


def _ended(relations: list[Relation]) -> set[UUID]:
    """Return which relations have an end that is deleted."""
    ends = {pk for one in relations for pk in (one.source_id, one.target_id)}
    gone = set(
        Annotation.objects.filter(pk__in=ends).exclude(deleted_at=None).values_list("pk", flat=True)
    )
    return {one.pk for one in relations if {one.source_id, one.target_id} & gone}


def _error(event: Event, code: str, detail: str, field: str = "") -> JobError:
    return JobError(entry=str(event.target_id), field=field, code=code, detail=detail)
