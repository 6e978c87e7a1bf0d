"""Say where a span of an old text lies in a new one."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise
from typing import NamedTuple

from annotations.anchoring.boundaries import settled
from annotations.anchoring.difference import stretches
from annotations.anchoring.stretch import Stretch, change


class Remains(NamedTuple):
    """What is left of a span: where it lies in the new text, and the edits in it, at most."""

    start: int
    end: int
    edits: int


class Kept(NamedTuple):
    """How far a span that was kept as it was has moved, and whether no change could be of it.

    Several ways, or one that is not sure, come of a text that repeats itself: which of two equal
    rows was taken out, or before which one a third was put, cannot be told.
    """

    shifts: list[int]
    is_sure: bool


class Alignment:
    """Two texts, compared once for any number of spans; a question costs O(log of the changes).

    Offsets are code points, spans half open.
    """

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new
        self._kept, self._freedoms = settled(old, new, stretches(old, new))
        self._begins = [one.old for one in self._kept]
        self._new_begins = [one.new for one in self._kept]
        changes = (change(before, after) for before, after in pairwise(self._kept))
        self._edits = list(accumulate(changes, initial=0))

    def kept(self, start: int, end: int) -> Kept:
        """Return how far the span has moved as it was; no way where it was changed."""
        index = self._index(start)
        one = self._kept[index]
        if end <= one.old_end:
            rivals = self._rivals(index, start, end)
            return Kept([one.new - one.old, *self._shifts(rivals, start, end)], not rivals)
        ways = [index, index + 1]
        after = self._kept[index + 1]
        if start >= one.old_end and end <= after.old:  # taken out, unless its like was
            back, forth = self._freedoms[index]
            may = (end <= one.old_end + forth, start >= after.old - back)
            ways = [way for way, can in zip(ways, may, strict=True) if can]
        return Kept(self._shifts(ways, start, end), is_sure=False)

    def is_kept(self, start: int, end: int) -> bool:
        """Return whether a part of the new text, as a whole, is what an old one has become."""
        return end <= self._kept[bisect_right(self._new_begins, start) - 1].new_end

    def place(self, start: int) -> int:
        """Return about where in the new text an offset lies: within a change, by proportion."""
        index = self._index(start)
        before = self._kept[index]
        if start < before.old_end or index + 1 == len(self._kept):
            return before.new + start - before.old
        after = self._kept[index + 1]
        through = (start - before.old_end) * (after.new - before.new_end)
        return before.new_end + through // (after.old - before.old_end)

    def replacement(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of the new text that is where the span, or what it lay in, was."""
        before, index = self._kept[self._index(start)], self._index(end - 1)
        after = self._kept[index]
        first = before.new + min(start - before.old, before.length)
        if end <= after.old_end:
            return first, after.new + end - after.old
        return first, self._kept[index + 1].new

    def remains(self, start: int, end: int) -> Remains | None:
        """Return what is left of the span; None when nothing is.

        What was put in the place of its first or last characters belongs to it, if the change
        begins or ends just where the span does; else it ends with what is kept.
        """
        (first, left, cut), (last, right, more) = self._left(start), self._right(end)
        if first > last:
            return None
        return Remains(left, right, cut + self._edits[last] - self._edits[first] + more)

    def _left(self, start: int) -> tuple[int, int, int]:
        """Return the number of the first stretch kept, the new start, and the edits up to it."""
        index = self._index(start)
        before = self._kept[index]
        if start < before.old_end:
            return index, before.new + start - before.old, 0
        after = self._kept[index + 1]
        if start == before.old_end:
            return index + 1, before.new_end, change(before, after)
        return index + 1, after.new, after.old - start

    def _right(self, end: int) -> tuple[int, int, int]:
        """Return the number of the last stretch kept, the new end, and the edits from it on."""
        index = self._index(end - 1)
        before = self._kept[index]
        if end <= before.old_end:
            return index, before.new + end - before.old, 0
        after = self._kept[index + 1]
        if end == after.old:
            return index, after.new, change(before, after)
        return index, before.new_end, end - before.old_end

    def _rivals(self, index: int, start: int, end: int) -> list[int]:
        """Return the stretches beyond such changes as might have been made to a kept span."""
        one, rivals = self._kept[index], []
        if index and end <= one.old + self._freedoms[index - 1].forth:
            rivals.append(index - 1)
        if index < len(self._freedoms) and start >= one.old_end - self._freedoms[index].back:
            rivals.append(index + 1)
        return rivals

    def _shifts(self, ways: list[int], start: int, end: int) -> list[int]:
        """Return how far those stretches have moved which go on, in both texts, over the span."""
        found = [self._kept[way] for way in ways if self._goes_over(self._kept[way], start, end)]
        return [one.new - one.old for one in found]

    def _goes_over(self, one: Stretch, start: int, end: int) -> bool:
        shift = one.new - one.old
        first, last = min(start, one.old_end), max(end, one.old)
        if first + shift < 0:
            return False
        beyond = self.old[first : one.old], self.old[one.old_end : last]
        return beyond == (self.new[first + shift : one.new], self.new[one.new_end : last + shift])

    def _index(self, place: int) -> int:
        """Return the number of the last stretch that begins there or before."""
        return bisect_right(self._begins, place) - 1
