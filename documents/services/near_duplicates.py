"""Find documents with nearly the same text as another one, or all such groups of a project."""

from __future__ import annotations

from dataclasses import dataclass

from documents.errors import DocumentNotReady
from documents.fingerprints import METHOD
from documents.jobs.near_duplicates import (
    Alike,
    alike_stored,
    compare,
    latest_unread,
    new_fingerprint,
)
from documents.models import Document, Fingerprint, Job, JobKind, Project
from documents.services.jobs import start_job
from users.models import User

MOST = 100


@dataclass(frozen=True)
class NearDuplicate:
    """A document whose text is nearly that of another one.

    `similarity` is the estimated Jaccard index of their runs of three words; `identical` tells
    of the very same text, which the SHA-256 of both says, not an estimate.
    """

    document: Document
    similarity: float
    identical: bool


def near_duplicates(document: Document, threshold: float) -> list[NearDuplicate]:
    """Return up to 100 documents of the project that are as alike, the most alike first.

    They are looked for among the fingerprints that jobs have made, and the documents that changed
    last. Nothing is written. Raises DocumentNotReady.
    """
    if document.revision is None:
        raise DocumentNotReady(f"Its status is {document.status}.")
    own = _fingerprint_of(document)
    unread = ((one.document_id, bytes(one.signature)) for one in latest_unread(document))
    found = [*alike_stored(own, threshold), *compare(bytes(own.signature), unread, threshold)]
    best = sorted(found, key=lambda alike: (-alike.similarity, alike.document_id))[:MOST]
    return _shown(document, best)


def start_near_duplicates(*, actor: User, project: Project, threshold: float) -> Job:
    """Have workers group a project's near-duplicates into a file of one group a line."""
    return start_job(
        actor=actor,
        project=project,
        kind=JobKind.NEAR_DUPLICATES,
        parameters={"threshold": threshold},
    )


def _fingerprint_of(document: Document) -> Fingerprint:
    revision = document.revision
    assert revision
    stored = Fingerprint.objects.filter(document=document, revision=revision, method=METHOD)
    found: Fingerprint | None = stored.first()
    return found or new_fingerprint(document.project_id, revision.pk, document.pk, revision.text)


def _shown(document: Document, found: list[Alike]) -> list[NearDuplicate]:
    others = Document.objects.with_revision().in_bulk([alike.document_id for alike in found])
    return [
        NearDuplicate(other, round(similarity, 2), _text_of(other) == _text_of(document))
        for document_id, similarity in found
        for other in [others[document_id]]
    ]


def _text_of(document: Document) -> str:
    """Return the SHA-256 of the document's text, of which it has one."""
    assert document.revision
    return document.revision.sha256
