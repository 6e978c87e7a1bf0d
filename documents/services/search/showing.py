"""Show where in the texts of some documents stands what was searched for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypedDict
from uuid import UUID

from django.db import connection

from config.database.prepared import prepared
from documents.finding import occurrences, snippets
from documents.finding.languages import ACCENTS, CHANGE_BEGINNINGS, PLAIN
from documents.finding.occurrences import Found
from documents.offsets import OffsetUnit, from_code_points
from documents.search_index import REACH
from documents.services.search.reading import Search

# All texts of a page together are read so far, and each one at least so far.
TOGETHER = 10_000_000
EACH = 20_000
# As many different words are asked about.
MOST_WORDS = 20_000
# As many words of texts are remembered with what they are.
KEPT_WORDS = 20_000
LONG = 50
# A text is cut only where it has to be: to look for the place costs as much as to read it.
_TEXTS = """
SELECT document.id, CASE WHEN revision.length > read.each THEN left(revision.text, read.each)
                    ELSE revision.text END, coalesce(entry.configuration, read.plain)
FROM (SELECT %s::int AS each, %s::text AS plain) AS read
CROSS JOIN documents_document AS document
JOIN documents_revision AS revision ON revision.id = document.revision_id
LEFT JOIN documents_searchentry AS entry ON entry.document_id = document.id
WHERE document.id = ANY(%s::uuid[])
"""
_LEXEMES = """
SELECT name, word,
       tsvector_to_array(to_tsvector(name::regconfig, word) || to_tsvector(%s::regconfig, word))
FROM unnest(%s::text[], %s::text[]) AS given(name, word)
"""


class Shown(TypedDict):
    """A part of a text with what was found in it; offsets into the text, half open."""

    start: int
    end: int
    text: str
    matches: list[list[int]]


class _Text(NamedTuple):
    """The beginning of a text, and by which configuration its words are read."""

    document_id: UUID
    beginning: str
    configuration: str


_Lexemes = dict[tuple[str, str], frozenset[str]]
# Configurations stay as they are while we run, and so does what they make of a word.
_REMEMBERED: _Lexemes = {}


def show(
    ids: Sequence[UUID], searches: Sequence[Search], unit: OffsetUnit
) -> dict[UUID, list[Shown]]:
    """Return the snippets of each document by id, in its text's order; offsets in `unit`.

    Phrases are shown by their words. Of long texts the beginning is looked at, the further the
    fewer documents are given: see TOGETHER.
    """
    wanted = frozenset[str]().union(*(search.lexemes for search in searches))
    literals = [literal for search in searches for literal in search.literals]
    texts = _texts(ids)
    candidates = [_candidates(text, wanted) for text in texts]
    lexemes = _lexemes(
        {
            (text.configuration, one.what)
            for text, some in zip(texts, candidates, strict=True)
            for one in some
        }
    )
    shown = {}
    for text, some in zip(texts, candidates, strict=True):
        found = _found(text, some, lexemes, wanted)
        found += [
            one for literal in literals for one in occurrences.literals(text.beginning, literal)
        ]
        shown[text.document_id] = _shown(text.beginning, found, unit)
    return shown


def _texts(ids: Sequence[UUID]) -> list[_Text]:
    """Read the beginnings of the documents' texts, in one query."""
    each = min(REACH, max(EACH, TOGETHER // max(1, len(ids))))
    with prepared(_TEXTS, [each, PLAIN, [*ids]]) as cursor:
        return [_Text(*row) for row in cursor.fetchall()]


def _candidates(text: _Text, wanted: frozenset[str]) -> list[Found]:
    any_beginning = text.configuration in CHANGE_BEGINNINGS
    return [*occurrences.words(text.beginning, wanted, any_beginning=any_beginning)]


def _lexemes(words: set[tuple[str, str]]) -> _Lexemes:
    """Return what each word is by the named configuration, as the index has it."""
    asked = sorted(words)[:MOST_WORDS]
    known = {one: lexemes for one in asked if (lexemes := _REMEMBERED.get(one)) is not None}
    new = [one for one in asked if one not in known]
    return known | _look_up(new) if new else known


def _look_up(words: list[tuple[str, str]]) -> _Lexemes:
    """Ask PostgreSQL what words are, and remember it of those that are not too long."""
    names, said = [name for name, _ in words], [word for _, word in words]
    with connection.cursor() as cursor:
        cursor.execute(_LEXEMES, [ACCENTS, names, said])
        found = {(name, word): frozenset(lexemes) for name, word, lexemes in cursor.fetchall()}
    if len(_REMEMBERED) + len(found) > KEPT_WORDS:
        _REMEMBERED.clear()
    _REMEMBERED.update((one, is_) for one, is_ in found.items() if len(one[1]) <= LONG)
    return found


def _found(
    text: _Text, candidates: Iterable[Found], lexemes: _Lexemes, wanted: frozenset[str]
) -> list[Found]:
    found = []
    for one in candidates:
        which = wanted & lexemes.get((text.configuration, one.what), frozenset())
        if which:
            found.append(one._replace(what=min(which)))
    return found


def _shown(text: str, found: Sequence[Found], unit: OffsetUnit) -> list[Shown]:
    def offset(at: int) -> int:
        return from_code_points(text, at, unit)

    return [
        Shown(
            start=offset(start),
            end=offset(end),
            text=text[start:end],
            matches=[[offset(first), offset(last)] for first, last in matches],
        )
        for start, end, matches in snippets.choose(text, found)
    ]
