"""Searches as expressions of SQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q

from documents.finding.scripts import pairs


class TsQuery(SearchQuery):
    """A query that is read already: the text of a `tsquery`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        return super().as_sql(compiler, connection, template="%(expressions)s::tsquery")


def has_words(*queries: str) -> Q:
    """Return that a document has what all of the queries ask for."""
    return Q(search_entry__words=TsQuery(" & ".join(queries)))


def pairs_of(run: str) -> str:
    """Return the query for the pairs of letters of a run; a letter alone begins one or is one."""
    return " & ".join(f"'{pair}'" for pair in pairs(run)) or f"'{run}':*"


def has_literal(literal: str) -> Q:
    """Return that a document's title or present text has a literal, in any letter case."""
    lookup = "contains" if literal.lower() == literal.upper() else "icontains"
    return Q(**{f"title__{lookup}": literal}) | Q(**{f"revision__text__{lookup}": literal})


def any_of(conditions: Iterable[Q]) -> Q:
    """Return that one of the conditions holds."""
    found = Q()
    for condition in conditions:
        found |= condition
    return found
