"""Which documents of a project are known by their external_id, and what text they have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from documents.intake.items import Known, NewDocument
from documents.models import Document, Revision


class Latest(NamedTuple):
    """The number of a document's latest text and its SHA-256."""

    number: int
    sha256: str


NO_TEXT = Latest(0, "")


def known_documents(
    project_id: UUID, items: Iterable[NewDocument], policy: Known
) -> dict[str, Document]:
    """Return live documents by external_id; under lock where the policy may change them."""
    wanted = {item.external_id for item in items if item.external_id is not None}
    if not wanted:
        return {}
    rows = Document.objects.live().filter(project_id=project_id, external_id__any_of=wanted)
    if policy in {Known.UPDATE, Known.NEW_REVISION}:
        # In the order of the ids, so that two batches never wait for each other. With no key:
        # another batch may link duplicates to these rows while it holds the project's usage.
        rows = rows.select_for_update(of=("self",), no_key=True).order_by("id")
    return {document.external_id: document for document in rows}


def latest_texts(documents: Iterable[Document]) -> dict[UUID, Latest]:
    """Return the latest text of each (locked) document that has one.

    In a statement of its own: a join of the locking one would show what was before the lock.
    """
    ids = [document.pk for document in documents]
    if not ids:
        return {}
    rows = Revision.objects.filter(document_id__in=ids).order_by("document_id", "-number")
    latest = rows.distinct("document_id").values_list("document_id", "number", "sha256")
    return {document_id: Latest(number, sha256) for document_id, number, sha256 in latest}
