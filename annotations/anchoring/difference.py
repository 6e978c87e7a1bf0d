"""Tell which stretches of an old text stand in a new one, in the same order.

Lines and then words that each text has once are matched first and the longest ordered run of them
is kept (Bram Cohen's patience diff); what is left between them is compared by character
(Levenshtein, bit-parallel). Last, stretches go that are shorter than the changes on both of
their sides: letters that two unlike passages have in common say nothing (the "semantic cleanup"
of Neil Fraser's diff strategies, which know the moves of `boundaries` too).

The cost grows with the length of the texts: where they differ in more than MOST_EDITS between two
matches, they are told as different there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain

from rapidfuzz.distance import Levenshtein, Postfix, Prefix

from annotations.anchoring.stretch import Stretch, change

MOST_EDITS = 8_192
# Worth comparing by character at once: 4 million pairs cost about half a millisecond.
FEW_PAIRS = 2_048**2
_LINES, _WORDS = re.compile(r"[^\n]*\n|[^\n]+"), re.compile(r"\w+|\W+")


def stretches(old: str, new: str) -> list[Stretch]:
    """Return what of the old text stands in the new one, in order.

    The first begins where both texts do and the last ends where both do, if need be with no
    length; so whatever was changed lies between two of them.
    """
    found = _compared(old, new, Stretch(0, 0, 0), (_LINES, _WORDS))
    return _telling(_joined(chain(found, [Stretch(len(old), len(new), 0)])))


def _compared(
    old: str, new: str, at: Stretch, levels: Sequence[re.Pattern[str]]
) -> Iterator[Stretch]:
    """Yield what two parts of the texts, which begin at `at`, have in common."""
    head = Prefix.similarity(old, new)
    yield Stretch(at.old, at.new, head)
    old, new = old[head:], new[head:]
    tail = Postfix.similarity(old, new)
    inner = Stretch(at.old + head, at.new + head, 0)
    last = Stretch(inner.old + len(old) - tail, inner.new + len(new) - tail, tail)
    old, new = old[: len(old) - tail], new[: len(new) - tail]
    if levels and len(old) * len(new) > FEW_PAIRS:
        yield from _by_token(old, new, inner, levels)
    elif old and new:
        yield from _by_character(old, new, inner)
    yield last


def _by_token(
    old: str, new: str, at: Stretch, levels: Sequence[re.Pattern[str]]
) -> Iterator[Stretch]:
    before = Stretch(0, 0, 0)
    for match in [*_matched(old, new, levels[0]), Stretch(len(old), len(new), 0)]:
        gap = Stretch(at.old + before.old_end, at.new + before.new_end, 0)
        old_gap, new_gap = old[before.old_end : match.old], new[before.new_end : match.new]
        yield from _compared(old_gap, new_gap, gap, levels[1:])
        yield Stretch(at.old + match.old, at.new + match.new, match.length)
        before = match


def _matched(old: str, new: str, token: re.Pattern[str]) -> list[Stretch]:
    """Return the longest run, in the order of both, of tokens that each text has once."""
    here, there = _once(old, token), _once(new, token)
    pairs = [
        Stretch(place, there[word], len(word)) for word, place in here.items() if word in there
    ]
    ends: list[int] = []  # the least place in the new text at which a run of each length ends
    lengths = []
    for pair in pairs:
        lengths.append(bisect_left(ends, pair.new))
        ends[lengths[-1] : lengths[-1] + 1] = [pair.new]
    return _longest(pairs, lengths, len(ends))


def _longest(pairs: list[Stretch], lengths: list[int], wanted: int) -> list[Stretch]:
    run: list[Stretch] = []
    for pair, length in zip(reversed(pairs), reversed(lengths), strict=True):
        if length == wanted - 1 and (not run or pair.new < run[-1].new):
            run.append(pair)
            wanted = length
    return run[::-1]


def _once(text: str, token: re.Pattern[str]) -> dict[str, int]:
    """Return the tokens that the text has once, and where, in their order."""
    words = token.findall(text)
    places = accumulate(map(len, words), initial=0)
    counts = Counter(words)
    return {word: place for word, place in zip(words, places, strict=False) if counts[word] == 1}


def _by_character(old: str, new: str, at: Stretch) -> Iterator[Stretch]:
    distance = Levenshtein.distance(old, new, score_cutoff=MOST_EDITS)
    if distance > MOST_EDITS:
        return
    for step in Levenshtein.opcodes(old, new, score_hint=distance):
        if step.tag == "equal":
            length = step.src_end - step.src_start
            yield Stretch(at.old + step.src_start, at.new + step.dest_start, length)


def _joined(found: Iterable[Stretch]) -> Iterator[Stretch]:
    """Yield the stretches, those that touch as one."""
    held = Stretch(0, 0, 0)
    for one in found:
        if (one.old, one.new) == (held.old_end, held.new_end):
            held = Stretch(held.old, held.new, held.length + one.length)
        else:
            yield held
            held = one
    yield held


def _telling(found: Iterable[Stretch]) -> list[Stretch]:
    """Return the stretches without those that are shorter than the changes before and after."""
    kept: list[Stretch] = []
    for one in found:
        while len(kept) > 1 and _is_accident(kept[-2], kept[-1], one):
            kept.pop()
        kept.append(one)
    return kept


def _is_accident(before: Stretch, one: Stretch, after: Stretch) -> bool:
    return one.length <= change(before, one) and one.length <= change(one, after)
