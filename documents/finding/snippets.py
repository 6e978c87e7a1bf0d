"""Which parts of a text show best what was found in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from documents.finding.occurrences import Found

SNIPPETS = 3
CHARACTERS = 200
# Of a text in which it is everywhere, as many places are looked at.
PLACES = 500
EDGE = 20
_BLANK = re.compile(r"\s")
_TO_LAST_BLANK = re.compile(r".*\s", re.DOTALL)


class Snippet(NamedTuple):
    """A part of a text, and the places within it as offsets into the whole text, half open."""

    start: int
    end: int
    matches: tuple[tuple[int, int], ...]


def choose(text: str, found: Sequence[Found]) -> list[Snippet]:
    """Return up to SNIPPETS parts, in order and apart from each other, around what was found.

    Those come first in which the most different things were found, then the most, then the
    earliest.
    """
    if len(found) == 1:  # of most texts of a page
        return _snippets(text, [[*found]])
    left = _apart(found)[:PLACES]
    taken: list[list[Found]] = []
    while left and len(taken) < SNIPPETS:
        best = max(_gathered(left), key=lambda some: (len({one.what for one in some}), len(some)))
        taken.append(best)
        left = [one for one in left if one.end <= best[0].start or one.start >= best[-1].end]
    taken.sort(key=lambda some: some[0].start)
    return _snippets(text, taken)


def _apart(found: Sequence[Found]) -> list[Found]:
    """Return the places in order, of those that overlap the first and longest."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _gathered(found: list[Found]) -> list[list[Found]]:
    """Return for each place those that fit into one snippet with it as the first."""
    gathered, end = [], 0
    for at, first in enumerate(found):
        end = max(end, at + 1)
        while end < len(found) and found[end].end - first.start <= CHARACTERS:
            end += 1
        gathered.append(found[at:end])
    return gathered


def _snippets(text: str, taken: list[list[Found]]) -> list[Snippet]:
    snippets: list[Snippet] = []
    for at, some in enumerate(taken):
        lowest = snippets[-1].end if snippets else 0
        highest = taken[at + 1][0].start if at + 1 < len(taken) else len(text)
        start, end = _bounds(text, some[0].start, some[-1].end, lowest, highest)
        matches = tuple((one.start, one.end) for one in some)
        snippets.append(Snippet(start, end, matches))
    return snippets


def _bounds(text: str, first: int, last: int, lowest: int, highest: int) -> tuple[int, int]:
    """Widen a stretch to a snippet's length, to bounds of words where one is near."""
    around = max(0, CHARACTERS - (last - first)) // 2
    start, end = max(lowest, first - around), min(highest, last + around)
    if start > 0:
        blank = _BLANK.search(text, start, min(start + EDGE, first))
        start = blank.end() if blank else start
        while start < first and unicodedata.combining(text[start]):
            start += 1
    if end < len(text):
        blank = _TO_LAST_BLANK.match(text, max(end - EDGE, last) + 1, end + 1)
        end = blank.end() - 1 if blank else end
        while end > last and unicodedata.combining(text[end]):
            end -= 1
    return start, end
