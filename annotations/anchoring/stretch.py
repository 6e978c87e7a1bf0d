"""A stretch of text that two texts have in common."""

from __future__ import annotations

from typing import NamedTuple


class Stretch(NamedTuple):
    """What both texts have: `length` code points, from `old` and from `new` on."""

    old: int
    new: int
    length: int

    @property
    def old_end(self) -> int:
        """Return where it ends in the old text."""
        return self.old + self.length

    @property
    def new_end(self) -> int:
        """Return where it ends in the new text."""
        return self.new + self.length


def change(before: Stretch, after: Stretch) -> int:
    """Return how many edits at most turn the old text between two stretches into the new."""
    return max(after.old - before.old_end, after.new - before.new_end)
