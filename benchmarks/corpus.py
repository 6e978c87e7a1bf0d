"""The texts that every benchmark uses: deterministic English of 1 to 2 kB, 20 spans on each."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

SAMPLES = Path(__file__).parent.parent / "annotations" / "sample" / "documents"
ENGLISH = (
    "01-ferry-returns.txt",
    "07-night-library.txt",
    "08-harbour-minutes.txt",
    "12-headphones.txt",
    "16-services-agreement.txt",
    "17-tidal-abstract.txt",
    "18-winter-ledger.txt",
    "21-lost-parcel.txt",
    "26-heat-pump-street.txt",
)
COMMON, RARE = "harbour", "quokka"  # in every second, and in every 300th document
LABELS = ("person", "place", "event")
SPANS = 20


class Text(NamedTuple):
    """A text and its spans, as (start, end, label) in code points."""

    id: str
    text: str
    spans: list[tuple[int, int, str]]


def texts(count: int, seed: int = 1) -> Iterator[Text]:
    """Yield texts of words that are as frequent as words are in a language."""
    rng = random.Random(seed)
    words = _words(rng)
    weights = list(accumulate(1 / (rank + 5) for rank in range(len(words))))
    for number in range(count):
        chosen = rng.choices(words, cum_weights=weights, k=rng.randint(170, 340))
        chosen[50] = COMMON if number % 2 else chosen[50]
        chosen[100] = RARE if number % 300 == 0 else chosen[100]
        chosen[0] = chosen[0].capitalize()
        yield Text(f"text-{number}", " ".join(chosen) + ".", _spans(chosen))


def lines(count: int, *, with_spans: bool) -> Iterator[bytes]:
    """Yield the same texts as lines of JSON, as an import reads them."""
    for one in texts(count):
        labels = {"label": one.spans} if with_spans else {}
        yield json.dumps({"id": one.id, "text": one.text, **labels}).encode() + b"\n"


def _words(rng: random.Random) -> list[str]:
    """Return the words of English samples, the most frequent first, and rare ones made of them."""
    samples = " ".join((SAMPLES / name).read_text() for name in ENGLISH)
    found = Counter(re.findall(r"[a-z]{2,}", samples.lower()))
    words = [word for word, _ in found.most_common() if word not in {COMMON, RARE}]
    short = [word for word in words if 3 <= len(word) <= 5]
    return words + ["".join(rng.sample(short, 2)) for _ in range(20_000)]


def _spans(words: list[str]) -> list[tuple[int, int, str]]:
    ends = list(accumulate(len(word) + 1 for word in words))
    at = range(7, 7 + 8 * SPANS, 8)
    return [(ends[n - 1], ends[n] - 1, LABELS[n % 3]) for n in at]
