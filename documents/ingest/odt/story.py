"""The running text of one part: what an office program shows with every change accepted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from documents.ingest.layout import Line
from documents.ingest.odt.styles import Styles

# Deleted text stands apart in `text:tracked-changes`; comments and form controls are no text.
LEFT_OUT = frozenset(
    {
        "math:annotation",
        "office:annotation",
        "office:binary-data",
        "office:event-listeners",
        "office:forms",
        "office:settings",
        "style:style",
        "svg:desc",
        "svg:title",
        "text:alphabetical-index-source",
        "text:bibliography-source",
        "text:hidden-paragraph",
        "text:hidden-text",
        "text:illustration-index-source",
        "text:note-citation",
        "text:object-index-source",
        "text:ruby-text",
        "text:sequence-decls",
        "text:table-index-source",
        "text:table-of-content-source",
        "text:tracked-changes",
        "text:user-field-decls",
        "text:user-index-source",
        "text:variable-decls",
    }
)
CHARACTERS = {"text:tab": "\t", "text:line-break": "\n"}
NOTES = {"footnote": "footnote", "endnote": "endnote"}
FURNITURE = {
    **dict.fromkeys(("style:header", "style:header-left", "style:header-first"), "header"),
    **dict.fromkeys(("style:footer", "style:footer-left", "style:footer-first"), "footer"),
}
# More blanks in a row than anybody wants; `text:s` may claim any number of them.
MOST_BLANKS = 1_000

_WHITE_SPACE = re.compile("[ \t\r\n]+")
_NUMBER = re.compile("[0-9]{1,9}")


@dataclass(slots=True)
class _Paragraph:
    kind: str
    level: int | None
    hidden: bool = False
    pieces: list[str] = field(default_factory=list)
    open_blank: bool = True


class Story:
    """Collect the lines of a part that is streamed through it.

    A line goes to the innermost open container: the story itself, a table cell, a note, or a
    paragraph that text boxes are anchored in, whose lines then follow it. Each stack has a
    bottom of its own, so that elements in the wrong place find something to act on.
    """

    def __init__(self, styles: Styles) -> None:
        self.is_text = False
        self.has_hidden_text = False
        self.apart: dict[str, list[Line]] = {"footnote": [], "endnote": []}
        self.furniture: dict[str, list[list[Line]]] = {"header": [], "footer": []}
        self._styles = styles
        self._skipped = 0
        self._depth = 0
        self._lists: list[int] = [0]
        self._containers: list[list[Line]] = [[]]
        self._paragraphs: list[_Paragraph] = []
        self._rows: list[list[str]] = [[]]
        self._spans = [False]
        self._notes = ["footnote"]
        self._openers: dict[str, Callable[[Mapping[str, str]], None]] = {
            "office:text": self._found_text,
            "table:covered-table-cell": self._open_cell,
            "table:table-cell": self._open_cell,
            "table:table-row": lambda _: self._rows.append([]),
            "text:h": self._open_heading,
            "text:list": self._open_list,
            "text:note": self._open_note,
            "text:p": self._open_paragraph,
            "text:s": self._write_blanks,
            "text:span": self._open_span,
            **dict.fromkeys(FURNITURE, lambda _: self._containers.append([])),
        }
        self._closers: dict[str, Callable[[], object]] = {
            "table:covered-table-cell": self._close_cell,
            "table:table-cell": self._close_cell,
            "table:table-row": self._close_row,
            "text:h": self._close_paragraph,
            "text:list": self._close_list,
            "text:note": self._close_note,
            "text:p": self._close_paragraph,
            "text:span": self._spans.pop,
            **{name: partial(self._close_furniture, FURNITURE[name]) for name in FURNITURE},
        }

    @property
    def lines(self) -> list[Line]:
        """Return the lines of the body."""
        return self._containers[0]

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Enter an element."""
        if self._skipped or self._is_left_out(name, attributes):
            self._skipped += 1
        elif name in self._openers:
            self._openers[name](attributes)
        elif name in CHARACTERS:
            self._write(CHARACTERS[name])

    def end(self, name: str) -> None:
        """Leave an element."""
        if self._skipped:
            self._skipped -= 1
        elif name in self._closers:
            self._closers[name]()

    def text(self, data: str) -> None:
        """Take character data, whose white space counts once, as the format has it."""
        if self._skipped or not self._paragraphs:
            return
        paragraph = self._paragraphs[-1]
        collapsed = _WHITE_SPACE.sub(" ", data)
        if paragraph.open_blank:
            collapsed = collapsed.removeprefix(" ")
        if collapsed:
            self._write(collapsed)
            paragraph.open_blank = collapsed.endswith(" ")

    def _is_left_out(self, name: str, attributes: Mapping[str, str]) -> bool:
        hidden = name == "text:section" and attributes.get("display") == "none"
        self.has_hidden_text = self.has_hidden_text or hidden
        return hidden or name in LEFT_OUT

    def _write(self, characters: str) -> None:
        if not self._paragraphs:
            return
        paragraph = self._paragraphs[-1]
        if paragraph.hidden or self._spans[-1]:
            self.has_hidden_text = True
        else:
            paragraph.pieces.append(characters)
            paragraph.open_blank = False

    def _write_blanks(self, attributes: Mapping[str, str]) -> None:
        self._write(" " * min(_number(attributes.get("c"), 1), MOST_BLANKS))

    def _found_text(self, _attributes: Mapping[str, str]) -> None:
        self.is_text = True

    def _open_heading(self, attributes: Mapping[str, str]) -> None:
        level = min(max(_number(attributes.get("outline-level"), 1), 1), 10)
        self._open("heading", level, attributes)

    def _open_paragraph(self, attributes: Mapping[str, str]) -> None:
        said = self._styles.kind(attributes.get("style-name", ""))
        if said is None:
            said = ("list_item", self._lists[-1]) if self._lists[-1] else ("paragraph", None)
        self._open(*said, attributes)

    def _open(self, kind: str, level: int | None, attributes: Mapping[str, str]) -> None:
        hidden = self._styles.hides("paragraph", attributes.get("style-name", ""))
        self._paragraphs.append(_Paragraph(kind, level, hidden))
        self._containers.append([])
        self._spans.append(False)

    def _close_paragraph(self) -> None:
        self._spans.pop()
        paragraph = self._paragraphs.pop()
        anchored = self._containers.pop()
        text = "".join(paragraph.pieces)
        if paragraph.open_blank:
            text = text.removesuffix(" ")
        if text or not paragraph.hidden:
            self._containers[-1].append(Line(paragraph.kind, paragraph.level, text))
        self._containers[-1].extend(anchored)

    def _open_list(self, _attributes: Mapping[str, str]) -> None:
        self._lists[-1] += 1

    def _close_list(self) -> None:
        self._lists[-1] -= 1

    def _open_span(self, attributes: Mapping[str, str]) -> None:
        hidden = self._styles.hides("text", attributes.get("style-name", ""))
        self._spans.append(hidden or self._spans[-1])

    def _open_note(self, attributes: Mapping[str, str]) -> None:
        self._notes.append(NOTES.get(attributes.get("note-class", ""), "footnote"))
        self._containers.append([])
        self._lists.append(0)

    def _close_note(self) -> None:
        kind = self._notes.pop()
        self._lists.pop()
        lines = self._containers.pop()
        self.apart[kind].extend(Line(kind, None, line.text) for line in lines if line.text.strip())

    def _open_cell(self, _attributes: Mapping[str, str]) -> None:
        self._containers.append([])
        self._lists.append(0)

    def _close_cell(self) -> None:
        self._lists.pop()
        lines = self._containers.pop()
        self._rows[-1].append("\n".join(line.text for line in lines).strip("\n"))

    def _close_row(self) -> None:
        row = self._rows.pop()
        self._containers[-1].append(Line("table_row", None, "\t".join(row)))

    def _close_furniture(self, kind: str) -> None:
        self.furniture[kind].append(self._containers.pop())


def _number(value: str | None, otherwise: int) -> int:
    return int(value) if value and _NUMBER.fullmatch(value) else otherwise
