"""HTML: the text that a browser would show, laid out by its block elements.

Lexbor builds the tree that browsers build; libxml2 gives up below 2048 levels and leaves
templates, misplaced table text and unclosed elements where no browser would.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import selectolax
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode, SelectolaxError

from documents.ingest.charsets import declared_codec
from documents.ingest.encoding import Decoded, decode
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction, Reading, storable, title_metadata
from documents.ingest.layout import Composer
from documents.ingest.limits import Limits
from documents.ingest.media_type import HTML

VERSION = selectolax.__version__


def _tags(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


HIDDEN = _tags(
    "annotation annotation-xml applet area audio base canvas colgroup datalist defs desc embed",
    "head iframe link map meta metadata noembed noframes noscript object param rp script source",
    "style template title track video",
)
# A line break stands before and after a line element, a blank line around a spaced one.
LINES = _tags(
    "address article aside body caption center dd details dialog dir div dl dt fieldset",
    "figcaption figure footer form header hgroup html legend li main menu nav ol optgroup option",
    "search section select summary tbody tfoot thead tr ul",
)
SPACED = _tags(
    "blockquote h1 h2 h3 h4 h5 h6 hr listing p plaintext pre table textarea xmp",
)
BREAKING = LINES | SPACED
VERBATIM = _tags("listing plaintext pre textarea xmp")
LISTS = _tags("dir dl menu ol select ul")
CELLS = _tags("td th")
KINDS = {
    **{f"h{level}": "heading" for level in range(1, 7)},
    **dict.fromkeys(("dd", "dt", "li", "option"), "list_item"),
    **dict.fromkeys(VERBATIM, "code"),
    "blockquote": "quote",
    "caption": "caption",
    "figcaption": "caption",
    "tr": "table_row",
}

_WHITE_SPACE = re.compile(r"[ \t\n\r\f]+")
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# XML may close these at once; for an HTML parser all that follows would be inside of them.
_CLOSED_AT_ONCE = re.compile(
    r"<(iframe|noframes|noscript|script|style|template|textarea|title|xmp)\b([^<>]*)/>",
    re.IGNORECASE,
)


def extract(content: bytes, limits: Limits) -> Extraction:
    """Return a page's visible text.

    Raises `unsupported_media_type`, `undecodable_text`, `too_large` and `no_text_found`.
    """
    composer = Composer(limits)
    page = write(decode(content, declared_codec(content)), composer)
    return Reading(
        text=composer.text(),
        media_type=HTML,
        extractor="lexbor",
        extractor_version=VERSION,
        blocks=composer.blocks,
        notes=page.notes,
        metadata=title_metadata(page.title),
    ).extraction(limits)


class Page(NamedTuple):
    """What a page says beside its text."""

    title: str | None
    notes: list[str]


def write(decoded: Decoded, composer: Composer) -> Page:
    """Append the visible text of a page that is already decoded; raises `too_large`."""
    source, notes = storable(decoded.text)
    if source.lstrip().startswith("<?xml"):
        source = _CLOSED_AT_ONCE.sub(r"<\1\2></\1>", source)
    page = _parse(source)
    _render(page, composer)
    title = page.css_first("head title")
    return Page(title.text() if title else None, [*decoded.notes, *notes])


def _parse(source: str) -> LexborHTMLParser:
    try:
        return LexborHTMLParser(source, options=LexborDocumentOptions.WO_EVENTS)
    except SelectolaxError as error:
        # It parses whatever it is given; all that it can lack is memory.
        raise ExtractionError(ErrorCode.PARSER_OUT_OF_MEMORY) from error


def _render(page: LexborHTMLParser, composer: Composer) -> None:
    rendering = _Rendering(composer)
    for node, opening in _visible(page.root):
        if node.is_text_node:
            rendering.text(node.text_content or "")
        elif opening:
            rendering.open(node.tag or "")
        else:
            rendering.close(node.tag or "")
    rendering.finish()


def _visible(root: LexborNode | None) -> Iterator[tuple[LexborNode, bool]]:
    """Yield what is visible, an element twice: when it opens and when it closes.

    Without recursion, as pages may nest without bound; and without comparing nodes, which
    would serialise them.
    """
    pending = [(root, True)] if root else []
    while pending:
        node, opening = pending.pop()
        if opening and (sibling := node.next) is not None:
            pending.append((sibling, True))
        if node.is_text_node or not opening:
            yield node, opening
        elif _is_shown(node):
            yield node, True
            pending.append((node, False))
            if (child := node.first_child) is not None:
                pending.append((child, True))


def _is_shown(node: LexborNode) -> bool:
    tag = node.tag
    if not node.is_element_node or tag in HIDDEN:
        return False
    attributes = node.attributes
    if "hidden" in attributes or (tag == "dialog" and "open" not in attributes):
        return False
    return not _INVISIBLE.search(attributes.get("style") or "")


@dataclass(slots=True)
class _Row:
    cells: int = 0
    filled: bool = False
    fresh: bool = False


class _Rendering:
    """Write text as a browser lays it out; separators wait until text follows them."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._start = composer.length
        self._breaks = 0
        self._tabs = 0
        self._blank = False
        self._ending = False
        self._block: tuple[str, int | None, int] | None = None
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
        self._composer.write(self._separator())
        self._breaks, self._tabs, self._blank = 0, 0, False
        if self._block is None:
            self._block = (*self._kinds[-1], self._composer.length)
        self._composer.write(piece)
        if self._rows:
            self._rows[-1].filled = True
            self._rows[-1].fresh = False

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
        if self._block is not None:
            kind, level, start = self._block
            self._composer.blocks.add(kind, start, self._composer.length, level)
        self._block, self._ending = None, False

    def _break_around(self, tag: str) -> None:
        # A cell's first paragraph begins no line: it stands beside the cell before it.
        if tag not in BREAKING or (self._rows and self._rows[-1].fresh):
            return
        self._breaks = max(self._breaks, 2 if tag in SPACED else 1)
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
