"""One batch on its way in: what each item becomes is decided in memory, item by item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from config.api.problems import Problem
from documents.errors import BeingProcessed
from documents.intake.changes import Changes
from documents.intake.contents import Contents, hold_policy
from documents.intake.identity import external_id_taken
from documents.intake.items import Ended, Known, NewDocument, Outcome
from documents.intake.known import NO_TEXT, Latest, known_documents, latest_texts
from documents.metadata import check_metadata, declared_metadata
from documents.models import Document, Project, Status
from users.copying import new_like


class Batch:
    """Items in the order in which they came; the later ones meet what became of the earlier."""

    def __init__(self, project: Project, known: Known, announced_at: datetime | None) -> None:
        self._project = project
        self._policy = known
        self._announced_at = announced_at
        self._blank = Document(project=project)
        self.changes = Changes(project.pk)

    def open(self, items: Sequence[NewDocument], *, alone: bool) -> None:
        """Read what the items will meet; until the transaction ends it stays as it is.

        `alone`, nobody else takes documents into the project meanwhile.
        """
        duplicates = hold_policy(self._project.pk, alone=alone)
        self._declared = declared_metadata(self._project.pk)
        self._known = known_documents(self._project.pk, items, self._policy)
        revises = self._policy == Known.NEW_REVISION
        self._texts = latest_texts(self._known.values()) if revises else {}
        self._contents = Contents(self._project.pk, duplicates, self._digests(items))

    def take(self, item: NewDocument) -> Outcome:
        """Return what becomes of an item."""
        document = None if item.external_id is None else self._known.get(item.external_id)
        try:
            return self._add(item) if document is None else self._meet(document, item)
        except Problem as problem:
            return Outcome(Ended.REFUSED, problem=problem)

    def _digests(self, items: Iterable[NewDocument]) -> set[str]:
        """Return the contents that may come in: a known document's is not looked at in vain."""
        revises = self._policy == Known.NEW_REVISION
        return {item.sha256 for item in items if revises or item.external_id not in self._known}

    def _add(self, item: NewDocument) -> Outcome:
        check_metadata(self._declared, item.properties.get("metadata", {}))
        document = self._new(item)
        self._contents.place(document, item.sha256)
        self._fill(document, item)
        self.changes.add(document)
        if item.external_id is not None:
            self._known[item.external_id] = document
        return Outcome(Ended.CREATED, document)

    def _new(self, item: NewDocument) -> Document:
        given = {"title": item.title, "media_type": "" if item.source else item.media_type}
        own: dict[str, Any] = {"tags": [], "metadata": {}, "extraction_options": {}}
        return new_like(self._blank, **{**own, **item.properties, **given})

    def _meet(self, document: Document, item: NewDocument) -> Outcome:
        if self._policy == Known.SKIP:
            return Outcome(Ended.SKIPPED, document)
        if self._policy == Known.ERROR:
            raise external_id_taken(document.external_id, document.pk)
        check_metadata(self._declared, item.properties.get("metadata", {}))
        if self._policy == Known.UPDATE or self._content(document, item) == item.sha256:
            return self._update(document, item)
        return self._revise(document, item)

    def _content(self, document: Document, item: NewDocument) -> str:
        """Return what an item's content is compared with: the file's, or the latest text's."""
        return document.sha256 if item.source else self._text(document).sha256

    def _text(self, document: Document) -> Latest:
        return self._texts.get(document.pk, NO_TEXT)

    def _update(self, document: Document, item: NewDocument) -> Outcome:
        before = document.snapshot()
        if not _differ(document, item.properties):
            return Outcome(Ended.UNCHANGED, document)
        _change(document, item.properties)
        self.changes.change("document.updated", document, before)
        return Outcome(Ended.UPDATED, document)

    def _revise(self, document: Document, item: NewDocument) -> Outcome:
        if document.status in {Status.PENDING, Status.PROCESSING}:
            raise BeingProcessed(f"Document {document.pk} is {document.status}.")
        before = document.snapshot()
        if item.source or not document.source:  # else the file stays what it was made of
            self._contents.place(document, item.sha256)
        _change(document, item.properties)
        if not item.source and not document.source:
            document.media_type = item.media_type
        self._fill(document, item)
        self.changes.change("document.revised", document, before)
        return Outcome(Ended.REVISED, document)

    def _fill(self, document: Document, item: NewDocument) -> None:
        """Give a document its text, or the file that its text will be made of."""
        document.error_code = document.error_detail = ""
        if item.source:
            document.status, document.attempts = Status.PENDING, 0
            document.announced_at = self._announced_at
            document.extraction_options = dict(item.extraction_options)
            self.changes.change_file(document, item.source)
            return
        document.status = Status.READY
        number = self._text(document).number + 1
        self._texts[document.pk] = Latest(number, item.sha256)
        self.changes.add_text(document, item, number)


def _differ(document: Document, properties: Mapping[str, Any]) -> bool:
    return any(getattr(document, name) != value for name, value in properties.items())


def _change(document: Document, properties: Mapping[str, Any]) -> None:
    for name, value in properties.items():
        setattr(document, name, value)
