"""Take documents in, change, delete, restore and process them again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from config.api.concurrency import ANY_VERSION, Precondition
from documents.errors import BeingProcessed, ExternalIdTaken, NoSource, SourceMissing
from documents.ingest import describe_text
from documents.models import Document, Project, Status
from documents.pipeline import add_revision
from documents.tasks import process_document
from users.models import User
from users.services.events import record


def upload_document(*, actor: User, project: Project, file: File[bytes], **fields: Any) -> Document:
    """Take in a file and have a worker turn it into text; raises ExternalIdTaken."""
    name = _display_name(file.name or "")
    fields["title"] = fields.get("title") or name or "Untitled"
    document = Document(
        project=project,
        source_name=name,
        source_size=file.size,
        sha256=_sha256(file),
        announced_at=timezone.now(),
        **fields,
    )
    # Written before the transaction, which is short then.
    document.source.save(name, file, save=False)
    _insert_upload(actor, document)
    return document


@transaction.atomic
def _insert_upload(actor: User, document: Document) -> None:
    try:
        with _external_id_free(document):
            document.save(force_insert=True)
        _record(actor, "document.created", document)
    except BaseException:  # without its row the file goes again; once committed it never does
        document.source.delete(save=False)
        raise
    process_document.delay_on_commit(str(document.pk))  # type: ignore[attr-defined]


@transaction.atomic
def create_document(
    *, actor: User, project: Project, text: str, media_type: str = "text/plain", **fields: Any
) -> Document:
    """Take in a text as it is; it is ready at once. Raises ExternalIdTaken."""
    document = Document(
        project=project,
        media_type=media_type,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        **{"title": _first_line(text), **fields},
    )
    with _external_id_free(document):
        document.save(force_insert=True)
    add_revision(document, describe_text(text, media_type))
    document.status = Status.READY
    document.save()
    _record(actor, "document.created", document)
    return document


@transaction.atomic
def update_document(
    *, actor: User, document: Document, precondition: Precondition, changes: dict[str, Any]
) -> Document:
    """Change what is known of a document; raises StaleVersion, ExternalIdTaken."""
    current = lock_document(document, precondition)
    before = current.snapshot()
    for name, value in changes.items():
        setattr(current, name, value)
    with _external_id_free(current):
        current.save_new_version()
    _record(actor, "document.updated", current, before)
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
    """Bring a deleted document back; raises ExternalIdTaken when another one has it by now."""
    current = lock_document(document, ANY_VERSION)
    if current.deleted_at is None:  # a simultaneous request was first
        return current
    before = current.snapshot()
    current.deleted_at = None
    with _external_id_free(current):
        current.save_new_version()
    _record(actor, "document.restored", current, before)
    return current


@transaction.atomic
def reprocess_document(*, actor: User, document: Document, precondition: Precondition) -> Document:
    """Extract the text anew from the source; raises StaleVersion, NoSource, BeingProcessed.

    A text that comes out different becomes a new revision; annotations stay on theirs.
    """
    current = lock_document(document, precondition)
    if not current.source:
        raise NoSource("There is no file to extract a text from.")
    if current.status in {Status.PENDING, Status.PROCESSING}:
        raise BeingProcessed(f"Its status is {current.status}.")
    before = current.snapshot()
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
    """Return the row under lock; raises StaleVersion."""
    current: Document = (
        Document.objects.select_for_update(of=("self",))
        .select_related("project", "revision")
        .defer("revision__text", "revision__layout")
        .get(pk=document.pk)
    )
    precondition.check(current)
    return current


@contextmanager
def _external_id_free(document: Document) -> Iterator[None]:
    """Turn the database's refusal of a second external_id into ExternalIdTaken."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "document_external_id_unique_in_project" not in str(error):
            raise
        other = Document.objects.live().filter(
            project_id=document.project_id, external_id=document.external_id
        )
        found = other.values_list("id", flat=True).first()
        detail = f"The external_id {document.external_id!r} belongs to document {found}."
        raise ExternalIdTaken(detail, document_id=str(found)) from error


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


def _display_name(name: str) -> str:
    """Return the last part of a client's file name without control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable()).strip()[:255]


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()[:80] or "Untitled"
