"""What a worker runs for one document: claim it, extract its text in a cell, finish it once.

Processing writes here, below the services that start it, so that these can import its task.
The work happens outside of a transaction, under a lease; only the lease's holder may finish.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from functools import partial
from shutil import copyfileobj
from typing import IO, Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config.api.problems import Unavailable
from documents.errors import QuotaExceeded
from documents.ingest import Boilerplate, Extraction, ExtractionError, extract_in_cell
from documents.jobs.new_texts import tell_of_texts
from documents.limits import parser_limits, tesseract
from documents.metadata import declared_metadata, fitting
from documents.models import Document, Revision, Status
from documents.search_index import index_documents
from documents.usage import charge
from users.services.events import record

logger = logging.getLogger(__name__)
SWEEP_SIZE = 500


class _TakenOver(Exception):
    """Another worker has the document by now."""


def process(document_id: str) -> None:
    """Bring a document to `ready` or `failed`; does nothing when there is nothing to do."""
    document = _claim(document_id)
    if document is None:
        return
    if document.attempts > settings.PROCESSING_ATTEMPTS:
        _fail(document, "worker_lost", "Every worker that tried it was lost.")
        return
    try:
        extraction = _extract(document)
        _finish(document, extraction)
    except (ExtractionError, QuotaExceeded) as error:
        _fail(document, error.code, error.detail)
    except Unavailable:
        _put_back(document)
    except _TakenOver:
        logger.warning("Document %s was taken over by another worker", document.pk)


@transaction.atomic
def _claim(document_id: str) -> Document | None:
    """Take the document under a new lease; None when it is done or somebody else's."""
    claimable = Document.objects.claimable().filter(pk=document_id)
    document: Document | None = claimable.select_for_update(skip_locked=True, no_key=True).first()
    if document is None:
        return None
    document.status = Status.PROCESSING
    document.lease_id = uuid4()
    document.lease_expires_at = timezone.now() + settings.PROCESSING_LEASE
    document.announced_at = timezone.now()
    document.attempts += 1
    document.save_new_version()
    return document


def _extract(document: Document) -> Extraction:
    """Extract from a plain local copy, so that any storage will do; raises ExtractionError."""
    # A file without a name: a worker that is killed leaves nothing behind.
    with tempfile.TemporaryFile() as copy:
        _copy(document, copy)
        copy.seek(0)
        return extract_in_cell(
            copy,
            file_name=document.source_name,
            limits=parser_limits(),
            boilerplate=Boilerplate(document.extraction_options.get("boilerplate", "keep")),
            tesseract=tesseract(),
            on_progress=partial(_show_progress, document),
        )


def _show_progress(document: Document, done: int, total: int) -> None:
    """Tell how far it is, of a known total, and hold the lease; it is no new version.

    Raises _TakenOver when the lease is another's by now.
    """
    held = Document.objects.filter(pk=document.pk, lease_id=document.lease_id)
    known = {"progress_done": done, "progress_total": total} if total else {}
    if not held.update(lease_expires_at=timezone.now() + settings.PROCESSING_LEASE, **known):
        raise _TakenOver


def _copy(document: Document, target: IO[bytes]) -> None:
    try:
        with document.source.open("rb") as source:
            copyfileobj(source, target)
    except FileNotFoundError as error:
        raise ExtractionError("source_missing", "The stored file is gone.") from error


@transaction.atomic
def _finish(document: Document, extraction: Extraction) -> None:
    current = _held(document)
    if current is None:
        return
    before = current.snapshot()
    if current.revision is None or current.revision.sha256 != _sha256(extraction.text):
        tell_of_texts([current.pk])
        add_revision(current, extraction)
    current.status = Status.READY
    current.media_type = extraction.media_type
    current.error_code = current.error_detail = ""
    told = fitting(declared_metadata(current.project_id), extraction.metadata)
    current.metadata = {**told, **current.metadata}
    _release(current, "document.ready", before)
    index_documents([current.pk])


@transaction.atomic
def _fail(document: Document, code: str, detail: str) -> None:
    """Tell why there is no text; one that the document has from before stays its text."""
    current = _held(document)
    if current is None:
        return
    before = current.snapshot()
    has_text = current.revision_id is not None
    current.status = Status.READY if has_text else Status.FAILED
    current.error_code, current.error_detail = code, detail
    _release(current, "document.revision_failed" if has_text else "document.failed", before)


@transaction.atomic
def _put_back(document: Document) -> None:
    """Leave it to the sweep, and the try uncounted: it was the storage that did not answer."""
    current = _held(document)
    if current is None:
        return
    current.status = Status.PENDING
    current.attempts -= 1
    current.announced_at = timezone.now()
    _let_go(current)
    current.save_new_version()


def _held(document: Document) -> Document | None:
    """Return the row under lock while it is still under our lease, else None."""
    # With no key: a batch that links duplicates to this document holds the project's usage, for
    # which we wait next, and must not wait for this row when its references are checked.
    held = Document.objects.select_for_update(of=("self",), no_key=True).select_related("revision")
    current: Document | None = held.filter(pk=document.pk, lease_id=document.lease_id).first()
    if current is None:
        logger.warning("Document %s was taken over by another worker", document.pk)
    return current


def _release(document: Document, action: str, before: dict[str, Any]) -> None:
    _let_go(document)
    document.save_new_version()
    record(
        actor=None, action=action, target=document, project_id=document.project_id, before=before
    )


def _let_go(document: Document) -> None:
    document.lease_id = document.lease_expires_at = None
    document.progress_done = document.progress_total = None


def add_revision(document: Document, extraction: Extraction) -> Revision:
    """Give a document (new or locked) its next text; the caller saves the document.

    The language is the detected one where nobody said which it is. Raises QuotaExceeded.
    """
    document.language = document.language or extraction.language or ""
    latest = document.revisions.order_by("-number").values_list("number", flat=True).first()
    document.revision = Revision.objects.create(
        project_id=document.project_id,
        document=document,
        number=(latest or 0) + 1,
        text=extraction.text,
        length=len(extraction.text),
        sha256=_sha256(extraction.text),
        extractor=extraction.extractor,
        extractor_version=extraction.extractor_version,
        layout=extraction.layout,
        notes=extraction.notes,
    )
    charge(document.project_id, bytes=len(extraction.text.encode()))
    return document.revision


def take_left_behind() -> list[str]:
    """Return ids of documents to announce again, each to one caller only for a lease's time."""
    with transaction.atomic():
        rows = Document.objects.left_behind(settings.PROCESSING_LEASE).select_for_update(
            skip_locked=True
        )
        ids = list(rows.order_by("id").values_list("id", flat=True)[:SWEEP_SIZE])
        Document.objects.filter(pk__in=ids).update(announced_at=timezone.now())
    return [str(document_id) for document_id in ids]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
