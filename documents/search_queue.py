"""What a worker does with the documents whose words are still to be read.

They are queued by `search_index.index_later`, in the transaction that brought or changed them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from django.db import connection, transaction

from config.database.statistics import renew_statistics
from documents.search_index import index_documents

# A worker reads as many, and then commits: somebody who edits one of them waits so long.
BATCH = 500
# Seconds, after which a worker has others take their turn.
TURN = 5.0
# Shared, so that annotators do not wait. What somebody else has under lock is left to another
# time; so no batch waits for a document, and none is read while its text changes.
_NEXT = """
SELECT queued.id, queued.document_id, document.erased_at IS NULL
FROM documents_unindexed AS queued
JOIN documents_document AS document ON document.id = queued.document_id
ORDER BY queued.id LIMIT %s
FOR UPDATE OF queued SKIP LOCKED FOR SHARE OF document SKIP LOCKED
"""
_DONE = "DELETE FROM documents_unindexed WHERE id = ANY(%s)"
# GIN gathers what is new in a list that each search reads from its beginning to its end.
_SORT_IN = """
SELECT gin_clean_pending_list(oid::regclass) FROM pg_catalog.pg_class
WHERE oid = 'search_entry_by_word'::regclass AND pg_has_role(relowner, 'USAGE')
"""


def index_next() -> int:
    """Index the next documents of the queue; return how many, 0 where none is left to take.

    Any number of workers may do so at once.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, [BATCH])
            rows = cursor.fetchall()
        if not rows:
            return 0
        # In a statement of its own: that one saw the texts as they were before it had the locks.
        index_documents(document_id for _, document_id, is_there in rows if is_there)
        with connection.cursor() as cursor:
            cursor.execute(_DONE, [[queued_id for queued_id, _, _ in rows]])
    return len(rows)


def index_waiting() -> None:
    """Index what is in the queue, for a turn at most, and have searches find it fast.

    Of more than a batch PostgreSQL reads two at once: it is its work, and one process is enough.
    """
    until = monotonic() + TURN
    if (first := index_next()) == BATCH:
        with ThreadPoolExecutor(1) as pool:
            helped = pool.submit(_index_beside, until)
            _index_until(until)
        helped.result()
    with connection.cursor() as cursor:
        cursor.execute(_SORT_IN)
    if first:
        renew_statistics()


def _index_until(end: float) -> None:
    while monotonic() < end and index_next():
        pass


def _index_beside(end: float) -> None:
    """Index by a connection of this thread's own."""
    try:
        _index_until(end)
    finally:
        connection.close()
