"""Cut a text where annotations begin and end, and give each annotation a lane below the text. Pure.

Offsets are code points. Spans that overlap lie in different lanes, the shortest nearest to the
text; so each is one unbroken line however the text is cut.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

LANES = 6
BLOCK = 3000


@dataclass(frozen=True, slots=True)
class Span:
    """What is drawn of one annotation: where, its number on the page, its label's number."""

    start: int
    end: int
    number: int
    label: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the text with the spans that cover it, the lowest lane first."""

    start: int
    end: int
    covering: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A run of segments that a page shows as one: it begins where a line or a page does."""

    page: int | None
    segments: list[Segment]


def lanes(spans: Sequence[Span]) -> dict[int, int]:
    """Return each span's lane by its number; what finds no lane shares the last one."""
    taken: list[list[tuple[int, int]]] = [[] for _ in range(LANES - 1)]
    found = {}
    for span in sorted(spans, key=lambda span: (span.end - span.start, span.number)):
        free = (lane for lane, ranges in enumerate(taken) if _is_free(ranges, span))
        lane = next(free, LANES - 1)
        found[span.number] = lane
        if lane < len(taken):
            insort(taken[lane], (span.start, span.end))
    return found


def _is_free(ranges: list[tuple[int, int]], span: Span) -> bool:
    place = bisect_left(ranges, (span.start, span.end))
    before_ends = place == 0 or ranges[place - 1][1] <= span.start
    return before_ends and (place == len(ranges) or span.end <= ranges[place][0])


def segments(
    start: int, end: int, spans: Sequence[Span], cuts: Sequence[int], lane_of: dict[int, int]
) -> Iterator[Segment]:
    """Cut `[start, end)` at the spans' ends and at `cuts`; at most LANES spans cover a segment."""
    starting: dict[int, list[Span]] = {}
    ending: dict[int, list[Span]] = {}
    for span in spans:
        starting.setdefault(max(start, span.start), []).append(span)
        ending.setdefault(min(end, span.end), []).append(span)
    places = {start, end, *starting, *ending, *(cut for cut in cuts if start < cut < end)}
    covering: dict[int, Span] = {}
    for first, last in pairwise(sorted(places)):
        for span in ending.get(first, ()):
            del covering[span.number]
        covering |= {span.number: span for span in starting.get(first, ())}
        few = islice(covering.values(), LANES)
        yield Segment(first, last, tuple(sorted(few, key=lambda span: lane_of[span.number])))


def block_starts(text: str, offset: int, pages: Sequence[Sequence[int]]) -> dict[int, int | None]:
    """Return where blocks begin in a text that itself begins at `offset`, and on which page.

    Blocks begin with pages (counted from 1), and otherwise after a line's end, so that each has
    about BLOCK characters and a browser need not lay out those far from view.
    """
    end = offset + len(text)
    found: dict[int, int | None] = {offset: None}
    found |= {page[0]: number for number, page in enumerate(pages, 1) if offset <= page[0] < end}
    reached = offset
    while (newline := text.find("\n", reached - offset + BLOCK)) >= 0:
        reached = offset + newline + 1
        if reached < end:
            found.setdefault(reached, None)
    return dict(sorted(found.items()))


def blocks(found: Iterator[Segment], starts: dict[int, int | None]) -> Iterator[Block]:
    """Gather segments, which are cut at the blocks' starts, to blocks."""
    block: Block | None = None
    for segment in found:
        if block is None or segment.start in starts:
            if block is not None:
                yield block
            block = Block(starts.get(segment.start), [])
        block.segments.append(segment)
    if block is not None:
        yield block
