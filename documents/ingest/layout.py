"""Where pages and blocks stand in a text, as half-open code point offsets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NotRequired, TypedDict

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

DEEPEST = 2**31


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


def is_sound(layout: dict[str, Any], length: int) -> bool:
    """Tell whether what came as a layout is one: ordered, disjoint and within `length`.

    Raises whatever a value of another shape raises.
    """
    pages, blocks = layout["pages"], layout["blocks"]
    return (
        layout.keys() == {"pages", "blocks"}
        and all(_is_block(block) for block in blocks)
        and _ascend([(block["start"], block["end"]) for block in blocks], length)
        and _ascend([(start, end) for start, end in pages], length)
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
