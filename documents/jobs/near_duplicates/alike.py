"""Find what is like a text among the fingerprints of its project."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from documents.fingerprints import METHOD, similarity
from documents.models import Fingerprint

# So many that share a band are looked at, and of these so many that share the most are compared.
CANDIDATES = 5_000
COMPARED = 1_000

# Fenced off, the condition on bands leaves the planner its index or a reading of the whole table.
_CANDIDATES = """
SELECT document_id, signature FROM (
    SELECT found.document_id, found.signature, found.bands
    FROM (
        SELECT * FROM documents_fingerprint WHERE bands && %(bands)s::bigint[] OFFSET 0
    ) AS found
    JOIN documents_document AS document
      ON document.id = found.document_id AND document.revision_id = found.revision_id
    WHERE found.project_id = %(project)s AND found.method = %(method)s
      AND document.deleted_at IS NULL
      AND CASE WHEN %(earlier)s THEN found.document_id < %(document)s
               ELSE found.document_id <> %(document)s END
    LIMIT %(candidates)s
) AS candidate
ORDER BY (SELECT count(*) FROM unnest(bands) AS band WHERE band = ANY(%(bands)s::bigint[])) DESC,
         document_id
LIMIT %(compared)s
"""


class Alike(NamedTuple):
    """A document, and how alike its text is to the one in question: from 0 to 1."""

    document_id: UUID
    similarity: float


@transaction.atomic(savepoint=False)
def alike_stored(
    fingerprint: Fingerprint, threshold: float, *, earlier: bool = False
) -> list[Alike]:
    """Return the documents with fingerprints that are as alike, the `earlier` ones alone if asked.

    Of a text that shares bands with very many, some may be missed.
    """
    if not fingerprint.bands:
        return []
    parameters: dict[str, Any] = {
        "bands": fingerprint.bands,
        "project": fingerprint.project_id,
        "method": METHOD,
        "document": fingerprint.document_id,
        "earlier": earlier,
        "candidates": CANDIDATES,
        "compared": COMPARED,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # else a table that grew fast is read
        cursor.execute(_CANDIDATES, parameters)
        return compare(bytes(fingerprint.signature), cursor.fetchall(), threshold)


def compare(
    signature: bytes, others: Iterable[tuple[UUID, bytes]], threshold: float
) -> list[Alike]:
    """Return which of other texts' signatures are as alike."""
    all_of_them = (Alike(one, similarity(signature, other)) for one, other in others)
    return [alike for alike in all_of_them if alike.similarity >= threshold]
