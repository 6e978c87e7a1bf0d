"""Make, change, archive and restore labels."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations import schema
from annotations.errors import LabelInUse, LabelNameTaken
from annotations.models import Label
from annotations.services.label_usage import usage_of_label
from config.api.concurrency import Precondition
from documents.models import Project
from users.models import User
from users.services.events import record


@transaction.atomic
def create_label(*, actor: User, project: Project, **fields: Any) -> Label:
    """Make a label; raises InvalidLabel, LabelNameTaken.

    `joins` are pairs of ids as strings: [[source, target], …].
    """
    schema.hold(project.pk)
    label = Label(project=project, **fields)
    _require_fitting(label, fields)
    _save(label)
    schema.add_version(author=actor, project_id=project.pk)
    record(actor=actor, action="label.created", target=label, project_id=project.pk)
    return label


@transaction.atomic
def update_label(
    *, actor: User, label: Label, precondition: Precondition, changes: dict[str, Any]
) -> Label:
    """Change a label; what it is put on keeps it.

    Raises StaleVersion, InvalidLabel, LabelNameTaken. What was said before under another schema
    of attributes stays as it is: it points to the version of the schema that it was said under.
    """
    current = _held(label)
    precondition.check(current)
    before = current.snapshot()
    for name, value in changes.items():
        setattr(current, name, value)
    after = current.snapshot()
    _require_fitting(current, [name for name in after if after[name] != before[name]])
    return _saved(actor, "label.updated", current, before)


@transaction.atomic
def archive_label(
    *, actor: User, label: Label, precondition: Precondition, confirmed: bool = False
) -> None:
    """Take a label out of use; its annotations, its children and what joins it keep it.

    Raises StaleVersion, and LabelInUse, with what uses it, unless that is `confirmed`.
    """
    current = _held(label)
    precondition.check(current)
    usage = usage_of_label(current)
    if usage.is_in_use and not confirmed:
        raise LabelInUse(str(usage), usage=usage.as_members())
    before = current.snapshot()
    current.archived_at = current.archived_at or timezone.now()
    _saved(actor, "label.archived", current, before)


@transaction.atomic
def restore_label(*, actor: User, label: Label) -> Label:
    """Bring an archived label back; raises LabelNameTaken when another has its name by now."""
    current = _held(label)
    if current.archived_at is None:
        return current
    before = current.snapshot()
    current.archived_at = current.merged_into = None
    return _saved(actor, "label.restored", current, before)


def _held(label: Label) -> Label:
    schema.hold(label.project_id)
    current: Label = Label.objects.select_for_update().get(pk=label.pk)
    return current


def _require_fitting(label: Label, changed: Any) -> None:
    """Raise InvalidLabel unless what is changed of a label fits the schema, which is held."""
    if "attribute_schema" in changed:
        schema.check_attribute_schema(label.attribute_schema)
    if {"parent", "parent_id", "joins"}.isdisjoint(changed):
        return
    labels = {one.pk: one for one in Label.objects.filter(project_id=label.project_id)}
    labels[label.pk] = label
    if "joins" in changed:
        schema.check_joins(label, labels)
    if not {"parent", "parent_id"}.isdisjoint(changed):
        schema.check_tree(label, labels)
        schema.check_levels(labels, at={})


def _saved(actor: User, action: str, label: Label, before: dict[str, Any]) -> Label:
    label.version += 1
    _save(label)
    schema.add_version(author=actor, project_id=label.project_id)
    record(actor=actor, action=action, target=label, project_id=label.project_id, before=before)
    return label


def _save(label: Label) -> None:
    try:
        with transaction.atomic():
            label.save()
    except IntegrityError as error:
        detail = f"A {label.kind} label named {label.name!r} exists."
        raise LabelNameTaken(detail) from error
