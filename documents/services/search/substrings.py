"""Find documents by a part of a word, by signs, or by what a script does not part."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from documents.finding.question import MAX_CHARACTERS
from documents.finding.scripts import runs
from documents.models import Document
from documents.services.search.indexing import substrings_are_indexed
from documents.services.search.queries import has_literal, has_words, pairs_of
from documents.services.search.reading import Search, Unsearchable

FEWEST = 3
# Without an index, as many texts are read for one request.
MOST_DOCUMENTS = 20_000
MOST_CHARACTERS = 50_000_000
_INDEXED = re.compile(r"[^\W_]{3}")


def read_substring(text: str) -> Search:
    """Read what titles or texts are to hold, in any letter case; raises Unsearchable."""
    if len(text) > MAX_CHARACTERS:
        raise Unsearchable(f"Expected at most {MAX_CHARACTERS} characters, found {len(text)}.")
    found = runs(text)
    if len(text) < FEWEST and not found and any(letter.isalnum() for letter in text):
        raise Unsearchable(f"Expected at least {FEWEST} characters, found {text!a}.")
    condition = has_literal(text)
    if found:
        condition &= has_words(*map(pairs_of, found))
    return Search(condition, literals=(text,))


def containing(rows: QuerySet[Document], search: Search, project_id: UUID) -> QuerySet[Document]:
    """Keep the documents that have a substring; raises Unsearchable where it is too dear."""
    (literal,) = search.literals
    if runs(literal):
        return rows.filter(search.condition)
    if _INDEXED.search(literal) and substrings_are_indexed():
        return rows.filter(pk__in=_by_index(literal, project_id))
    _hold_to_bounds(rows)
    return rows.filter(search.condition)


def _by_index(literal: str, project_id: UUID) -> QuerySet[Any]:
    """Return the ids of what has it in its title, or in its text: each is an index of its own."""
    titles = Document.objects.filter(project=project_id, title__icontains=literal)
    texts = Document.objects.filter(revision__project=project_id, revision__text__icontains=literal)
    ids: QuerySet[Any] = titles.values("pk").union(texts.values("pk"))
    return ids


def _hold_to_bounds(rows: QuerySet[Document]) -> None:
    some = rows.order_by()[: MOST_DOCUMENTS + 1]
    read = some.aggregate(documents=Count("pk"), characters=Sum("revision__length", default=0))
    if read["documents"] > MOST_DOCUMENTS or read["characters"] > MOST_CHARACTERS:
        raise Unsearchable(
            f"There is no index of substrings here, and without one at most {MOST_DOCUMENTS} "
            f"documents of {MOST_CHARACTERS} characters are read. Narrow it with other filters, "
            "`search` for instance, or have the operator run `manage.py index_substrings`."
        )
