"""Where the characters of a text stand on their pages, kept small and read back as boxes.

A page's geometry is its width and height in points, and its runs. A run is characters that
follow each other on one line in one height: `[start, top, bottom, edges]`. `start` is the
offset of its first character; all else is tenths of points from the top left corner of the
page as it is shown, turned and cropped. `edges` are words of decimal numbers: where the first
character begins, then how far it is to each next edge, negative from right to left; so a run
of n characters has n + 1 numbers. Words rather than numbers, for a hundred thousand of these
cost a database ten times what a string does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, TypedDict

TENTHS = 10
# No page is larger: 20 000 points are seven metres, and PDF ends below.
FARTHEST = 10_000_000

_EDGES = re.compile(r"-?[0-9]{1,7}(?: -?[0-9]{1,6})+")


# The most bytes of JSON for a run beside its edges.
RUN = 50


class Run(NamedTuple):
    """Characters in a row: the offset of the first, and where they stand."""

    start: int
    top: int
    bottom: int
    edges: str


class Geometry(TypedDict):
    """The size of one page in points, and its runs."""

    width: float
    height: float
    runs: list[Run]


class Box(NamedTuple):
    """A part of one line on a page (counted from 0), in points from its top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


def boxes(layout: Mapping[str, Any], start: int, end: int) -> list[Box]:
    """Return what covers `text[start:end]` on its pages, from the first line to the last.

    Empty where the layout knows no places: in other formats, beyond the limit on characters
    that are placed, and for what a page does not show, such as line ends.
    """
    return [
        box
        for page, geometry in enumerate(layout.get("geometry", ()))
        for run in geometry["runs"]
        if (box := _covered(page, run, start, end)) is not None
    ]


def _covered(page: int, run: Run, start: int, end: int) -> Box | None:
    first, top, bottom, words = run
    if first >= end or first + words.count(" ") <= start:
        return None
    edges = list(accumulate(int(word) for word in words.split(" ")))
    held = edges[max(start - first, 0) : end - first + 1]
    numbers = min(held), top, max(held), bottom
    return Box(page, *(number / TENTHS for number in numbers))


class Placed(NamedTuple):
    """One character's box in tenths of points."""

    left: int
    top: int
    right: int
    bottom: int


def runs(start: int, places: Iterable[Placed | None]) -> Iterator[Run]:
    """Yield the runs of one line from `start` on; a character without a place fills its gap."""
    run: _Run | None = None
    for offset, place in enumerate(places, start):
        if run is not None and (place is None or run.takes(place)):
            run.add(place)
        else:
            if run is not None:
                yield run.written()
            run = None if place is None else _Run(offset, place)
    if run is not None:
        yield run.written()


class _Run:
    def __init__(self, start: int, place: Placed) -> None:
        self._start = start
        self._last = place
        self._forward: bool | None = None
        self._places: list[Placed | None] = [place]

    def takes(self, place: Placed) -> bool:
        """Tell whether a character goes on in line, height and direction."""
        last = self._last
        if abs(place.top - last.top) > 1 or abs(place.bottom - last.bottom) > 1:
            return False
        forward = place.left >= last.left
        distance = place.left - last.right if forward else last.left - place.right
        return self._forward in {None, forward} and distance <= last.bottom - last.top

    def add(self, place: Placed | None) -> None:
        """Take a character."""
        self._places.append(place)
        if place is not None:
            self._forward = place.left >= self._last.left
            self._last = place

    def written(self) -> Run:
        """Return the run as it is kept."""
        forward = self._forward is not False
        edges: list[int] = []
        reached = 0
        while self._places[-1] is None:
            self._places.pop()
        for place in self._places:
            if place is None:
                edges.append(reached)
            else:
                edges.append(place.left if forward else place.right)
                reached = place.right if forward else place.left
        steps = [after - before for before, after in pairwise([0, *edges, reached])]
        return Run(self._start, self._last.top, self._last.bottom, " ".join(map(str, steps)))


def is_sound_geometry(pages: list[Any], geometry: list[Any], length: int) -> bool:
    """Tell whether what came as the geometry of pages is one; raises as `is_sound` does."""
    return len(geometry) in {0, len(pages)} and all(
        page.keys() == {"width", "height", "runs"}
        and _is_size(page["width"])
        and _is_size(page["height"])
        and all(_is_run(run, length) for run in page["runs"])
        for page in geometry
    )


def _is_size(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= FARTHEST


def _is_run(run: list[Any], length: int) -> bool:
    start, top, bottom, edges = run
    return (
        all(isinstance(number, int) and abs(number) <= FARTHEST for number in (top, bottom))
        and isinstance(start, int)
        and _EDGES.fullmatch(edges) is not None
        and start >= 0
        and start + edges.count(" ") <= length
    )
