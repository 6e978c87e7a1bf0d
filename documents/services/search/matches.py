"""Hold documents against a search, and put the best first."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet

from documents.models import Document
from documents.services.search.reading import Search, Unsearchable, read_search

# As many of the newest documents that match are ranked: what it costs does not grow with what is
# found. Beyond, words tell little; a list in order of creation has all of them.
BEST = 1000
# A rank is divided by 1 + the logarithm of how many different words there are, which PostgreSQL has
# at hand; all words are counted anew for each text, which takes half as long as the rest.
_BY_WORDS = 16
_PAGE = """
SELECT id, rank
FROM (SELECT id, -ts_rank(words, %s::tsquery, %s)::float8 FROM ({newest}) AS newest(id, words))
     AS ranked(id, rank)
WHERE {bound} ORDER BY rank {way}, id {way} LIMIT %s
"""


def matching(rows: QuerySet[Document], search: Search) -> QuerySet[Document]:
    """Keep the documents that a search finds."""
    # The index of words begins with the project: this joins what is known of it.
    return rows.filter(search.condition, search_entry__project=F("project"))


def known_by(rows: QuerySet[Document], text: str) -> QuerySet[Document]:
    """Keep what a search box finds: by a whole external id or SHA-256, a part of a title, words."""
    whole = rows.filter(Q(external_id=text) | Q(sha256=text.lower()))
    if whole.exists():
        return whole
    found = Q(title__icontains=text)
    try:
        words = matching(Document.objects.all(), read_search(text, project_id=None))
        found |= Q(pk__in=words.values("pk"))
    except Unsearchable:  # signs: then they are of the title
        pass
    return rows.filter(found)


class Found(NamedTuple):
    """A document that a search has found."""

    id: UUID
    rank: float


def best_first(
    rows: QuerySet[Document],
    search: Search,
    *,
    after: tuple[float, UUID] | None,
    backwards: bool,
    limit: int,
) -> list[Found]:
    """Return documents in the order of their rank, of which the least is the best.

    Of the newest BEST of the rows, those after a rank and id, or before them when read backwards.
    """
    newest = rows.order_by("-pk").values_list("pk", "search_entry__words")[:BEST]
    inner, parameters = newest.query.sql_with_params()
    bound = f"(rank, id) {'<' if backwards else '>'} (%s::float8, %s::uuid)" if after else "true"
    statement = _PAGE.format(newest=inner, bound=bound, way="DESC" if backwards else "ASC")
    with connection.cursor() as cursor:
        cursor.execute(statement, [search.ranking, _BY_WORDS, *parameters, *(after or ()), limit])
        return [Found(*row) for row in cursor.fetchall()]
