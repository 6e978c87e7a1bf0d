"""What a batch changes: gathered item by item, written in a few statements."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from documents.ingest import Extraction
from documents.intake.former_sources import Former, former_source, keep_former_sources
from documents.intake.items import StoredSource
from documents.jobs.new_texts import tell_of_texts
from documents.models import Document, Revision
from documents.search_index import index_documents
from documents.usage import charge
from users.copying import change_rows, copy_rows
from users.models import User
from users.services.events import Change, Snapshot, record_changes

# What may become of a known document; its other columns stay.
CHANGED = (
    "title",
    "language",
    "split",
    "tags",
    "metadata",
    "iri",
    "source",
    "source_name",
    "source_size",
    "sha256",
    "media_type",
    "extraction_options",
    "duplicate_of_id",
    "content_key",
    "status",
    "error_code",
    "error_detail",
    "revision_id",
    "attempts",
    "announced_at",
    "version",
    "updated_at",
)


class Changes:
    """New and changed documents of one project, their texts and their events."""

    def __init__(self, project_id: UUID) -> None:
        self._project_id = project_id
        self._now = timezone.now()
        self._new: dict[UUID, Document] = {}
        self._changed: dict[UUID, Document] = {}
        self._revisions: list[Revision] = []
        self._events: list[Change] = []
        self._given_up: list[Former] = []
        self._bytes = 0

    def add(self, document: Document) -> None:
        """Note a document that is new."""
        document.created_at = document.updated_at = self._now
        self._new[document.pk] = document
        self._events.append(Change("document.created", document, None, document.snapshot()))

    def change(self, action: str, document: Document, before: Snapshot) -> None:
        """Note the next version of a document."""
        document.version += 1
        document.updated_at = self._now
        if document.pk not in self._new:
            self._changed[document.pk] = document
        self._events.append(Change(action, document, before, document.snapshot()))

    def add_text(self, document: Document, extraction: Extraction, number: int) -> None:
        """Note a text as the document's present one; its language, unless somebody said one."""
        document.language = document.language or extraction.language or ""
        document.revision = revision_of(document, extraction, number)
        document.revision.created_at = self._now
        self._revisions.append(document.revision)
        self._bytes += len(extraction.text.encode())

    def change_file(self, document: Document, source: StoredSource) -> None:
        """Note the file that a document has from now on."""
        former = former_source(document)
        if former:
            self._given_up.append(former)
        document.source = source.stored_as
        document.source_name, document.source_size = source.file_name, source.size
        self._bytes += 0 if source.is_charged else source.size

    def write(self, actor: User | None) -> None:
        """Write all of it; raises IntegrityError where another transaction came first.

        Raises QuotaExceeded.
        """
        _insert([*self._new.values()])
        change_rows([*self._changed.values()], CHANGED)
        _insert(self._revisions)
        self._bytes -= keep_former_sources(self._given_up)
        record_changes(actor=actor, project_id=self._project_id, changes=self._events)
        index_documents([*self._new, *self._changed])
        tell_of_texts({one.document_id for one in self._revisions} - self._new.keys())
        if self._new or self._bytes:
            charge(self._project_id, documents=len(self._new), bytes=self._bytes)


def revision_of(document: Document, extraction: Extraction, number: int) -> Revision:
    """Return a document's next text, not yet written."""
    return Revision(
        project_id=document.project_id,
        document=document,
        number=number,
        text=extraction.text,
        length=len(extraction.text),
        sha256=hashlib.sha256(extraction.text.encode()).hexdigest(),
        extractor=extraction.extractor,
        extractor_version=extraction.extractor_version,
        layout=extraction.layout,
        notes=extraction.notes,
    )


def _insert(instances: Sequence[Model]) -> None:
    if not instances:
        return
    model = type(instances[0])
    names = [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 - public API
    copy_rows(model, names, ([getattr(each, name) for name in names] for each in instances))
    for each in instances:
        each._state.adding = False  # noqa: SLF001 - so that it can be saved again
