"""Move what was put in or taken out to where people would say that it was.

Where "Ann Smith, Ann Jones" has become "Ann Jones", "Smith, Ann " may be said to be missing as
well as "Ann Smith, ": the edits are as many. Whole lines and words are likelier than their parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import Postfix, Prefix

from annotations.anchoring.stretch import Stretch

# How far a change is moved at most, in code points.
FARTHEST = 1_024
# Places whose worth differs by less are as good for what is said of them.
TELLING = 2


class Freedom(NamedTuple):
    """How far back and forth a change may as well be said to be, in code points."""

    back: int
    forth: int


class _Change(NamedTuple):
    """What was put in or taken out: the text that has it, and from where to where."""

    text: str
    start: int
    end: int

    def reach(self, back: int, forth: int) -> range:
        """Return by how much it can be moved, within limits, for what it moves over is alike."""
        text, start, end = self
        first = Postfix.similarity(text[start - back : start], text[end - back : end])
        last = Prefix.similarity(text[start : start + forth], text[end : end + forth])
        return range(-int(first), int(last) + 1)

    def worth(self, by: int) -> int:
        """Return how likely it is, moved so far, to have been put in or taken out."""
        return _worth(self.text, self.start + by) + _worth(self.text, self.end + by)


def settled(old: str, new: str, kept: Sequence[Stretch]) -> tuple[list[Stretch], list[Freedom]]:
    """Return the stretches with each change moved to the best of its places.

    With them comes the freedom of each change, which is between a stretch and the next one.
    """
    moved, freedoms = [kept[0]], []
    for after in kept[1:]:
        before = moved[-1]
        least = (min(len(moved) - 1, 1), 0 if after is kept[-1] else 1)
        shift, freedom = _moved(old, new, before, after, least)
        moved[-1] = Stretch(before.old, before.new, before.length + shift)
        moved.append(Stretch(after.old + shift, after.new + shift, after.length - shift))
        freedoms.append(freedom)
    return moved, freedoms


def _moved(
    old: str, new: str, before: Stretch, after: Stretch, least: tuple[int, int]
) -> tuple[int, Freedom]:
    """Return how far a change is best moved, each side keeping its least, and what is as good."""
    if before.new_end == after.new:
        change = _Change(old, before.old_end, after.old)
    elif before.old_end == after.old:
        change = _Change(new, before.new_end, after.new)
    else:  # one text took the place of another
        return 0, Freedom(0, 0)
    back = min(max(before.length - least[0], 0), FARTHEST)
    forth = min(max(after.length - least[1], 0), FARTHEST)
    worths = {by: change.worth(by) for by in change.reach(back, forth)}
    most = max(worths.values())
    shift = min((by for by, worth in worths.items() if worth == most), key=abs)
    good = [by for by, worth in worths.items() if worth > most - TELLING]
    return shift, Freedom(shift - good[0], good[-1] - shift)


def _worth(text: str, place: int) -> int:
    """Return how likely something begins or ends at a place: with a line, after a space, apart."""
    before, after = text[max(0, place - 1) : place], text[place : place + 1]
    if not before or not after or before == "\n":
        return 3
    if before.isspace():
        return 2
    return 0 if before.isalnum() and after.isalnum() else 1
