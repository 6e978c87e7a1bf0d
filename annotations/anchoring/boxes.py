"""Hold parts of pages against the pages. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

# A box may lie beyond the edge of its page by as much as rounding moves it, in points.
ROUNDING = 0.1
Size = tuple[float, float]


class BoxFault(NamedTuple):
    """What is wrong with a box, and at which of its members."""

    member: str
    code: str
    detail: str


def box_faults(box: Mapping[str, Any], pages: Sequence[Size | None]) -> Iterator[BoxFault]:
    """Yield what is wrong with a box, given page, left, top, right and bottom.

    `pages` are width and height of each in points, None where they are not known.
    """
    if box["page"] >= len(pages):
        yield BoxFault("page", "unknown_page", f"The text has {len(pages)} pages, counted from 0.")
    for first, last in (("left", "right"), ("top", "bottom")):
        if box[first] >= box[last]:
            yield BoxFault(last, "empty_box", f"Expected {first} < {last}.")
    size = next(iter(pages[box["page"] : box["page"] + 1]), None)
    for member, most in zip(("right", "bottom"), size or (), strict=False):
        if box[member] > most + ROUNDING:
            yield BoxFault(member, "outside_of_page", f"The page ends at {most} points.")
