"""Sentences and words by the Unicode rules (UAX 29), as code point offsets.

They follow from the text alone, in any script: an emoji or a letter with its marks is never
cut. The rules know no dictionary, so where words are not parted by blanks each ideograph or
syllable is one, and no abbreviations, so `Dr.` may end a sentence. The tables are those of the
Rust crate unicode-segmentation, about a sixth of a second for a million characters.

Sentences are part of a text's layout. Words are found when they are asked for: kept, they
would weigh more than their text does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from unicode_segmentation_rs import split_word_bounds, unicode_sentences

# Segmented at once; a longer stretch without a line end is cut.
STRETCH = 100_000

Span = tuple[int, int]


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
            yield from _held(at + begin, [piece])


def words(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Yield the words of `text[start:end]`, with numbers, punctuation and symbols as such."""
    for at, stretch in _stretches(text, start, len(text) if end is None else end):
        yield from _held(at, split_word_bounds(stretch))


def _stretches(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield parts of bounded length that end where a line does, if one does."""
    while start < end:
        stop = min(start + STRETCH, end)
        if stop < end:
            stop = (text.rfind("\n", start, stop) + 1) or stop
        yield start, text[start:stop]
        start = stop


def _held(at: int, pieces: Iterable[str]) -> Iterator[Span]:
    for piece in pieces:
        held = piece.strip()
        if held:
            start = at + len(piece) - len(piece.lstrip())
            yield start, start + len(held)
        at += len(piece)
