"""What a project keeps, held against what it may keep, in the transaction of each change."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from documents.errors import QuotaExceeded
from documents.models import Project, Usage


class Amounts(NamedTuple):
    """How many documents, and how many bytes of their files and texts (in UTF-8)."""

    documents: int
    bytes: int


class Limits(NamedTuple):
    """How much a project may keep; None is without limit."""

    documents: int | None
    bytes: int | None


def limits_of(project: Project) -> Limits:
    """Return the project's own limits, or the site's where it has none of its own."""
    documents, size = project.max_documents, project.max_bytes
    return Limits(
        settings.PROJECT_MAX_DOCUMENTS if documents is None else documents,
        settings.PROJECT_MAX_BYTES if size is None else size,
    )


def used_by(project: Project) -> Amounts:
    """Return what a project keeps now, deleted documents included."""
    found = Usage.objects.filter(project=project).values_list("documents", "bytes").first()
    return Amounts(*found) if found else Amounts(0, 0)


@transaction.atomic
def charge(project_id: UUID, *, documents: int = 0, bytes: int = 0) -> None:  # noqa: A002
    """Count documents and bytes (of files, and of texts in UTF-8) that a project keeps from now on.

    Negative figures give back what was erased. Raises QuotaExceeded, and counts nothing then.
    The row is under lock until the caller's transaction ends, so call it late there: whoever
    holds it must not wait for another row.
    """
    rows = Usage.objects.select_for_update(of=("self",)).select_related("project")
    usage, _ = rows.get_or_create(project_id=project_id)
    asked, used = Amounts(documents, bytes), Amounts(usage.documents, usage.bytes)
    _refuse_beyond(limits_of(usage.project), used, asked)
    usage.documents = max(0, used.documents + asked.documents)
    usage.bytes = max(0, used.bytes + asked.bytes)
    usage.save()


def _refuse_beyond(limits: Limits, used: Amounts, asked: Amounts) -> None:
    """Raise QuotaExceeded where more is asked for than is left; what is given back always may."""
    for what in Amounts._fields:
        limit, has, more = (getattr(amounts, what) for amounts in (limits, used, asked))
        if limit is not None and more > 0 and has + more > limit:
            detail = f"The project may keep {limit} {what}, keeps {has}, and {more} more are asked."
            raise QuotaExceeded(detail, quota=what, limit=limit, used=has, asked=more)
