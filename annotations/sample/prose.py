"""English-like prose for big corpora: the same for the same seed, 1 to 2 kB for each document.

Its words are as frequent as words are in a language (Zipf's law), so its index is as large and its
searches cost as much as those of a real corpus.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from annotations.sample.draw import seeded
from annotations.sample.source import FOLDER

Extent = tuple[int, int]
COMMON, RARE = "harbour", "quokka"  # in every second, and in every 300th document
_RARELY = 300
_SENTENCES = 8_000
_INVENTED = 20_000
_SYLLABLES = ("ra", "to", "mi", "ne", "lu", "s")


class Sentence(NamedTuple):
    """A sentence and where its words stand in it."""

    text: str
    words: tuple[Extent, ...]


class Prose(NamedTuple):
    """A text with the extents of its sentences, and what each is."""

    text: str
    extents: tuple[Extent, ...]
    sentences: tuple[Sentence, ...]

    def words(self, count: int) -> Iterator[Extent]:
        """Yield the places of `count` words, spread over the text; from 80 on, some come twice."""
        for number in range(count):
            turn, place = divmod(number, len(self.sentences))
            words = self.sentences[place].words
            start, end = words[turn % len(words)]
            begin = self.extents[place][0]
            yield begin + start, begin + end


def prose(count: int, seed: int) -> Iterator[Prose]:
    """Yield `count` texts; text n depends on the seed and n alone."""
    sentences, common, rare = _pool(seeded(seed, "prose"))
    for number in range(count):
        draw = seeded(seed, number)
        chosen = draw.choices(sentences, k=draw.randint(11, 15))
        if number % 2:
            chosen[3] = draw.choice(common)
        if number % _RARELY == 0:
            chosen[6] = draw.choice(rare)
        yield _joined(tuple(chosen))


def _joined(sentences: tuple[Sentence, ...]) -> Prose:
    ends = list(accumulate(len(one.text) + 1 for one in sentences))
    starts = [0, *ends[:-1]]
    extents = tuple((start, end - 1) for start, end in zip(starts, ends, strict=True))
    return Prose(" ".join(one.text for one in sentences), extents, sentences)


def _pool(draw: random.Random) -> tuple[list[Sentence], list[Sentence], list[Sentence]]:
    """Return sentences without, with the common and with the rare word."""
    samples = " ".join(file.read_text("utf-8") for file in sorted(FOLDER.glob("*.txt")))
    words = sorted(set(re.findall(r"[a-z]{2,}", samples)) - {COMMON, RARE})
    draw.shuffle(words)
    words += ["".join(draw.choices(_SYLLABLES, k=4)) for _ in range(_INVENTED)]
    weights = list(accumulate(1 / (rank + 5) for rank in range(len(words))))

    def sentence(*more: str) -> Sentence:
        chosen = draw.choices(words, cum_weights=weights, k=draw.randint(16, 22))
        chosen[8 : 8 + len(more)] = more
        text = " ".join(chosen).capitalize() + "."
        return Sentence(text, tuple(found.span() for found in re.finditer(r"\w+", text)))

    plain = [sentence() for _ in range(_SENTENCES)]
    return plain, [sentence(COMMON) for _ in range(50)], [sentence(RARE) for _ in range(50)]
