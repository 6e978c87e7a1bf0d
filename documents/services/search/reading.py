"""Read a search: what its words are by the rules of each language that is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db import connection
from django.db.models import Q

from config.database.prepared import prepared
from documents.finding.languages import CONFIGURATIONS, PLAIN, configuration
from documents.finding.question import MAX_CHARACTERS, Group, Term, parse, phrases
from documents.services.search.queries import any_of, has_literal, has_words, pairs_of

# In the order of an index, one step for each configuration: a project has few of them.
_IN_USE = """
WITH RECURSIVE used(name) AS (
    SELECT min(configuration) FROM documents_searchentry WHERE project_id = %s
    UNION ALL
    SELECT (SELECT min(configuration) FROM documents_searchentry
            WHERE project_id = %s AND configuration > used.name)
    FROM used WHERE used.name IS NOT NULL
)
SELECT name FROM used WHERE name IS NOT NULL
"""
_KNOWN = """
SELECT cfgname FROM pg_catalog.pg_ts_config
WHERE cfgnamespace = 'pg_catalog'::regnamespace AND cfgname = ANY(%(known)s::name[])
"""
_READ = """
SELECT DISTINCT number, websearch_to_tsquery(name::regconfig, said)::text,
       tsvector_to_array(to_tsvector(name::regconfig, said))
FROM unnest(%(names)s::text[]) AS names(name),
     unnest(%(texts)s::text[]) WITH ORDINALITY AS given(text, number),
     LATERAL (VALUES (text), (unaccent(text))) AS variant(said)
"""
# As many searches are kept read: the same words are often asked for on the next page.
KEPT = 500
NO_WORD = "Expected a word or a number; `substring` finds signs."


class Unsearchable(ValueError):
    """What is wrong with a search, as a sentence."""


@dataclass(frozen=True)
class Search:
    """A search as the database takes it.

    `condition` holds documents against it; `ranking` is the query by which they are ranked, empty
    where nothing is. `lexemes` and `literals` are what to look for in their texts.
    """

    condition: Q
    ranking: str = ""
    lexemes: frozenset[str] = frozenset()
    literals: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Reading:
    """What terms are by each configuration: alternative queries, and their lexemes."""

    queries: tuple[str, ...] = ()
    lexemes: frozenset[str] = frozenset()

    @property
    def query(self) -> str:
        """Return the query for one of the alternatives."""
        return f"({' | '.join(self.queries)})"


_Readings = dict[str, _Reading]
_Row = tuple[int, str, list[str]]  # the number of a text, a query for it, its lexemes


def read_search(text: str, *, project_id: UUID | None, language: str = "") -> Search:
    """Read a search by the rules of a BCP 47 tag, or else of all languages of the project.

    Without a project, those of every language. Raises Unsearchable.
    """
    if len(text) > MAX_CHARACTERS:
        raise Unsearchable(f"Expected at most {MAX_CHARACTERS} characters, found {len(text)}.")
    groups = parse(text)
    lists = [terms for group in groups for terms in _lists(group)]
    readings = _read({phrases(terms) for terms in lists} - {""}, project_id, language)
    parts = [part for group in groups if (part := _part(group, readings))]
    if not parts:
        raise Unsearchable(NO_WORD)
    wanted = [readings[phrases(group.wanted)] for group in groups if phrases(group.wanted)]
    literals = (term.literal for group in groups for term in group.wanted if term.literal)
    return Search(
        condition=any_of(condition for condition, _ in parts),
        ranking=" | ".join(f"({query})" for _, query in parts if query),
        lexemes=frozenset().union(*(reading.lexemes for reading in wanted)),
        literals=tuple(literals),
    )


def _lists(group: Group) -> list[Sequence[Term]]:
    """Return which terms are read together: what is wanted, and each one that is not."""
    return [group.wanted, *([term] for term in group.unwanted)]


def _read(texts: Iterable[str], project_id: UUID | None, language: str) -> _Readings:
    given = tuple(sorted(texts))
    names = _in_use(project_id) if project_id and not language else _known(language)
    rows = _ask(tuple(sorted({PLAIN, *names})), given)
    return {text: _reading(rows, number) for number, text in enumerate(given, start=1)}


def _in_use(project_id: UUID) -> list[str]:
    """Return by which configurations the project's documents are read, as it is now."""
    with prepared(_IN_USE, [project_id, project_id]) as cursor:
        return [name for (name,) in cursor]


def _known(language: str) -> list[str]:
    """Return the language's configuration, or those of all languages, where PostgreSQL has it."""
    names = [configuration(language)] if language else [*CONFIGURATIONS.values()]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"known": names})
        return [name for (name,) in cursor.fetchall()]


@lru_cache(maxsize=KEPT)
def _ask(names: tuple[str, ...], texts: tuple[str, ...]) -> tuple[_Row, ...]:
    """Return what texts are by some configurations, which stay as they are while we run."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"names": list(names), "texts": list(texts)})
        return tuple(cursor.fetchall())


def _reading(rows: Iterable[_Row], number: int) -> _Reading:
    mine = [row for row in rows if row[0] == number]
    queries = sorted({f"({query})" for _, query, _ in mine if query})
    return _Reading(tuple(queries), frozenset(lexeme for row in mine for lexeme in row[2]))


def _part(group: Group, readings: _Readings) -> tuple[Q, str] | None:
    """Return the condition of a group and what it is ranked by; None where it asks for nothing.

    A word that is not wanted is none of those that any of the languages takes it for.
    """
    wanted = readings.get(phrases(group.wanted), _Reading())
    has = [wanted.query] if wanted.queries else []
    has += [pairs_of(run) for term in group.wanted for run in term.runs]
    apart = [readings.get(phrases([term]), _Reading()) for term in group.unwanted if not term.runs]
    lacks = [f"!{reading.query}" for reading in apart if reading.queries]
    condition = has_words(*has, *lacks) if has or lacks else Q()
    for term in group.wanted:
        condition &= _in_order(term)
    for term in group.unwanted:
        if term.runs:
            condition &= ~(has_words(*map(pairs_of, term.runs)) & _in_order(term))
    return (condition, " & ".join(has)) if condition else None


def _in_order(term: Term) -> Q:
    """Return that a literal stands as it is where its pairs are; one pair is told by itself."""
    is_pair = len(term.literal) <= 2 and term.runs == (term.literal,)  # noqa: PLR2004
    return Q() if is_pair or not term.literal else has_literal(term.literal)
