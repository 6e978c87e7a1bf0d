"""The words that tesseract found in a picture, as paragraphs of lines that stand on a page."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, groupby, pairwise
from typing import NamedTuple

from documents.ingest.boxes import TENTHS, Placed, runs
from documents.ingest.pdf.columns import Line

# What is recognised with less confidence, of a hundred, is dirt more often than a word.
LEAST_CONFIDENCE = 30
_COLUMNS = 12
_LINE, _WORD = 4, 5
_POINTS = 72
# Scripts whose words are not parted by blanks.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


class _Box(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int


@dataclass(slots=True)
class _Found:
    """A line of the picture: which paragraph it is of, where it is, and its words."""

    paragraph: tuple[int, int]
    box: _Box
    words: list[tuple[str, _Box]] = field(default_factory=list)


def paragraphs(tsv: str, dots_per_inch: int, page_height: float) -> list[list[Line]]:
    """Return the paragraphs of a picture; all but the last line end with a line end.

    A character's place is its share of the width of its word.
    """
    scale = _POINTS * TENTHS / dots_per_inch
    held = [found for found in _lines(tsv, scale) if found.words]
    written = [
        [_written(found, page_height) for found in group]
        for _, group in groupby(held, key=lambda found: found.paragraph)
    ]
    if written:
        written[-1][-1] = written[-1][-1]._replace(ending="")
    return written


def _lines(tsv: str, scale: float) -> list[_Found]:
    """Return the lines with their words, places being tenths of points."""
    found: list[_Found] = []
    for row in tsv.splitlines():
        columns = row.split("\t", _COLUMNS - 1)
        # The first row names the columns; what else is none of tesseract's is passed over.
        with suppress(ValueError):
            level, _, block, paragraph, _, _, left, top, width, height = map(int, columns[:10])
            sides = (left, top, left + width, top + height)
            box = _Box(*(round(side * scale) for side in sides))
            if level == _LINE:
                found.append(_Found((block, paragraph), box))
            elif level == _WORD and found and _is_sure(columns):
                found[-1].words.append((columns[-1].strip(), box))
    return found


def _is_sure(columns: list[str]) -> bool:
    return (
        len(columns) == _COLUMNS
        and float(columns[-2]) >= LEAST_CONFIDENCE
        and bool(columns[-1].strip())
    )


def _written(found: _Found, page_height: float) -> Line:
    """Return a line whose characters all stand as high as the line does."""
    first = [(found.words[0], "")]
    rest = [(word, _gap(before[0], word[0])) for before, word in pairwise(found.words)]
    text = "".join(gap + word for (word, _), gap in chain(first, rest))
    places = chain.from_iterable(
        [*[None] * len(gap), *_places(word, box, found.box)]
        for (word, box), gap in chain(first, rest)
    )
    bottom = page_height - found.box.bottom / TENTHS
    height = (found.box.bottom - found.box.top) / TENTHS
    return Line(text, "\n", bottom, height, list(runs(0, places)))


def _gap(before: str, after: str) -> str:
    return "" if _UNSPACED.match(before[-1]) and _UNSPACED.match(after) else " "


def _places(word: str, box: _Box, line: _Box) -> list[Placed]:
    width = (box.right - box.left) / len(word)
    edges = [box.left + round(width * number) for number in range(len(word) + 1)]
    places = [Placed(left, line.top, right, line.bottom) for left, right in pairwise(edges)]
    return places[::-1] if unicodedata.bidirectional(word[0]) in {"R", "AL"} else places
