"""Read texts that have no fingerprint yet, and make one of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from documents.fingerprints import METHOD, bands, signature
from documents.models import Document, Fingerprint, Revision

CHARACTERS = 2_000_000  # of texts that are held at once
LATEST = 200  # documents
COLUMNS = ("revision", "method", "signature", "bands")


class Entry(NamedTuple):
    """A document of a page: what its present text is, and of which one its fingerprint is."""

    document_id: UUID
    revision_id: UUID
    length: int
    fingerprinted_id: UUID | None
    method: str | None

    @property
    def is_read(self) -> bool:
        """Return whether the fingerprint is of the present text and by the present method."""
        return self.fingerprinted_id == self.revision_id and self.method == METHOD


def entries(rows: Any) -> list[Entry]:
    """Return documents that have a text, given as a query of bounded length, as entries."""
    columns = ("revision__length", "fingerprint__revision_id", "fingerprint__method")
    return [Entry(*row) for row in rows.values_list("pk", "revision_id", *columns)]


def with_text(project_id: UUID) -> Any:
    """Return a project's documents that have a text."""
    return Document.objects.live().filter(project_id=project_id, revision__isnull=False)


def within_bounds(page: Sequence[Entry]) -> list[Entry]:
    """Return the beginning of a page, at least one, whose unread texts are held at once."""
    taken: list[Entry] = []
    characters = 0
    for entry in page:
        characters += 0 if entry.is_read else entry.length
        if taken and characters > CHARACTERS:
            break
        taken.append(entry)
    return taken


def make_fingerprints(project_id: UUID, page: Iterable[Entry]) -> list[Fingerprint]:
    """Return fingerprints of the page's texts that have none; they are not written."""
    unread = [entry.revision_id for entry in page if not entry.is_read]
    texts = Revision.objects.filter(pk__in=unread).values_list("pk", "document_id", "text")
    return [new_fingerprint(project_id, *row) for row in texts]


def latest_unread(document: Document) -> list[Fingerprint]:
    """Return fingerprints of texts that have none, of the documents that changed last."""
    others = with_text(document.project_id).exclude(pk=document.pk)
    latest = entries(others.order_by("-updated_at", "-id")[:LATEST])
    return make_fingerprints(document.project_id, within_bounds(latest))


def new_fingerprint(
    project_id: UUID, revision_id: UUID, document_id: UUID, text: str
) -> Fingerprint:
    """Return the fingerprint of a text."""
    made = signature(text)
    return Fingerprint(
        document_id=document_id,
        project_id=project_id,
        revision_id=revision_id,
        method=METHOD,
        signature=made,
        bands=bands(made, project_id.bytes),
    )


def write_fingerprints(fingerprints: Iterable[Fingerprint]) -> None:
    """Write fingerprints in place of former ones; in the caller's transaction."""
    rows = sorted(fingerprints, key=lambda one: one.document_id)  # two jobs wait in one order
    Fingerprint.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["document"], update_fields=COLUMNS
    )
