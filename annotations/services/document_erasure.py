"""Erase deleted documents for good, by a job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from annotations.models import Annotation
from documents.errors import DocumentErased, DocumentLive, ImportUnderWay, NothingToErase
from documents.models import Document, Job, JobKind, Project, Revision
from documents.services.jobs import start_job
from users.errors import InvalidMember, NotConfirmed
from users.models import User


class Preview(NamedTuple):
    """What an erasure of a document would take."""

    revisions: int
    annotations: int
    bytes: int


def preview(document: Document) -> Preview:
    """Return how much there is of a document."""
    return Preview(
        Revision.objects.filter(document=document).count(),
        Annotation.objects.filter(document=document).count(),
        document.source_size,
    )


@transaction.atomic
def erase_document(*, actor: User, document: Document, confirm: str) -> Job:
    """Have a deleted document erased; `confirm` is its title or id.

    Raises NotConfirmed, DocumentLive, DocumentErased, ImportUnderWay, and JobUnderWay when
    somebody has asked for it already.
    """
    if confirm.strip() not in {document.title.strip(), str(document.pk)}:
        raise NotConfirmed("Expected the document's title or id.")
    if document.deleted_at is None:
        raise DocumentLive("Delete it first.")
    if document.erased_at:
        raise DocumentErased("Nothing brings it back.")
    parameters = {"documents": [str(document.pk)]}
    return _start(actor, document.project, parameters, document=document, total=1)


@transaction.atomic
def erase_documents(
    *,
    actor: User,
    project: Project,
    confirm: str,
    documents: Sequence[UUID] | None = None,
    deleted_before: datetime | None = None,
) -> Job:
    """Have deleted documents erased: those given, or all that were deleted before a time.

    `confirm` is the project's slug or id; documents that are erased already are left out. Raises
    NotConfirmed, InvalidMember (a document that the project does not have), DocumentLive,
    NothingToErase, ImportUnderWay.
    """
    if confirm.strip() not in {project.slug, str(project.pk)}:
        raise NotConfirmed("Expected the project's slug or id.")
    rows: QuerySet[Document] = Document.objects.visible_to(actor).filter(project=project)
    if documents is None:
        assert deleted_before, "one of the two says which"
        parameters: dict[str, Any] = {"deleted_before": deleted_before.isoformat()}
        waiting = rows.filter(erased_at=None, deleted_at__lt=deleted_before)
    else:
        waiting = _named(rows, documents)
        parameters = {"documents": [str(pk) for pk in waiting.values_list("pk", flat=True)]}
    total = waiting.count()
    if not total:
        raise NothingToErase("All that were asked for are erased, or none was deleted.")
    return _start(actor, project, parameters, total=total)


def _named(rows: QuerySet[Document], asked: Sequence[UUID]) -> QuerySet[Document]:
    found = dict(rows.filter(pk__in=asked).values_list("pk", "deleted_at"))
    missing = [place for place, pk in enumerate(asked) if pk not in found]
    if missing:
        text = "Expected a document of this project."
        raise InvalidMember(f"/documents/{missing[0]}", "unknown", text)
    live = [str(pk) for pk in asked if found[pk] is None]
    if live:
        raise DocumentLive(f"{len(live)} of them are not deleted.", documents=live)
    return rows.filter(pk__in=asked, erased_at=None)


def _start(actor: User, project: Project, parameters: dict[str, Any], **fields: Any) -> Job:
    """Start the job, unless an import is under way: its file goes with those of earlier ones."""
    importing = Job.objects.filter(project=project, kind=JobKind.IMPORT).unfinished()
    if importing.exists():
        raise ImportUnderWay("Wait for its end, or cancel it.")
    kind = JobKind.ERASURE
    return start_job(actor=actor, project=project, kind=kind, parameters=parameters, **fields)
