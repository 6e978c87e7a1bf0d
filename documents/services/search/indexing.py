"""Index documents that are there already, and what searches for substrings go by."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db import connection, transaction

from documents.models import Document, Project, Unindexed
from documents.search_index import index_documents

BATCH = 500
CONCURRENTLY = "CONCURRENTLY"  # while people work, in no transaction
# Both are searched by what Django compares with in any letter case.
_SUBSTRING_INDEXES = {
    "revision_by_substring": "documents_revision USING gin (project_id, upper(text) gin_trgm_ops)",
    "document_by_substring": "documents_document USING gin (project_id, upper(title) gin_trgm_ops)",
}
_VALID = """
SELECT relname FROM pg_catalog.pg_index
JOIN pg_catalog.pg_class ON pg_class.oid = indexrelid
WHERE relname = ANY(%s) AND indisvalid
"""


def reindex(*, project_id: UUID | None, everything: bool) -> Iterator[int]:
    """Index documents batch by batch, while people work; yield how many are done.

    Those that are not indexed at all, or everything.
    """
    done, after = 0, None
    while ids := _index_next(project_id, after, everything=everything):
        done, after = done + len(ids), ids[-1]
        yield done


@transaction.atomic
def _index_next(project_id: UUID | None, after: UUID | None, *, everything: bool) -> list[UUID]:
    rows = Document.objects.filter(erased_at=None)
    if project_id:
        rows = rows.filter(project=project_id)
    if not everything:
        rows = rows.filter(search_entry=None)
    if after:
        rows = rows.filter(pk__gt=after)
    # Under lock, so that what is read is what somebody changed last.
    locked = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    ids = list(locked.values_list("pk", flat=True)[:BATCH])
    if ids:
        index_documents(ids)
    return ids


def awaiting_index(project: Project) -> int:
    """Return how many of a project's documents a search may miss, or find by former words."""
    return Unindexed.objects.filter(project=project).values("document").distinct().count()


def substrings_are_indexed() -> bool:
    """Return whether both indexes are there and whole."""
    with connection.cursor() as cursor:
        cursor.execute(_VALID, [list(_SUBSTRING_INDEXES)])
        return len(cursor.fetchall()) == len(_SUBSTRING_INDEXES)


def index_substrings() -> None:
    """Make the indexes of substrings, while people work; what an earlier try left goes first."""
    if substrings_are_indexed():
        return
    forget_substrings()
    for name, on in _SUBSTRING_INDEXES.items():
        _run(f"CREATE INDEX {CONCURRENTLY} {name} ON {on}")


def forget_substrings() -> None:
    """Drop the indexes of substrings, while people work."""
    for name in _SUBSTRING_INDEXES:
        _run(f"DROP INDEX {CONCURRENTLY} IF EXISTS {name}")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        try:
            cursor.execute(statement)
        finally:
            cursor.execute("RESET statement_timeout")
