"""Where what was searched for may stand in a text, as code point offsets.

Whether a word is one that was searched for is told by PostgreSQL alone. Here stands which words
of a text are worth asking it about: those that begin as what is searched for does, whatever their
accents and capitals, for the rules of nearly all languages change only how words end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from documents.finding.scripts import blanked

# A stem may differ from its words in the last letters that they share: `die` is of `dying`.
MAY_DIFFER = 2


class Found(NamedTuple):
    """A stretch of a text, half open, and what was searched for there."""

    start: int
    end: int
    what: str


def words(text: str, stems: Iterable[str], *, any_beginning: bool) -> Iterator[Found]:
    """Yield the words of a text that may belong to one of the stems; `what` is the word.

    Stems that are more than one word, as hosts and words with hyphens, are found as they are.
    """
    simple, composed = _patterns(frozenset(stems), text.isascii(), any_beginning)
    if simple:
        parted = blanked(text)
        for found in simple.finditer(fold(parted)):
            start, end = found.span()
            if start == 0 or not _is_letter(parted[start - 1]):
                yield Found(start, end, text[start:end])
    for stem, pattern in composed:
        for found in pattern.finditer(text):
            yield Found(*found.span(), stem)


def literals(text: str, literal: str) -> Iterator[Found]:
    """Yield where a literal stands in a text, in any letter case."""
    for found in re.finditer(re.escape(literal), text, re.IGNORECASE):
        yield Found(found.start(), found.end(), literal)


def fold(text: str) -> str:
    """Return the text in small letters without accents, letter by letter: of the same length."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


class _Folding(dict[int, str]):
    """Letters by code point, worked out when they are first met."""

    def __missing__(self, letter: int) -> str:
        character = chr(letter)
        plain = unicodedata.normalize("NFKD", character.lower())[0]
        self[letter] = character if plain.isspace() else plain
        return self[letter]


_FOLDED = _Folding()


def _parted(stems: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the stems that are one word each, and those that are not."""
    simple: list[str] = []
    composed: list[str] = []
    for stem in stems:
        (simple if all(map(_is_letter, stem)) else composed).append(stem)
    return simple, composed


def _beginning(stem: str) -> str:
    folded = fold(stem)
    return folded[: max(1, len(folded) - MAY_DIFFER)]


@lru_cache(maxsize=64)
def _patterns(
    stems: frozenset[str], is_ascii: bool, any_beginning: bool
) -> tuple[re.Pattern[str] | None, list[tuple[str, re.Pattern[str]]]]:
    """Return what finds the words of the simple stems, if any, and what each composed stem."""
    simple, composed = _parted(sorted(stems))
    # A letter may become two without its accent, and then not be the same as before.
    kept = None if is_ascii else 1
    beginnings = {"" if any_beginning else _beginning(stem)[:kept] for stem in simple}
    return (
        _word(sorted(beginnings), is_ascii=is_ascii) if simple else None,
        [
            (stem, re.compile(f"(?<![^\\W_]){re.escape(stem)}(?![^\\W_])", re.IGNORECASE))
            for stem in composed
        ],
    )


def _word(beginnings: Iterable[str], *, is_ascii: bool) -> re.Pattern[str]:
    """Return what finds the rest of a word from any of its letters on."""
    letter = "[a-z0-9]" if is_ascii else f"(?:[^\\W_]|[{_marks()}])"
    alternatives = "|".join(beginnings)
    return re.compile(f"(?:{alternatives}){letter}*" if alternatives else f"{letter}+")


def _is_letter(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in {"Mn", "Mc"}


@lru_cache(maxsize=1)
def _marks() -> str:
    """Return, as the inside of a character class, the marks that stand within words."""
    marks = [at for at in range(0x300, 0x10000) if unicodedata.category(chr(at)) in {"Mn", "Mc"}]
    return "".join(map(chr, marks))
