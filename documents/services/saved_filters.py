"""Keep queries over documents under a name."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from config.api.concurrency import Precondition
from documents.errors import NotOwner, SavedFilterTaken
from documents.models import Project, SavedFilter
from users.models import User
from users.services.events import record


@transaction.atomic
def save_filter(*, actor: User, project: Project, **fields: Any) -> SavedFilter:
    """Keep a query of the actor's; it is checked already. Raises SavedFilterTaken."""
    saved = SavedFilter(project=project, owner=actor, **fields)
    _save(saved)
    record(actor=actor, action="saved_filter.created", target=saved, project_id=project.pk)
    return saved


@transaction.atomic
def change_filter(
    *, actor: User, saved: SavedFilter, precondition: Precondition, changes: dict[str, Any]
) -> SavedFilter:
    """Change one's own saved filter; raises NotOwner, StaleVersion, SavedFilterTaken."""
    current = _own(actor, saved, precondition)
    before = current.snapshot()
    for name, value in changes.items():
        setattr(current, name, value)
    current.version += 1
    _save(current)
    record(
        actor=actor,
        action="saved_filter.updated",
        target=current,
        project_id=current.project_id,
        before=before,
    )
    return current


@transaction.atomic
def forget_filter(*, actor: User, saved: SavedFilter, precondition: Precondition) -> None:
    """Delete one's own saved filter; raises NotOwner, StaleVersion."""
    current = _own(actor, saved, precondition)
    record(
        actor=actor,
        action="saved_filter.deleted",
        target=current,
        project_id=current.project_id,
        before=current.snapshot(),
    )
    current.delete()


def _own(actor: User, saved: SavedFilter, precondition: Precondition) -> SavedFilter:
    current: SavedFilter = (
        SavedFilter.objects.select_for_update(of=("self",)).select_related("owner").get(pk=saved.pk)
    )
    if current.owner_id != actor.pk:
        raise NotOwner(f"It belongs to {current.owner}.")
    precondition.check(current)
    return current


def _save(saved: SavedFilter) -> None:
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise SavedFilterTaken(f"You have a filter named {saved.name!r}.") from error
