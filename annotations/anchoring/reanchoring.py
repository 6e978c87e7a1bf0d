"""Find the spans of an old text in a new one; tell how, and how surely, each was found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from rapidfuzz.distance import Levenshtein

from annotations.anchoring.alignment import Alignment
from annotations.anchoring.anchor import Anchor
from annotations.anchoring.passage import begins_as, ends_as, likest, widened

MOST_PLACES = 64
LEAST_QUOTE = 0.25
LEAST_FUZZY = 0.55
LEAST_ALIKE = 0.5
AROUND = 1_000
# What letters of unlike texts have in common by chance comes to a quarter.
LEAST_CONTEXT = 0.4
# Surroundings that are alike within less than this are as good.
TELLING = 0.1


class Method(StrEnum):
    """How an anchor was found again."""

    EXACT = "exact"
    QUOTE = "quote"
    FUZZY = "fuzzy"


@dataclass(frozen=True)
class Found:
    """Where an anchor is in the new text, in code points, half open; how, and how surely.

    `confidence`, from 0 to 1, is the mean of how alike the quotes are and how alike what is
    around them is, divided by the number of places that are as good. Alike is 1 less the edits
    (Levenshtein's, each of one code point) per code point: for the quote, of the longer of the
    old and the new one; for what is around, of the kept prefix and suffix together, or 1 where
    there is neither. So 1 says: the quote in its old surroundings, and at no second place.
    """

    start: int
    end: int
    method: Method
    confidence: float


def reanchor(old: str, new: str, anchors: Iterable[Anchor]) -> Iterator[Found | None]:
    """Yield where each anchor, which fits the old text, is in the new one; None if it is lost.

    `exact`: the comparison of the texts shows that the very span was kept, moved or not. `quote`:
    its quote stands where the passage was replaced; or elsewhere, in surroundings that are like
    the old ones, or as the only one in both texts. `fuzzy`: what is left of the span, or what is
    most like it where the passage was replaced. Of several places that one is taken of which the
    surroundings are the likest, and of these the nearest to where the span should be.

    The same input has the same answer always. The cost grows with the lengths of the texts and
    with the number of anchors; an anchor whose text has changed costs a search of the new text.
    """
    alignment = Alignment(old, new)
    for anchor in anchors:
        yield _exact(alignment, anchor) or _quoted(alignment, anchor) or _fuzzy(alignment, anchor)


def _exact(alignment: Alignment, anchor: Anchor) -> Found | None:
    kept = alignment.kept(anchor.start, anchor.end)
    places = [anchor.start + shift for shift in kept.shifts]
    found = _best(alignment, anchor, places, Method.EXACT)
    if found and len(places) == 1 and not kept.is_sure:
        return replace(found, confidence=found.confidence / 2)  # as likely it was taken out
    return found


def _quoted(alignment: Alignment, anchor: Anchor) -> Found | None:
    there = [place for place in _places(alignment, anchor) if _may_be(alignment, anchor, place)]
    found = _best(alignment, anchor, there, Method.QUOTE)
    return found if found and found.confidence >= LEAST_QUOTE else None


def _places(alignment: Alignment, anchor: Anchor) -> list[int]:
    """Return where the quote stands, and either what is around or where it is speaks for it."""
    new, quote = alignment.new, anchor.quote
    first, last = alignment.replacement(anchor.start, anchor.end)
    likely = _occurrences(new, quote, first, last)
    places = _occurrences(new, quote)
    if len(places) == 1 and _is_only_one(alignment.old, anchor):
        return places
    if len(places) > MOST_PLACES:
        places = _beside_context(new, anchor)
    alike = [at for at in places if _context(new, anchor, at, at + len(quote)) >= LEAST_CONTEXT]
    return sorted({*likely, *alike})


def _may_be(alignment: Alignment, anchor: Anchor, start: int) -> bool:
    """Return whether a place of the quote is not another span's, and ends where words do."""
    new, end = alignment.new, start + len(anchor.quote)
    if alignment.is_kept(start, end):
        return False
    return begins_as(anchor, new, start) and ends_as(anchor, new, end)


def _best(
    alignment: Alignment, anchor: Anchor, places: Collection[int], method: Method
) -> Found | None:
    """Return the place of the quote with the likest surroundings; None when there are none."""
    if not places:
        return None
    alike = {
        place: _context(alignment.new, anchor, place, place + len(anchor.quote))
        for place in sorted(places)
    }
    most, expected = max(alike.values()), alignment.place(anchor.start)
    rivals = [place for place, context in alike.items() if context > most - TELLING]
    start = min(rivals, key=lambda place: abs(place - expected))
    end = start + len(anchor.quote)
    return Found(start, end, method, (1 + alike[start]) / 2 / len(rivals))


def _fuzzy(alignment: Alignment, anchor: Anchor) -> Found | None:
    for way in (_left, _sought):
        found = way(alignment, anchor)
        if found and found.confidence >= LEAST_FUZZY:
            return found
    return None


def _left(alignment: Alignment, anchor: Anchor) -> Found | None:
    """Return what is left of the span; None when nothing is."""
    left = alignment.remains(anchor.start, anchor.end)
    if left is None:
        return None
    start, end = widened(anchor, alignment.new, left.start, left.end)
    edits = left.edits + left.start - start + end - left.end
    longer = max(len(anchor.quote), end - start)
    return _judged(alignment.new, anchor, start, end, 1 - edits / longer)


def _sought(alignment: Alignment, anchor: Anchor) -> Found | None:
    """Return what is like the quote, but not the same, where the passage was replaced."""
    expected = alignment.place(anchor.start)
    replaced = alignment.replacement(anchor.start, anchor.end)
    first, last = max(replaced[0], expected - AROUND), min(replaced[1], expected + AROUND)
    found = likest(anchor, alignment.new, first, last)
    if found is None or found.text == anchor.quote:  # the same was judged by its surroundings
        return None
    judged = _judged(alignment.new, anchor, found.start, found.end, found.likeness)
    rivals = len(_occurrences(alignment.new, found.text, first, last))
    return replace(judged, confidence=judged.confidence / rivals)


def _judged(new: str, anchor: Anchor, start: int, end: int, likeness: float) -> Found:
    context = _context(new, anchor, start, end) if likeness >= LEAST_ALIKE else 0
    return Found(start, end, Method.FUZZY, (likeness + context) / 2)


def _context(new: str, anchor: Anchor, start: int, end: int) -> float:
    """Return how alike prefix and suffix are to what stands around a part of the new text."""
    prefix, suffix = anchor.prefix, anchor.suffix
    length = len(prefix) + len(suffix)
    if not length:
        return 1.0
    before, after = new[max(0, start - len(prefix)) : start], new[end : end + len(suffix)]
    edits = Levenshtein.distance(prefix, before) + Levenshtein.distance(suffix, after)
    return 1 - edits / length


def _is_only_one(text: str, anchor: Anchor) -> bool:
    """Return whether the anchor's quote stands nowhere else in its own text."""
    return text.find(anchor.quote) == anchor.start and text.find(anchor.quote, anchor.start + 1) < 0


def _beside_context(new: str, anchor: Anchor) -> list[int]:
    """Return some places where half of the prefix or half of the suffix stands beside the quote."""
    before = anchor.prefix[len(anchor.prefix) // 2 :]
    after = anchor.suffix[: (len(anchor.suffix) + 1) // 2]
    behind = [place + len(before) for place in _occurrences(new, before + anchor.quote)]
    return [*behind, *_occurrences(new, anchor.quote + after)]


def _occurrences(text: str, part: str, first: int = 0, last: int | None = None) -> list[int]:
    """Return the first places of a part in a text; one more than MOST_PLACES says: too many."""
    found: list[int] = []
    place = text.find(part, first, last)
    while place >= 0 and len(found) <= MOST_PLACES:
        found.append(place)
        place = text.find(part, place + 1, last)
    return found
