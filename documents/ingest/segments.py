"""Sentences and words by the Unicode rules (UAX 29), as code point offsets.

They follow from the text alone, in any script: an emoji or a letter with its marks is never
cut. The rules know no dictionary, so where words are not parted by blanks each ideograph or
syllable is one, and no abbreviations, so `Dr.` may end a sentence. The tables are those of the
Rust crate unicode-segmentation, about a sixth of a second for a million characters.

Sentences are part of a text's layout. Words are found when they are asked for: kept, they
would weigh more than their text does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from unicode_segmentation_rs import split_word_bounds, unicode_sentences

# Segmented at once; a longer stretch without a line end is cut.
STRETCH = 100_000
# How far from an offset a word may begin or end.
FARTHEST = 1_000

Span = tuple[int, int]

_BLANK = re.compile(r"\s+")


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Yield the sentences of `text[start:end]` that hold a letter or a digit.

    White space around them is left out.
    """
    for at, stretch in _stretches(text, start, len(text) if end is None else end):
        reached = 0
        for piece in unicode_sentences(stretch):
            # What stands between two of them holds no letter, so that this is the place.
            begin = stretch.index(piece, reached)
            reached = begin + len(piece)
            begin += at + len(piece) - len(piece.lstrip())
            yield begin, begin + len(piece.strip())


def words(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Yield the words that begin in `text[start:end]`, numbers, punctuation and symbols as such.

    They are whole: what a word is does not depend on the part that is asked for.
    """
    end = len(text) if end is None else end
    for at, stretch in _stretches(text, _blank_before(text, start), _blank_after(text, end)):
        for word in _held(at, split_word_bounds(stretch)):
            if start <= word[0] < end:
                yield word


def _blank_before(text: str, offset: int) -> int:
    """Return the end of the last blank before an offset, or so far off where there is none."""
    first = max(0, offset - FARTHEST)
    blanks = [blank.end() for blank in _BLANK.finditer(text, first, offset)]
    return blanks[-1] if blanks else first


def _blank_after(text: str, offset: int) -> int:
    """Return the start of the first blank from an offset on, or so far off."""
    last = min(len(text), offset + FARTHEST)
    blank = _BLANK.search(text, offset, last)
    return blank.start() if blank else last


def _stretches(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield parts of bounded length that end where a line does, or at a blank, if there is one."""
    while start < end:
        stop = min(start + STRETCH, end)
        if stop < end:
            ends = (text.rfind(blank, start, stop) + 1 for blank in "\n ")
            stop = next(filter(None, ends), stop)
        yield start, text[start:stop]
        start = stop


def _held(at: int, pieces: Iterable[str]) -> Iterator[Span]:
    for piece in pieces:
        held = piece.strip()
        if held:
            start = at + len(piece) - len(piece.lstrip())
            yield start, start + len(held)
        at += len(piece)
