"""Texts that are more and less alike, the same in every run."""

from __future__ import annotations

from random import Random

VOCABULARY = [first + middle + last for first in "bdfgklm" for middle in "aeiou" for last in "nrst"]


def sentence_words(random: Random, many: int) -> list[str]:
    return [random.choice(VOCABULARY) for _ in range(many)]


def corpus(random: Random, *, families: int, variants: int) -> list[str]:
    """Return families of texts, each an original and what becomes of it word by word.

    The variants of a family differ from the original in 1, 2, 4, … of its words.
    """
    texts = []
    for _ in range(families):
        words = sentence_words(random, random.randint(40, 250))
        texts.append(" ".join(words))
        for variant in range(variants - 1):
            changed = list(words)
            for _ in range(2**variant):
                changed[random.randrange(len(changed))] = random.choice(VOCABULARY)
            texts.append(" ".join(changed))
    return texts
