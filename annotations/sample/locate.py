"""Finds the true spans again in the text that came out of a file, where white space differs."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from annotations.sample.document import Span

_CONTEXT = 24
_INVISIBLE = "\u00ad\u200b\ufeff"


class _Condensed(NamedTuple):
    """A text without white space, and where in the text each of its characters stands."""

    characters: str
    places: list[int]


def locate(spans: Sequence[Span], text: str, extracted: str) -> list[Span]:
    """Return where the spans of `text` stand in `extracted`, in code points, without lost ones.

    White space and invisible marks count for nothing. Where more has changed, a span is found by
    its own words, and of equal words those win whose surroundings fit best.
    """
    source, target = _condensed(text), _condensed(extracted)
    shift = target.characters.find(source.characters)
    drift = max(shift, 0)
    located: list[Span] = []
    for span in spans:
        start, end = bisect_left(source.places, span.start), bisect_left(source.places, span.end)
        at = start + shift if shift >= 0 else _best(source.characters, start, end, target, drift)
        if start < end and at is not None:
            drift = at - start
            last = target.places[at + end - start - 1]
            located.append(Span(target.places[at], last + 1, span.label))
    return located


def _condensed(text: str) -> _Condensed:
    places = [
        place
        for place, character in enumerate(text)
        if not character.isspace() and character not in _INVISIBLE
    ]
    return _Condensed("".join(text[place] for place in places), places)


def _best(source: str, start: int, end: int, target: _Condensed, drift: int) -> int | None:
    """Return the place in the target most like source[start:end], of equal ones the nearest."""
    again = re.finditer(f"(?={re.escape(source[start:end])})", target.characters)
    return max(
        (found.start() for found in again),
        key=lambda at: (
            _likeness(source, start, end, target.characters, at),
            -abs(at - start - drift),
        ),
        default=None,
    )


def _likeness(source: str, start: int, end: int, target: str, at: int) -> int:
    """Count the characters that stay the same on both sides of the span."""
    beyond = at + end - start
    before = _shared(
        source[max(0, start - _CONTEXT) : start][::-1], target[max(0, at - _CONTEXT) : at][::-1]
    )
    return before + _shared(source[end : end + _CONTEXT], target[beyond : beyond + _CONTEXT])


def _shared(one: str, other: str) -> int:
    """Count the characters with which both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
