"""Take documents in, change, delete, restore and process them again."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from config.api.concurrency import ANY_VERSION, Precondition
from documents.errors import BeingProcessed, DocumentErased, NoSource, SourceMissing
from documents.intake import (
    Known,
    NewDocument,
    StoredSource,
    hold_policy,
    identity_free,
    place_anew,
    take_in,
)
from documents.metadata import check_metadata, declared_metadata
from documents.models import Document, Project, Status, Upload
from documents.pieces import using
from documents.search_index import index_documents
from documents.tasks import process_document
from users.models import User
from users.services.events import record

FOUND_BY = {"title", "language", "metadata"}


def upload_document(
    *,
    actor: User,
    project: Project,
    file: File[bytes],
    upload: Upload | None = None,
    extraction_options: dict[str, Any] | None = None,
    **fields: Any,
) -> Document:
    """Take in a file, or the resumable upload that it is, and have a worker turn it into text.

    Raises ExternalIdTaken, DuplicateDocument, QuotaExceeded, UploadUsed.
    """
    name, draft, sha256 = display_name(file.name or ""), Document(), _sha256(file)
    # Written before the transaction, which is short then.
    draft.source.save(name, file, save=False)
    stored = StoredSource(
        draft.source.name or "", name, file.size, sha256, is_charged=upload is not None
    )
    item = NewDocument(
        source=stored, extraction_options=extraction_options or {}, properties=fields
    )
    try:
        return _insert_upload(actor, project, item, upload)
    except BaseException:  # without its row the file goes again; once committed it never does
        draft.source.delete(save=False)
        raise


@transaction.atomic
def _insert_upload(
    actor: User, project: Project, item: NewDocument, upload: Upload | None
) -> Document:
    with using(actor=actor, upload=upload) if upload else nullcontext() as used:
        document = _take_one(actor, project, item, is_announced=True)
        if used:
            used.document = document
    process_document.delay_on_commit(str(document.pk))  # type: ignore[attr-defined]
    return document


@transaction.atomic
def create_document(
    *, actor: User, project: Project, text: str, media_type: str = "text/plain", **fields: Any
) -> Document:
    """Take in a text as it is; it is ready at once.

    Raises ExternalIdTaken, DuplicateDocument, QuotaExceeded.
    """
    item = NewDocument(text=text, media_type=media_type, properties=fields)
    return _take_one(actor, project, item)


def _take_one(
    actor: User, project: Project, item: NewDocument, *, is_announced: bool = False
) -> Document:
    [outcome] = take_in(
        actor=actor, project=project, items=[item], known=Known.ERROR, is_announced=is_announced
    )
    if outcome.document is None:
        assert outcome.problem
        raise outcome.problem
    return outcome.document


@transaction.atomic
def update_document(
    *, actor: User, document: Document, precondition: Precondition, changes: dict[str, Any]
) -> Document:
    """Change what is known of a document.

    Raises StaleVersion, ExternalIdTaken, InvalidMetadata.
    """
    hold_policy(document.project_id)  # before the document, as intake does
    current = lock_document(document, precondition)
    before = current.snapshot()
    if "metadata" in changes:
        check_metadata(declared_metadata(current.project_id), changes["metadata"])
    for name, value in changes.items():
        setattr(current, name, value)
    with identity_free(current):
        current.save_new_version()
    _record(actor, "document.updated", current, before)
    if FOUND_BY & changes.keys():
        index_documents([current.pk])
    return current


@transaction.atomic
def delete_document(*, actor: User, document: Document, precondition: Precondition) -> None:
    """Hide a document with its annotations; raises StaleVersion."""
    current = lock_document(document, precondition)
    before = current.snapshot()
    current.deleted_at = timezone.now()
    current.save_new_version()
    _record(actor, "document.deleted", current, before)


@transaction.atomic
def restore_document(*, actor: User, document: Document) -> Document:
    """Bring a deleted document back.

    Raises DocumentErased, and ExternalIdTaken, DuplicateDocument when another one has its
    external_id or content.
    """
    hold_policy(document.project_id)  # before the document, as intake does
    current = lock_document(document, ANY_VERSION)
    if current.deleted_at is None:  # a simultaneous request was first
        return current
    if current.erased_at:
        raise DocumentErased("Nothing brings it back.")
    before = current.snapshot()
    current.deleted_at = None
    place_anew(current)
    with identity_free(current):
        current.save_new_version()
    _record(actor, "document.restored", current, before)
    return current


@transaction.atomic
def reprocess_document(
    *,
    actor: User,
    document: Document,
    precondition: Precondition,
    extraction_options: dict[str, Any] | None = None,
) -> Document:
    """Extract the text anew from the source; raises StaleVersion, NoSource, BeingProcessed.

    Options that are not given stay as they were. A text that comes out different becomes a new
    revision, to which annotations are moved.
    """
    current = lock_document(document, precondition)
    if not current.source:
        raise NoSource("There is no file to extract a text from.")
    if current.status in {Status.PENDING, Status.PROCESSING}:
        raise BeingProcessed(f"Its status is {current.status}.")
    before = current.snapshot()
    current.extraction_options = current.extraction_options | (extraction_options or {})
    current.status, current.attempts = Status.PENDING, 0
    current.error_code = current.error_detail = ""
    current.announced_at = timezone.now()
    current.save_new_version()
    _record(actor, "document.reprocessed", current, before)
    process_document.delay_on_commit(str(current.pk))  # type: ignore[attr-defined]
    return current


def open_source(document: Document) -> File[bytes]:
    """Return the original file, open for reading; raises NoSource, SourceMissing."""
    if not document.source:
        raise NoSource("Its text is all there is.")
    try:
        source: File[bytes] = document.source.open("rb")
    except FileNotFoundError as error:
        raise SourceMissing("Ask the operator to restore it from the backup.") from error
    return source


def lock_document(document: Document, precondition: Precondition) -> Document:
    """Return the row under lock, which others may still refer to; raises StaleVersion."""
    current: Document = (
        Document.objects.select_for_update(of=("self",), no_key=True)
        .select_related("project", "revision")
        .defer("revision__text", "revision__layout")
        .get(pk=document.pk)
    )
    precondition.check(current)
    return current


def _record(
    actor: User, action: str, document: Document, before: dict[str, Any] | None = None
) -> None:
    record(
        actor=actor,
        action=action,
        target=document,
        project_id=document.project_id,
        before=before,
    )


def _sha256(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def display_name(name: str) -> str:
    """Return the last part of a client's file name without control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable()).strip()[:255]
