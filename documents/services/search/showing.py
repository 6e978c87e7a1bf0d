"""Show where in the texts of some documents stands what was searched for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import Left

from documents.finding import occurrences, snippets
from documents.finding.languages import ACCENTS, CHANGE_BEGINNINGS
from documents.finding.occurrences import Found
from documents.models import Document
from documents.offsets import OffsetUnit, from_code_points
from documents.search_index import REACH
from documents.services.search.reading import Search

# All texts of a page together are read so far, and each one at least so far.
TOGETHER = 10_000_000
EACH = 20_000
# As many different words are asked about.
MOST_WORDS = 20_000
_LEXEMES = """
SELECT name, word,
       tsvector_to_array(to_tsvector(name::regconfig, word) || to_tsvector(%s::regconfig, word))
FROM unnest(%s::text[], %s::text[]) AS given(name, word)
"""


@dataclass(frozen=True)
class Shown:
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


_Lexemes = dict[tuple[str, str], set[str]]


def show(
    documents: Sequence[Document], searches: Sequence[Search], unit: OffsetUnit
) -> dict[UUID, list[Shown]]:
    """Return the snippets of each document, in its text's order; offsets in `unit`.

    Phrases are shown by their words. Of long texts the beginning is looked at, the further the
    fewer documents are given: see TOGETHER.
    """
    wanted = frozenset[str]().union(*(search.lexemes for search in searches))
    literals = [literal for search in searches for literal in search.literals]
    texts = _texts(documents)
    candidates = {text.document_id: _candidates(text, wanted) for text in texts}
    lexemes = _lexemes({(text, one.what) for text in texts for one in candidates[text.document_id]})
    shown = {}
    for text in texts:
        found = _found(text, candidates[text.document_id], lexemes, wanted)
        found += [
            one for literal in literals for one in occurrences.literals(text.beginning, literal)
        ]
        shown[text.document_id] = _shown(text.beginning, found, unit)
    return shown


def _texts(documents: Sequence[Document]) -> list[_Text]:
    """Read the beginnings of the documents' texts, in one query."""
    each = min(REACH, max(EACH, TOGETHER // max(1, len(documents))))
    rows = Document.objects.filter(pk__in=[document.pk for document in documents])
    columns = ("pk", Left("revision__text", each), F("search_entry__configuration"))
    return [_Text(*row) for row in rows.exclude(revision=None).values_list(*columns)]


def _candidates(text: _Text, wanted: frozenset[str]) -> list[Found]:
    any_beginning = text.configuration in CHANGE_BEGINNINGS
    return [*occurrences.words(text.beginning, sorted(wanted), any_beginning=any_beginning)]


def _lexemes(words: Iterable[tuple[_Text, str]]) -> _Lexemes:
    """Return what each word is, in the language of its text: as the index has it."""
    asked = sorted({(text.configuration, word) for text, word in words})[:MOST_WORDS]
    if not asked:
        return {}
    names, said = [name for name, _ in asked], [word for _, word in asked]
    with connection.cursor() as cursor:
        cursor.execute(_LEXEMES, [ACCENTS, names, said])
        return {(name, word): set(lexemes) for name, word, lexemes in cursor.fetchall()}


def _found(
    text: _Text, candidates: Iterable[Found], lexemes: _Lexemes, wanted: frozenset[str]
) -> list[Found]:
    found = []
    for one in candidates:
        which = wanted & lexemes.get((text.configuration, one.what), set())
        if which:
            found.append(one._replace(what=min(which)))
    return found


def _shown(text: str, found: Sequence[Found], unit: OffsetUnit) -> list[Shown]:
    def offset(at: int) -> int:
        return from_code_points(text, at, unit)

    return [
        Shown(
            offset(snippet.start),
            offset(snippet.end),
            text[snippet.start : snippet.end],
            [[offset(start), offset(end)] for start, end in snippet.matches],
        )
        for snippet in snippets.choose(text, found)
    ]
