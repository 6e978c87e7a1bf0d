"""Which spans of a set lie in the way of others. Pure; the database has the last word on it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key")
Stretch = Sequence[int]  # where it begins and where it ends, half open


class Extents(Generic[Key]):
    """Stretches of a text that are taken, none of which overlaps with another."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._taken: list[tuple[int, int, Key]] = []

    def in_the_way(self, stretches: Iterable[Stretch]) -> Key | None:
        """Return whose stretch one of these overlaps with; None if all are free."""
        for start, end in stretches:
            for at in self._near(start):
                first, last, key = self._taken[at]
                if first < end and start < last:
                    return key
        return None

    def take(self, key: Key, stretches: Iterable[Stretch]) -> Key | None:
        """Take stretches, or none of them and return who has one of them already."""
        wanted = list(stretches)
        found = self.in_the_way(wanted)
        if found is None:
            for start, end in wanted:
                at = bisect_left(self._starts, start)
                self._starts.insert(at, start)
                self._taken.insert(at, (start, end, key))
        return found

    def _near(self, start: int) -> range:
        """Return the last one that begins before a place, and the first one from there on."""
        at = bisect_left(self._starts, start)
        return range(max(at - 1, 0), min(at + 1, len(self._taken)))


def stretches(
    start: int | None, end: int | None, fragments: Sequence[Stretch] | None
) -> list[Stretch]:
    """Return what an annotation covers of its text; nothing, if it is on no span."""
    if start is None or end is None:
        return []
    return list(fragments) if fragments else [(start, end)]


class Fragment(NamedTuple):
    """One part of a discontinuous span, in code points."""

    start: int
    end: int
    quote: str


def fragments(quote: str, places: Sequence[Stretch]) -> list[Fragment]:
    """Return the parts of a discontinuous span, whose quotes are joined by spaces in `quote`."""
    found, reached = [], 0
    for start, end in places:
        found.append(Fragment(start, end, quote[reached : reached + end - start]))
        reached += end - start + 1
    return found
