"""Find the one place of a text that a quote, with what stands around it, tells of. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from annotations.anchoring.anchor import CONTEXT, Anchor, AnchorError, anchor, short
from documents.offsets import OffsetUnit, all_from_code_points

# So many places of an ambiguous quote are told.
CANDIDATES = 10


@dataclass(frozen=True)
class Candidate:
    """A place of a quote, in the unit that was asked for, and up to 32 code points around it."""

    start: int
    end: int
    prefix: str
    suffix: str


class AmbiguousQuote(AnchorError):
    """The quote stands at several places, of which the first ones are `candidates`."""

    def __init__(self, detail: str, candidates: list[Candidate]) -> None:
        super().__init__("quote", "quote_ambiguous", detail)
        self.candidates = candidates


def locate(
    text: str,
    quote: str,
    *,
    prefix: str = "",
    suffix: str = "",
    unit: OffsetUnit = OffsetUnit.CODE_POINTS,
) -> Anchor:
    """Return the anchor of the only place where `quote` stands between `prefix` and `suffix`.

    All three are looked for exactly, code point by code point; places may overlap. Raises
    AmbiguousQuote, with candidates in `unit`, and AnchorError where there is no such place.
    """
    starts = list(islice(_places(text, quote, prefix, suffix), CANDIDATES + 1))
    if not starts:
        raise AnchorError("quote", "quote_not_found", _missing(text, quote))
    if len(starts) > 1:
        raise AmbiguousQuote(_several(quote, starts), _candidates(text, quote, starts, unit))
    return anchor(text, start=starts[0], end=starts[0] + len(quote))


def _places(text: str, quote: str, prefix: str, suffix: str) -> Iterator[int]:
    wanted = prefix + quote + suffix
    found = text.find(wanted)
    while found >= 0:
        yield found + len(prefix)
        found = text.find(wanted, found + 1)


def _missing(text: str, quote: str) -> str:
    if quote in text:
        return f"{short(quote)} stands in the text, but not between this prefix and suffix."
    return f"{short(quote)} does not stand in the text."


def _several(quote: str, starts: list[int]) -> str:
    several = f"more than {CANDIDATES}" if len(starts) > CANDIDATES else str(len(starts))
    return f"{short(quote)} stands at {several} places; send a prefix, a suffix or offsets."


def _candidates(text: str, quote: str, starts: list[int], unit: OffsetUnit) -> list[Candidate]:
    told = starts[:CANDIDATES]
    ends = [start + len(quote) for start in told]
    places = zip(
        all_from_code_points(text, told, unit), all_from_code_points(text, ends, unit), strict=True
    )
    around = [
        (text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT])
        for start, end in zip(told, ends, strict=True)
    ]
    return [Candidate(*place, *one) for place, one in zip(places, around, strict=True)]
