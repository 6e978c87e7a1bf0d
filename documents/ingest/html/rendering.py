"""Lay the text of a page out as a browser does."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from documents.ingest.html.elements import BREAKING, CELLS, KINDS, LISTS, SPACED, VERBATIM
from documents.ingest.layout import Composer

# The line breaks that make one.
BLANK_LINE = 2

_WHITE_SPACE = re.compile(r"[ \t\n\r\f]+")


@dataclass(slots=True)
class _Row:
    cells: int = 0
    filled: bool = False
    fresh: bool = False


class Rendering:
    """Write text as a browser lays it out; separators wait until text follows them.

    Blocks count from 0 in the order of the page; those that are `dropped` are not written.
    """

    def __init__(self, composer: Composer, dropped: Container[int] = ()) -> None:
        self.block = -1
        self._composer = composer
        self._dropped = dropped
        self._start = composer.length
        self._breaks = 0
        self._owed = 0
        self._tabs = 0
        self._blank = False
        self._ending = False
        self._inside = False
        self._begun: tuple[str, int | None, int] | None = None
        self._kinds: list[tuple[str, int | None]] = [("paragraph", None)]
        self._rows: list[_Row] = []
        self._lists = 0
        self._verbatim = 0

    def open(self, tag: str) -> None:
        """Enter an element."""
        if tag == "br":
            self._breaks += 1
        elif tag in CELLS:
            self._open_cell()
        self._break_around(tag)
        self._lists += tag in LISTS
        self._verbatim += tag in VERBATIM
        if tag in KINDS:
            self._kinds.append((KINDS[tag], self._level(tag)))
        if tag == "tr":
            self._rows.append(_Row())

    def close(self, tag: str) -> None:
        """Leave an element."""
        self._lists -= tag in LISTS
        self._verbatim -= tag in VERBATIM
        if tag in KINDS:
            self._kinds.pop()
        if tag in CELLS and self._rows:
            self._rows[-1].fresh = False
        elif tag == "tr":
            self._close_row()
        self._break_around(tag)

    def text(self, data: str) -> None:
        """Write character data, its white space collapsed unless it stands verbatim."""
        if self._verbatim:
            held = data.rstrip("\n")
            self._put(held)
            self._breaks += len(data) - len(held)
            return
        collapsed = _WHITE_SPACE.sub(" ", data)
        self._blank = self._blank or collapsed.startswith(" ")
        self._put(collapsed.strip(" "))
        self._blank = self._blank or collapsed.endswith(" ")

    def finish(self) -> None:
        """End the last block."""
        self._end_block()

    def _put(self, piece: str) -> None:
        if not piece:
            return
        if self._ending:
            self._end_block()
        self.block += not self._inside
        self._inside = True
        if self.block in self._dropped:
            self._owed = max(self._owed, min(self._breaks, BLANK_LINE))
        else:
            self._write(piece)
        # The same for what is dropped: the blocks of a page must not depend on it.
        self._breaks, self._tabs, self._blank = 0, 0, False
        if self._rows:
            self._rows[-1].filled = True
            self._rows[-1].fresh = False

    def _write(self, piece: str) -> None:
        self._breaks, self._owed = max(self._breaks, self._owed), 0
        self._composer.write(self._separator())
        if self._begun is None:
            self._begun = (*self._kinds[-1], self._composer.length)
        self._composer.write(piece)

    def _separator(self) -> str:
        tabs = "\t" * self._tabs
        if self._composer.length == self._start:
            return tabs
        return "\n" * self._breaks + tabs or " " * self._blank

    def _level(self, tag: str) -> int | None:
        if KINDS[tag] == "heading":
            return int(tag[1:])
        return self._lists if KINDS[tag] == "list_item" else None

    def _end_block(self) -> None:
        if self._begun is not None:
            kind, level, start = self._begun
            self._composer.blocks.add(kind, start, self._composer.length, level)
        self._begun, self._inside, self._ending = None, False, False

    def _break_around(self, tag: str) -> None:
        # A cell's first paragraph begins no line: it stands beside the cell before it.
        if tag not in BREAKING or (self._rows and self._rows[-1].fresh):
            return
        self._breaks = max(self._breaks, BLANK_LINE if tag in SPACED else 1)
        self._ending = True
        self._blank = False

    def _open_cell(self) -> None:
        if not self._rows:
            return
        row = self._rows[-1]
        self._tabs += row.cells > 0
        row.cells += 1
        row.fresh = True
        if row.filled:
            self._breaks, self._blank, self._ending = 0, False, False

    def _close_row(self) -> None:
        row = self._rows.pop()
        self._tabs = 0
        if row.filled and self._rows:
            self._rows[-1].filled = True
            self._rows[-1].fresh = False
