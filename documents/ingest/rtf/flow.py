"""Paragraphs and table rows of one flow of RTF: the body, a note, a header or a text box."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from documents.ingest.layout import Line

BODY_OUTLINE = 9

_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_KINDS = {"quote": "quote", "intense quote": "quote", "caption": "caption"}


@dataclass(slots=True)
class Style:
    """What a paragraph style is called, and the outline level that it gives."""

    name: str = ""
    outline: int | None = None

    def level(self) -> int | None:
        """Return the level of the headings that have this style."""
        if found := _HEADING.fullmatch(self.name):
            return int(found[1])
        if self.outline is not None and 0 <= self.outline < BODY_OUTLINE:
            return self.outline + 1
        return 1 if self.name.lower() == "title" else None


@dataclass(slots=True)
class Properties:
    """What stands until the control word `pard`."""

    style: int = 0
    outline: int | None = None
    listed: bool = False
    depth: int = 0
    in_table: bool = False


@dataclass(slots=True)
class Flow:
    """Collect text to paragraphs, and these to lines, cells and rows."""

    styles: dict[int, Style]
    kind: str = ""
    properties: Properties = field(default_factory=Properties)
    lines: list[Line] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _anchored: list[Line] = field(default_factory=list)
    _cell: list[str] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)

    def write(self, characters: str) -> None:
        """Append to the paragraph."""
        self._pieces.append(characters)

    def anchor(self, lines: list[Line]) -> None:
        """Take the lines of a text box, which follow the paragraph that it is anchored in."""
        self._anchored.extend(lines)

    def end_paragraph(self) -> None:
        """End a paragraph, in a table one of a cell."""
        text = self._take()
        if self.properties.in_table:
            self._cell.append(text)
        else:
            self.lines.append(Line(*self._kind(), text))
            self.lines.extend(self._anchored)
            self._anchored = []

    def end_cell(self) -> None:
        """End a cell."""
        self._cell.append(self._take())
        self._cells.append("\n".join(self._cell).strip("\n"))
        self._cell = []

    def end_row(self) -> None:
        """End a row."""
        if self._cells:
            self.lines.append(Line("table_row", None, "\t".join(self._cells)))
        self.lines.extend(self._anchored)
        self._cells, self._anchored = [], []

    def finish(self) -> list[Line]:
        """End what nothing ended, and return all lines."""
        if self._cell or self._cells:
            self.end_cell()
            self.end_row()
        if self._pieces or self._anchored:
            self.properties.in_table = False
            self.end_paragraph()
        return self.lines

    def _take(self) -> str:
        text = "".join(self._pieces)
        self._pieces = []
        # Characters beyond the first plane are written as pairs.
        units = text.encode("utf_16_le", "surrogatepass")
        return units.decode("utf_16_le", "surrogatepass")

    def _kind(self) -> tuple[str, int | None]:
        style = self.styles.get(self.properties.style, Style())
        outline = self.properties.outline
        level = style.level() if outline is None else Style(outline=outline).level()
        if level is not None:
            return "heading", level
        if named := _KINDS.get(style.name.lower()):
            return named, None
        if self.properties.listed:
            return "list_item", min(max(self.properties.depth, 0), BODY_OUTLINE) + 1
        return "paragraph", None
