"""Hold documents against a search, and put the best first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchRank
from django.db import connection
from django.db.models import F, FloatField, Q, QuerySet, Value
from django.db.models.functions import Cast

from documents.models import Document
from documents.services.search.queries import TsQuery
from documents.services.search.reading import Search, Unsearchable, read_search

# As many of the newest documents that match are ranked: what it costs does not grow with what is
# found. Beyond, words tell little; a list in order of creation has all of them.
BEST = 1000
_BY_LENGTH = 1  # a rank is divided by 1 + the logarithm of the text's length
_PAGE = """
SELECT id, rank FROM ({ranked}) AS best(id, rank)
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


def best_first(
    rows: QuerySet[Document],
    search: Search,
    *,
    after: tuple[float, UUID] | None,
    backwards: bool,
    limit: int,
) -> list[Document]:
    """Return documents in the order of their `rank`, of which the least is the best.

    Of the newest BEST of the rows, those after a rank and id, or before them when read backwards.
    """
    words, query = F("search_entry__words"), TsQuery(search.ranking)
    rank = -Cast(SearchRank(words, query, normalization=Value(_BY_LENGTH)), FloatField())
    newest = rows.order_by("-pk").annotate(rank=rank).values_list("pk", "rank")[:BEST]
    ranks = _page(newest, after, backwards=backwards, limit=limit)
    found = Document.objects.filter(pk__in=list(ranks)).with_revision().in_bulk()
    page = [found[document_id] for document_id in ranks if document_id in found]
    for document in page:
        document.rank = ranks[document.pk]
    return page


def _page(
    ranked: Any, after: tuple[float, UUID] | None, *, backwards: bool, limit: int
) -> dict[UUID, float]:
    """Return the ranks by id, in order."""
    inner, parameters = ranked.query.sql_with_params()
    bound = f"(rank, id) {'<' if backwards else '>'} (%s::float8, %s::uuid)" if after else "true"
    way = "DESC" if backwards else "ASC"
    with connection.cursor() as cursor:
        cursor.execute(
            _PAGE.format(ranked=inner, bound=bound, way=way), [*parameters, *(after or ()), limit]
        )
        return dict(cursor.fetchall())
