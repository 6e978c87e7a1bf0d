"""Make, change, delete and restore projects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from config.api.concurrency import Precondition
from documents.errors import SlugTaken, SuperusersOnly
from documents.models import Membership, Project, Role
from users.models import User
from users.services.events import record

# Each is given the project, locked for update and not changed yet, and what changes of it.
Follower = Callable[[Project, dict[str, Any]], None]
FOLLOWERS: list[Follower] = []


def follow_projects(follower: Follower) -> None:
    """Have a function told of every change of a project's settings; once, at the start.

    It is called in the transaction of the change, and may raise a Problem.
    """
    FOLLOWERS.append(follower)


@transaction.atomic
def create_project(*, owner: User, name: str, slug: str = "", **fields: Any) -> Project:
    """Make a project with its owner as manager; raises SlugTaken, SuperusersOnly."""
    _refuse_own_quota(owner, fields)
    project = Project(name=name, slug=slug or _new_slug(name), **fields)
    _save(project)
    record(actor=owner, action="project.created", target=project, project_id=project.pk)
    membership = Membership.objects.create(project=project, user=owner, role=Role.MANAGER)
    record(actor=owner, action="member.added", target=membership, project_id=project.pk)
    return project


@transaction.atomic
def update_project(
    *, actor: User, project: Project, precondition: Precondition, changes: dict[str, Any]
) -> Project:
    """Change a project.

    Raises StaleVersion, SlugTaken, SuperusersOnly, and what those raise who follow its settings.
    """
    _refuse_own_quota(actor, changes)
    current = _locked(project, precondition)
    for follower in FOLLOWERS:
        follower(current, changes)
    before = current.snapshot()
    for name, value in changes.items():
        setattr(current, name, value)
    current.version += 1
    _save(current)
    record(
        actor=actor, action="project.updated", target=current, project_id=current.pk, before=before
    )
    return current


@transaction.atomic
def delete_project(*, actor: User, project: Project, precondition: Precondition) -> None:
    """Hide a project with all that is in it; raises StaleVersion."""
    current = _locked(project, precondition)
    before = current.snapshot()
    current.deleted_at = timezone.now()
    current.save_new_version()
    record(
        actor=actor, action="project.deleted", target=current, project_id=current.pk, before=before
    )


@transaction.atomic
def restore_project(*, actor: User, project: Project) -> Project:
    """Bring a deleted project back; raises SlugTaken when another one has its slug by now."""
    current: Project = Project.objects.select_for_update().get(pk=project.pk)
    if current.deleted_at is None:  # a simultaneous request was first
        return current
    before = current.snapshot()
    current.deleted_at = None
    current.version += 1
    _save(current)
    record(
        actor=actor, action="project.restored", target=current, project_id=current.pk, before=before
    )
    return current


def _refuse_own_quota(actor: User, given: dict[str, Any]) -> None:
    if not actor.is_superuser and not given.keys().isdisjoint({"max_documents", "max_bytes"}):
        raise SuperusersOnly("How much a project may keep is for the operators to say.")


def _locked(project: Project, precondition: Precondition) -> Project:
    current: Project = Project.objects.select_for_update().get(pk=project.pk)
    precondition.check(current)
    return current


def _save(project: Project) -> None:
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError as error:
        raise SlugTaken(f"Choose another slug than {project.slug!r}.") from error


def _new_slug(name: str) -> str:
    return f"{slugify(name)[:70]}-{uuid4().hex[:8]}".lstrip("-")
