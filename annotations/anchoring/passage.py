"""Find the part of a passage that is most like a quote."""

from __future__ import annotations

from typing import NamedTuple

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio_alignment

from annotations.anchoring.anchor import CONTEXT, Anchor

# A longer quote keeps some stretch of itself, or it has become another one.
LONGEST_QUOTE = 256
LEAST_PERCENT = 60


class Part(NamedTuple):
    """A part of a text, and how alike it is to what was sought, from 0 to 1."""

    start: int
    end: int
    text: str
    likeness: float


def likest(anchor: Anchor, text: str, first: int, last: int) -> Part | None:
    """Return what is most like the quote between two offsets of a text; None if nothing is near.

    At first all parts of the quote's length are compared (in C++, by the characters in common),
    then the best one's ends are moved, each by up to half its length, to where the fewest edits
    are left: 1 less these per code point of the longer one is how alike they are. A part ends
    inside words only where the quote does.
    """
    quote = anchor.quote
    if len(quote) > LONGEST_QUOTE:
        return None
    best = partial_ratio_alignment(quote, text[first:last], score_cutoff=LEAST_PERCENT)
    if best is None:
        return None
    start, end = first + best.dest_start, first + best.dest_end
    slack = len(quote) // 2
    starts = range(max(first, start - slack), start + slack + 1)
    ends = range(end - slack, min(last, end + slack) + 1)
    likely = [_part(quote, text, one, end) for one in starts if begins_as(anchor, text, one)]
    if not likely:
        return None
    start = max(likely, key=_likeness).start
    likely = [_part(quote, text, start, one) for one in ends if ends_as(anchor, text, one)]
    return max(likely, key=_likeness, default=None)


def begins_as(anchor: Anchor, text: str, start: int) -> bool:
    """Return whether a place lies inside a word only if the anchor's start did."""
    return not _is_inside_word(text, start) or _are_of_word(anchor.prefix[-1:], anchor.quote[0])


def ends_as(anchor: Anchor, text: str, end: int) -> bool:
    """Return whether a place lies inside a word only if the anchor's end did."""
    return not _is_inside_word(text, end) or _are_of_word(anchor.quote[-1], anchor.suffix[:1])


def widened(anchor: Anchor, text: str, start: int, end: int) -> tuple[int, int]:
    """Return start and end moved outwards, to where words begin and end, if the anchor's did."""
    starts = range(start, max(0, start - CONTEXT) - 1, -1)
    ends = range(end, min(len(text), end + CONTEXT) + 1)
    return (
        next((at for at in starts if begins_as(anchor, text, at)), start),
        next((at for at in ends if ends_as(anchor, text, at)), end),
    )


def _is_inside_word(text: str, place: int) -> bool:
    return _are_of_word(text[max(0, place - 1) : place], text[place : place + 1])


def _are_of_word(one: str, other: str) -> bool:
    """Return whether both are digits or letters that know cases.

    Other scripts do not part all their words, so nothing is said of them.
    """
    return all(it.islower() or it.isupper() or it.isdecimal() for it in (one, other))


def _part(quote: str, text: str, start: int, end: int) -> Part:
    found = text[start:end]
    return Part(start, end, found, Levenshtein.normalized_similarity(quote, found))


def _likeness(part: Part) -> float:
    return part.likeness
