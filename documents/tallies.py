"""What is counted of projects: see models.Tally for who writes it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

_COUNTS = """
SELECT what, value, sum(change)::bigint FROM documents_tally
WHERE project_id = %(project)s AND (
    what = 'document' OR %(sees_all)s
    OR (what = 'set' AND (author_id = %(reader)s OR value = %(open)s))
)
GROUP BY what, value
"""
_ADD_UP = """
WITH many AS (
    SELECT project_id FROM documents_tally
    GROUP BY project_id HAVING count(*) > count(DISTINCT (what, value, author_id))
),
taken AS (
    DELETE FROM documents_tally WHERE id IN (
        SELECT id FROM documents_tally WHERE project_id IN (SELECT project_id FROM many)
        ORDER BY id LIMIT 100000 FOR UPDATE SKIP LOCKED
    )
    RETURNING project_id, what, value, author_id, change
)
INSERT INTO documents_tally (project_id, what, value, author_id, change)
SELECT project_id, what, value, author_id, sum(change) FROM taken
GROUP BY project_id, what, value, author_id HAVING sum(change) <> 0
"""


def counts(
    project_id: UUID, *, reader: UUID, sees_all: bool, open_to_all: str
) -> dict[tuple[str, str], int]:
    """Return how many there are by what and value; of sets, those that the reader sees.

    Who does not see all sets sees their own, and those in the state `open_to_all`.
    """
    asked: dict[str, Any] = {"project": project_id, "reader": reader}
    asked |= {"sees_all": sees_all, "open": open_to_all}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, asked)
        return {(what, value): count for what, value, count in cursor.fetchall()}


def add_up() -> None:
    """Replace the changes of each count by their sum, in one statement, so no reader misses any."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD_UP)
