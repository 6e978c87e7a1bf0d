"""Where pages and blocks stand in a text, as half-open code point offsets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple, NotRequired, TypedDict

from documents.ingest.boxes import Geometry, is_sound_geometry
from documents.ingest.limits import Limits
from documents.ingest.segments import sentences


class Block(TypedDict):
    """One leaf of the document's structure: `text[start:end]`, never empty."""

    kind: str
    start: int
    end: int
    level: NotRequired[int]


class Layout(TypedDict):
    """Pages, blocks and sentences of one text, each list ordered and free of overlaps.

    `geometry` has an entry for each page where characters' places are known; see `boxes`.
    Words are found when they are asked for, and so are the sentences of a short text that came as
    one; see `segments`.
    """

    pages: list[list[int]]
    blocks: list[Block]
    sentences: NotRequired[list[list[int]]]
    geometry: NotRequired[list[Geometry]]


KINDS = frozenset(
    {
        "caption",
        "code",
        "endnote",
        "footer",
        "footnote",
        "front_matter",
        "header",
        "heading",
        "list_item",
        "paragraph",
        "quote",
        "record",
        "table_row",
    }
)

WITHOUT_SENTENCES = frozenset({"code", "front_matter", "record", "table_row"})

DEEPEST = 2**31


class Blocks:
    """Collect blocks in reading order, at most as many as the limits allow."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.blocks
        self._sentences = limits.sentences
        self._more_sentences = False
        self._found: list[Block] = []
        self._left_out = 0

    def add(self, kind: str, start: int, end: int, level: int | None = None) -> None:
        """Add `[start, end)`; beyond the limit it is only counted."""
        if len(self._found) >= self._limit:
            self._left_out += 1
            return
        block: Block = {"kind": kind, "start": start, "end": end}
        if level is not None:
            block["level"] = level
        self._found.append(block)

    def within(self, text: str) -> list[Block]:
        """Return the blocks without the white space at their ends, empty ones left out."""
        return list(self._trimmed(text))

    def _trimmed(self, text: str) -> Iterator[Block]:
        for block in self._found:
            held = text[block["start"] : block["end"]]
            block["start"] += len(held) - len(held.lstrip())
            block["end"] -= len(held) - len(held.rstrip())
            if block["start"] < block["end"]:
                yield block

    def sentences(self, text: str, blocks: list[Block]) -> list[list[int]]:
        """Return the sentences of the blocks that hold prose, as many as the limits allow."""
        found = sentences_of(text, blocks)
        kept = list(islice(found, self._sentences))
        self._more_sentences = next(found, None) is not None
        return kept

    def notes(self) -> list[str]:
        """Say what the limits left out."""
        notes = []
        if self._left_out:
            first = f"the first {self._limit}"
            notes.append(f"{self._left_out} blocks beyond {first} are not in the layout")
        if self._more_sentences:
            notes.append(f"sentences beyond the first {self._sentences} are not in the layout")
        return notes


def sentences_of(text: str, blocks: Iterable[Block]) -> Iterator[list[int]]:
    """Yield the sentences of the blocks that hold prose."""
    return (
        [start, end]
        for block in blocks
        if block["kind"] not in WITHOUT_SENTENCES
        for start, end in sentences(text, block["start"], block["end"])
    )


class Line(NamedTuple):
    """One paragraph or table row of a document that is laid out line by line."""

    kind: str
    level: int | None
    text: str


class Composer:
    """Put a text together piece by piece and remember where its parts stand."""

    def __init__(self, limits: Limits) -> None:
        self.blocks = Blocks(limits)
        self.pages: list[list[int]] = []
        self.length = 0
        self.limits = limits
        self._pieces: list[str] = []
        self._apart: set[tuple[str, str]] = set()

    def write(self, piece: str) -> None:
        """Append `piece`; raise `too_large` past the limit on characters."""
        self.length += len(piece)
        self.limits.require("characters", self.length)
        self._pieces.append(piece)

    def write_lines(self, lines: Iterable[Line]) -> None:
        """Append each line on a line of its own, as a block."""
        for line in lines:
            if self.length:
                self.write("\n")
            start = self.length
            self.write(line.text)
            self.blocks.add(line.kind, start, self.length, line.level)

    def append_apart(self, kind: str, lines: Iterable[Line]) -> None:
        """Append what stands apart from the body, as `kind`; the same lines only once."""
        held = [Line(kind, None, line.text) for line in lines if line.text.strip()]
        text = "\n".join(line.text for line in held)
        if (kind, text) not in self._apart:
            self._apart.add((kind, text))
            self.write_lines(held)

    def text(self) -> str:
        """Return everything written so far."""
        return "".join(self._pieces)


def is_sound(layout: dict[str, Any], length: int) -> bool:
    """Tell whether what came as a layout is one: ordered, disjoint and within `length`.

    Raises whatever a value of another shape raises.
    """
    pages, blocks = layout["pages"], layout["blocks"]
    sentences, geometry = layout.get("sentences", []), layout.get("geometry", [])
    return (
        layout.keys() <= Layout.__annotations__.keys()
        and all(_is_block(block) for block in blocks)
        and _ascend([(block["start"], block["end"]) for block in blocks], length)
        and _ascend([(start, end) for start, end in pages], length)
        and _ascend([(start, end) for start, end in sentences], length)
        and is_sound_geometry(pages, geometry, length)
    )


def _is_block(block: dict[str, Any]) -> bool:
    level = block.get("level", 0)
    return (
        block.keys() <= Block.__annotations__.keys()
        and block["kind"] in KINDS
        and block["start"] < block["end"]
        and isinstance(level, int)
        and 0 <= level < DEEPEST
    )


def _ascend(ranges: list[tuple[Any, Any]], length: int) -> bool:
    reached = 0
    for start, end in ranges:
        if not (isinstance(start, int) and isinstance(end, int)):
            return False
        if not reached <= start <= end <= length:
            return False
        reached = end
    return True
