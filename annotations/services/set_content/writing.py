"""Write what becomes of a set's rows: a few statements, however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from annotations.models import Annotation, Relation
from annotations.services.set_content.planned import Planned
from annotations.services.targets import NOWHERE
from users.copying import add_rows, change_rows
from users.models import User
from users.services.events import Change, record_changes

_BOTH = (
    "label_id",
    "schema_version_id",
    "attributes",
    "body",
    "confidence",
    "deleted_at",
    "version",
    "updated_at",
)
_COLUMNS: dict[type[Any], tuple[str, ...]] = {
    Annotation: (*_BOTH, *NOWHERE, "exclusive", "revision_id", "anchoring", "anchor_confidence"),
    Relation: _BOTH,
}
# What goes comes first in the log, and what comes last: so undoing makes room before it fills it.
_ORDER = ({"deleted"}, {"updated"}, {"created", "restored"})


def write(
    author: User, annotations: Sequence[Planned[Annotation]], relations: Sequence[Planned[Relation]]
) -> None:
    """Write what is planned of a set that is held, with an event for each row that changes."""
    both: list[Planned[Any]] = [*annotations, *relations]
    planned = [one for one in both if one.done]
    if not planned:
        return
    now = timezone.now()
    for one in planned:
        _advance(one, now)
    _write_rows(Annotation, planned, now)
    _write_rows(Relation, planned, now)
    project_id = planned[0].row.project_id
    record_changes(actor=author, changes=_changes(planned), project_id=project_id)


def _advance(one: Planned[Any], now: datetime) -> None:
    if one.done == "created":
        return
    one.row.updated_at = now
    one.row.version += 1
    if one.done == "deleted":  # all at one time: relations come back with their annotations
        one.row.deleted_at = now


def _write_rows(model: type[Any], planned: Sequence[Planned[Any]], now: datetime) -> None:
    """Write rows of one model; who gets another label makes room first, for two may swap them."""
    mine = [one for one in planned if isinstance(one.row, model)]
    gone = [one.row for one in mine if one.done == "deleted"]
    changed = [one for one in mine if one.done in {"updated", "restored"}]
    change_rows(gone, ("deleted_at", "version", "updated_at"))
    moving = [one.row.pk for one in changed if one.is_relabelled]
    if moving:
        model.objects.filter(pk__in=moving).update(deleted_at=now)
    change_rows([one.row for one in changed], _COLUMNS[model])
    add_rows([one.row for one in mine if one.done == "created"])


def _changes(planned: Sequence[Planned[Any]]) -> Iterator[Change]:
    for turn in _ORDER:
        for one in planned:
            if one.done in turn:
                action = f"{one.row._meta.model_name}.{one.done}"  # noqa: SLF001 - public API
                yield Change(action, one.row, one.before, one.row.snapshot())
