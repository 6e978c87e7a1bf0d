"""Where pages and blocks stand in a text, as half-open code point offsets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NotRequired, TypedDict

from documents.ingest.limits import Limits


class Block(TypedDict):
    """One leaf of the document's structure: `text[start:end]`, never empty."""

    kind: str
    start: int
    end: int
    level: NotRequired[int]


class Layout(TypedDict):
    """Pages and blocks of one text, each list ordered and free of overlaps."""

    pages: list[list[int]]
    blocks: list[Block]


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
        "table_row",
    }
)


class Blocks:
    """Collect blocks in reading order, at most as many as the limits allow."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.blocks
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

    def notes(self) -> list[str]:
        """Say how many blocks the limit left out."""
        if not self._left_out:
            return []
        return [f"{self._left_out} blocks beyond the first {self._limit} are not in the layout"]


class Composer:
    """Put a text together piece by piece and remember where its parts stand."""

    def __init__(self, limits: Limits) -> None:
        self.blocks = Blocks(limits)
        self.pages: list[list[int]] = []
        self.length = 0
        self._limits = limits
        self._pieces: list[str] = []

    def write(self, piece: str) -> None:
        """Append `piece`; raise `too_large` past the limit on characters."""
        self.length += len(piece)
        self._limits.require("characters", self.length)
        self._pieces.append(piece)

    def text(self) -> str:
        """Return everything written so far."""
        return "".join(self._pieces)


def is_sound(layout: Layout, length: int) -> bool:
    """Tell whether every page and block is ordered, disjoint and within `length`."""
    blocks = layout["blocks"]
    return (
        all(block["kind"] in KINDS and block["start"] < block["end"] for block in blocks)
        and _ascend([(block["start"], block["end"]) for block in blocks], length)
        and _ascend([(start, end) for start, end in layout["pages"]], length)
    )


def _ascend(ranges: list[tuple[int, int]], length: int) -> bool:
    reached = 0
    for start, end in ranges:
        if not reached <= start <= end <= length:
            return False
        reached = end
    return True
