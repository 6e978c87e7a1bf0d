"""Make, change, archive and restore labels."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations.errors import LabelNameTaken
from annotations.models import Label
from config.api.concurrency import Precondition
from documents.models import Project
from users.models import User
from users.services.events import record


@transaction.atomic
def create_label(*, actor: User, project: Project, **fields: Any) -> Label:
    """Make a label; raises LabelNameTaken."""
    label = Label(project=project, **fields)
    _save(label)
    record(actor=actor, action="label.created", target=label, project_id=project.pk)
    return label


@transaction.atomic
def update_label(
    *, actor: User, label: Label, precondition: Precondition, changes: dict[str, Any]
) -> Label:
    """Change a label; what it is put on keeps it. Raises StaleVersion, LabelNameTaken."""
    current: Label = Label.objects.select_for_update().get(pk=label.pk)
    precondition.check(current)
    return _changed(actor, "label.updated", current, changes)


@transaction.atomic
def archive_label(*, actor: User, label: Label, precondition: Precondition) -> None:
    """Take a label out of use; its annotations keep it. Raises StaleVersion."""
    current: Label = Label.objects.select_for_update().get(pk=label.pk)
    precondition.check(current)
    _changed(actor, "label.archived", current, {"archived_at": timezone.now()})


@transaction.atomic
def restore_label(*, actor: User, label: Label) -> Label:
    """Bring an archived label back; raises LabelNameTaken when another has its name by now."""
    current: Label = Label.objects.select_for_update().get(pk=label.pk)
    if current.archived_at is None:
        return current
    return _changed(actor, "label.restored", current, {"archived_at": None})


def _changed(actor: User, action: str, label: Label, changes: dict[str, Any]) -> Label:
    before = label.snapshot()
    for name, value in changes.items():
        setattr(label, name, value)
    label.version += 1
    _save(label)
    record(actor=actor, action=action, target=label, project_id=label.project_id, before=before)
    return label


def _save(label: Label) -> None:
    try:
        with transaction.atomic():
            label.save()
    except IntegrityError as error:
        detail = f"A {label.kind} label named {label.name!r} exists."
        raise LabelNameTaken(detail) from error
