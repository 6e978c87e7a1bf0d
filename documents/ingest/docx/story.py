"""The running text of one part: what Word shows with every change accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from documents.ingest.docx.styles import Structure, Styles
from documents.ingest.extraction import REPLACEMENT
from documents.ingest.layout import Line

# What a run may hold beside its text.
CHARACTERS = {
    "w:tab": "\t",
    "w:ptab": "\t",
    "w:br": "\n",
    "w:cr": "\n",
    "w:noBreakHyphen": "\N{NON-BREAKING HYPHEN}",
    "w:softHyphen": "\N{SOFT HYPHEN}",
}
TEXTS = frozenset({"w:t", "m:t"})
# Removed text, and what properties were before a change.
LEFT_OUT = frozenset(
    {
        "w:del",
        "w:moveFrom",
        "w:numberingChange",
        "w:pPrChange",
        "w:rPrChange",
        "w:sectPrChange",
        "w:tblPrChange",
        "w:tcPrChange",
        "w:trPrChange",
    }
)
# Where `w:del` and `w:moveFrom` hold nothing but say that a row or paragraph mark is gone.
MARKS = frozenset({"w:rPr", "w:trPr"})
PROPERTIES = frozenset({"w:numPr", "w:pPr"})
NOTES = frozenset({"w:endnote", "w:footnote"})
SEPARATORS = frozenset({"separator", "continuationSeparator", "continuationNotice"})
OFF = frozenset({"0", "false", "off"})


@dataclass(slots=True)
class _Paragraph:
    pieces: list[str] = field(default_factory=list)
    style: str = ""
    structure: Structure = field(default_factory=Structure)
    joined: bool = False


@dataclass(slots=True)
class _Row:
    cells: list[str] = field(default_factory=list)
    deleted: bool = False


class Story:
    """Collect the lines of a part that is streamed through it.

    A line goes to the innermost open container: the story itself, a table cell, or a
    paragraph that text boxes are anchored in, whose lines then follow it. Each stack has a
    bottom of its own, so that elements in the wrong place find something to act on.
    """

    def __init__(self, styles: Styles) -> None:
        self.root = ""
        self.has_hidden_text = False
        self._styles = styles
        self._path = ["", ""]
        self._skipped = 0
        self._containers: list[list[Line]] = [[]]
        self._paragraphs = [_Paragraph()]
        self._rows = [_Row()]
        self._chosen = [False]
        self._hidden = False
        self._carried = ""
        self._openers: dict[str, Callable[[Mapping[str, str]], None]] = {
            "mc:AlternateContent": lambda _: self._chosen.append(False),
            "mc:Choice": self._choose,
            "w:del": self._mark_deleted,
            "w:moveFrom": self._mark_deleted,
            "w:p": self._open_paragraph,
            "w:pStyle": self._set_style,
            "w:r": self._open_run,
            "w:sym": self._write_symbol,
            "w:tbl": lambda _: self._flush(),
            "w:tc": lambda _: self._containers.append([]),
            "w:tr": lambda _: self._rows.append(_Row()),
            "w:vanish": self._hide,
        }
        self._closers: dict[str, Callable[[], object]] = {
            "mc:AlternateContent": self._chosen.pop,
            "w:p": self._close_paragraph,
            "w:tc": self._close_cell,
            "w:tr": self._close_row,
            "w:txbxContent": self._flush,
        }

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Enter an element."""
        self.root = self.root or name
        if self._skipped or self._is_left_out(name, attributes):
            self._skipped += 1
            return
        if name in self._openers:
            self._openers[name](attributes)
        elif name in CHARACTERS and self._path[-1] == "w:r":
            self._write(CHARACTERS[name])
        elif self._path[-1] in PROPERTIES:
            self._paragraphs[-1].structure.note(name, attributes.get("val", ""))
        self._path.append(name)

    def end(self, name: str) -> None:
        """Leave an element."""
        if self._skipped:
            self._skipped -= 1
            return
        self._path.pop()
        if name in self._closers:
            self._closers[name]()

    def text(self, data: str) -> None:
        """Take character data; only that of text elements is text."""
        if not self._skipped and self._path[-1] in TEXTS:
            self._write(data)

    def finish(self) -> list[Line]:
        """Return all lines."""
        self._flush()
        return self._containers[0]

    def _is_left_out(self, name: str, attributes: Mapping[str, str]) -> bool:
        if name in LEFT_OUT:
            return name not in self._openers or self._path[-1] not in MARKS
        if name in {"mc:Choice", "mc:Fallback"}:
            return self._chosen[-1]
        return name in NOTES and attributes.get("type") in SEPARATORS

    def _write(self, characters: str) -> None:
        if self._hidden:
            self.has_hidden_text = True
        else:
            self._paragraphs[-1].pieces.append(characters)

    def _write_symbol(self, attributes: Mapping[str, str]) -> None:
        try:
            self._write(chr(int(attributes.get("char", ""), 16)))
        except (OverflowError, ValueError):
            self._write(REPLACEMENT)

    def _choose(self, _attributes: Mapping[str, str]) -> None:
        self._chosen[-1] = True

    def _hide(self, attributes: Mapping[str, str]) -> None:
        if self._path[-2:] == ["w:r", "w:rPr"]:
            self._hidden = attributes.get("val") not in OFF

    def _mark_deleted(self, _attributes: Mapping[str, str]) -> None:
        """Note that a row, or the mark between two paragraphs, was deleted."""
        if self._path[-1] == "w:trPr":
            self._rows[-1].deleted = True
        elif self._path[-2] == "w:pPr":
            self._paragraphs[-1].joined = True

    def _open_run(self, _attributes: Mapping[str, str]) -> None:
        self._hidden = False

    def _open_paragraph(self, _attributes: Mapping[str, str]) -> None:
        self._paragraphs.append(_Paragraph(pieces=[self._carried]))
        self._carried = ""
        self._containers.append([])

    def _set_style(self, attributes: Mapping[str, str]) -> None:
        self._paragraphs[-1].style = attributes.get("val", "")

    def _close_paragraph(self) -> None:
        paragraph = self._paragraphs.pop()
        anchored = self._containers.pop()
        text = "".join(paragraph.pieces)
        if paragraph.joined:
            self._carried = text
        else:
            kind, level = self._styles.kind(paragraph.style, paragraph.structure)
            self._containers[-1].append(Line(kind, level, text))
        self._containers[-1].extend(anchored)

    def _close_cell(self) -> None:
        self._flush()
        lines = self._containers.pop()
        self._rows[-1].cells.append("\n".join(line.text for line in lines).strip("\n"))

    def _close_row(self) -> None:
        row = self._rows.pop()
        if not row.deleted:
            self._containers[-1].append(Line("table_row", None, "\t".join(row.cells)))

    def _flush(self) -> None:
        """Give a paragraph that nothing was joined to a line of its own after all."""
        if self._carried:
            self._containers[-1].append(Line("paragraph", None, self._carried))
            self._carried = ""
