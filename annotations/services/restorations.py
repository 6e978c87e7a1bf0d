"""Start what brings annotations and relations back to what they were at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from annotations.jobs.restoring import Order, changes, position_at
from documents.models import Document, Job, JobKind, Membership, Project
from documents.services.jobs import start_job
from users.errors import InvalidMember
from users.models import User

LATEST = 2**63 - 1


@transaction.atomic
def start_restoration(
    *,
    actor: User,
    project: Project,
    at: datetime,
    document: UUID | None = None,
    user: UUID | None = None,
    dry_run: bool = False,
) -> Job:
    """Have workers take back what was changed after a time, in a document or by a user or both.

    What is changed after the start is left as it is. Raises InvalidMember, and JobUnderWay while
    another restoration of the document is at work.
    """
    _require_past(project, at)
    found = _document(actor, project, document) if document else None
    after = position_at(project.pk, at)
    order = Order(project.pk, after, LATEST, document, user, dry_run)
    total = changes(order).values("target_id").distinct().count()
    if user and not total:
        _require_known(project, user)
    asked = {"at": at.isoformat(), "document": _told(document), "user": _told(user)}
    return start_job(
        actor=actor,
        project=project,
        kind=JobKind.RESTORATION,
        parameters=asked | {"dry_run": dry_run, "after_event": after},
        document=found,
        total=total,
    )


def _require_past(project: Project, at: datetime) -> None:
    if at > timezone.now():
        raise InvalidMember("/at", "in_future", "Expected a time that is past.")
    if at < project.created_at:
        made = project.created_at.isoformat()
        raise InvalidMember("/at", "before_project", f"Expected a time after {made}.")


def _document(actor: User, project: Project, asked: UUID) -> Document:
    rows = Document.objects.visible_to(actor).live().filter(project=project)
    found: Document | None = rows.filter(pk=asked).first()
    if found is None:
        raise InvalidMember("/document", "unknown", "Expected a document of this project.")
    return found


def _require_known(project: Project, user: UUID) -> None:
    """Raise InvalidMember for somebody who is no member, and has done nothing since."""
    if not Membership.objects.filter(project=project, user=user).exists():
        detail = "Expected a member, or somebody who has changed something since then."
        raise InvalidMember("/user", "unknown", detail)


def _told(pk: Any) -> str | None:
    return None if pk is None else str(pk)
