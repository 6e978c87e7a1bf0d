"""What holds for the layout of every text, and how tests read it."""

from __future__ import annotations

from itertools import pairwise

from documents.ingest import Extraction


def held(extraction: Extraction) -> list[tuple[str, int | None, str]]:
    """Return kind, level and text of each block."""
    return [
        (block["kind"], block.get("level"), extraction.text[block["start"] : block["end"]])
        for block in extraction.layout["blocks"]
    ]


def page_texts(extraction: Extraction) -> list[str]:
    """Return the text of each page."""
    return [extraction.text[start:end] for start, end in extraction.layout["pages"]]


def assert_sound(extraction: Extraction) -> None:
    """Check that blocks hold text, and that blocks and pages are ordered and within it."""
    blocks = [(block["start"], block["end"]) for block in extraction.layout["blocks"]]
    pages = [(start, end) for start, end in extraction.layout["pages"]]
    for ranges in (blocks, pages):
        assert all(0 <= start <= end <= len(extraction.text) for start, end in ranges)
        assert all(before[1] <= after[0] for before, after in pairwise(ranges))
    for start, end in blocks:
        assert extraction.text[start:end].strip() == extraction.text[start:end] != ""
