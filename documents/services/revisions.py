"""Give documents other texts: a correction, or another file to take the text from."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from config.api.concurrency import Precondition
from documents.errors import BeingProcessed, NoSource, SourceMissing
from documents.ingest import describe_text
from documents.intake import StoredSource, hold_policy, identity_free
from documents.intake.contents import Contents
from documents.intake.former_sources import keep_former_source
from documents.jobs.new_texts import tell_of_texts
from documents.models import Document, Revision, Status
from documents.pipeline import add_revision
from documents.search_index import index_documents
from documents.services.documents import display_name, lock_document
from documents.tasks import process_document
from documents.usage import charge
from users.models import User
from users.services.events import record


def correct_text(
    *,
    actor: User,
    document: Document,
    precondition: Precondition,
    text: str,
    media_type: str | None = None,
) -> tuple[Document, bool]:
    """Give a document another text, and tell whether it is another one.

    The text it has already changes nothing. Raises StaleVersion, BeingProcessed,
    DuplicateDocument, QuotaExceeded.
    """
    kind = media_type or ("text/markdown" if "markdown" in document.media_type else "text/plain")
    extraction = describe_text(text, kind)
    sha256 = hashlib.sha256(extraction.text.encode()).hexdigest()
    with transaction.atomic():
        contents = _contents(document, sha256)
        current = _locked(document, precondition)
        if current.revision and current.revision.sha256 == sha256:
            return current, False
        before = current.snapshot()
        if not current.source:  # else the file stays what the document is of
            contents.place(current, sha256)
            current.media_type = kind
        tell_of_texts([current.pk])
        add_revision(current, extraction)
        current.status = Status.READY
        _save(actor, current, before)
        return current, True


def replace_source(
    *,
    actor: User,
    document: Document,
    precondition: Precondition,
    file: File[bytes],
    extraction_options: dict[str, Any] | None = None,
) -> tuple[Document, bool]:
    """Give a document another file for a worker to take its text from; tell whether it is another.

    Until that is done its text is the one it has, and stays it where the file gives none. Options
    that are not given stay as they were. Raises as correct_text does.
    """
    name, draft, sha256 = display_name(file.name or ""), Document(), _digest(file)
    # Written before the transaction, which is short then.
    draft.source.save(name, file, save=False)
    given = StoredSource(draft.source.name or "", name, file.size, sha256)
    try:
        current = _take(actor, document, precondition, given, extraction_options or {})
    except BaseException:  # without its row the file goes again; once committed it never does
        draft.source.delete(save=False)
        raise
    is_other = current.source.name == given.stored_as
    if not is_other:
        draft.source.delete(save=False)
    return current, is_other


@transaction.atomic
def _take(
    actor: User,
    document: Document,
    precondition: Precondition,
    given: StoredSource,
    options: dict[str, Any],
) -> Document:
    contents = _contents(document, given.sha256)
    current = _locked(document, precondition)
    is_had = current.source and current.sha256 == given.sha256
    if is_had and current.status == Status.READY and not current.error_code:
        return current
    before = current.snapshot()
    contents.place(current, given.sha256)
    freed = keep_former_source(current)
    current.source = given.stored_as
    current.source_name, current.source_size = given.file_name, given.size
    current.extraction_options = current.extraction_options | options
    current.status, current.attempts = Status.PENDING, 0
    current.announced_at = timezone.now()
    _save(actor, current, before)
    charge(current.project_id, bytes=given.size - freed)
    process_document.delay_on_commit(str(current.pk))  # type: ignore[attr-defined]
    return current


def _contents(document: Document, sha256: str) -> Contents:
    """Hold the project's policy for duplicates, which comes before documents as intake has it."""
    return Contents(document.project_id, hold_policy(document.project_id), [sha256])


def _locked(document: Document, precondition: Precondition) -> Document:
    current = lock_document(document, precondition)
    if current.status in {Status.PENDING, Status.PROCESSING}:
        raise BeingProcessed(f"Its status is {current.status}.")
    return current


def _save(actor: User, document: Document, before: dict[str, Any]) -> None:
    document.error_code = document.error_detail = ""
    with identity_free(document):
        document.save_new_version()
    index_documents([document.pk])
    record(
        actor=actor,
        action="document.revised",
        target=document,
        project_id=document.project_id,
        before=before,
    )


def _digest(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def open_source(revision: Revision) -> File[bytes]:
    """Return the file that a former text was made of; raises NoSource, SourceMissing.

    The file of the present text is the document's.
    """
    if not revision.source:
        raise NoSource("Its file is the document's, or there is none.")
    try:
        source: File[bytes] = revision.source.open("rb")
    except FileNotFoundError as error:
        raise SourceMissing("Ask the operator to restore it from the backup.") from error
    return source
