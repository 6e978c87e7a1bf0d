"""What a batch changes: gathered item by item, written in a few statements."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from documents.intake.former_sources import Former, former_source, keep_former_sources
from documents.intake.items import NewDocument, StoredSource
from documents.jobs.new_texts import tell_of_texts
from documents.models import Document, Revision
from documents.search_index import index_later
from documents.usage import charge
from users.copying import change_rows, copy_models, new_like
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
        self._blank = Revision(project_id=project_id, created_at=self._now)
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

    def add_text(self, document: Document, item: NewDocument, number: int) -> None:
        """Note a text as the document's present one; its language, unless somebody said one."""
        extraction = item.extraction
        document.language = document.language or extraction.language or ""
        document.revision = new_like(
            self._blank,
            document_id=document.pk,
            number=number,
            text=extraction.text,
            length=len(extraction.text),
            sha256=item.sha256,
            extractor=extraction.extractor,
            extractor_version=extraction.extractor_version,
            layout=extraction.layout,
            notes=extraction.notes,
        )
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
        copy_models([*self._new.values()])
        change_rows([*self._changed.values()], CHANGED)
        copy_models(self._revisions)
        self._bytes -= keep_former_sources(self._given_up)
        record_changes(actor=actor, project_id=self._project_id, changes=self._events)
        index_later([*self._new, *self._changed])
        tell_of_texts({one.document_id for one in self._revisions} - self._new.keys())
        if self._new or self._bytes:
            charge(self._project_id, documents=len(self._new), bytes=self._bytes)
