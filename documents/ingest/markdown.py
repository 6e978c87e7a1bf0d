"""Markdown: the source as it is, with the blocks that it marks up."""

from __future__ import annotations

import re
from collections.abc import Iterable

import markdown_it
from markdown_it.token import Token

from documents.ingest.encoding import decode
from documents.ingest.extraction import Extraction, Reading
from documents.ingest.layout import Blocks
from documents.ingest.limits import Limits
from documents.ingest.media_type import MARKDOWN
from documents.ingest.plain import paragraphs

# Beyond it the parser's time and memory are better left to the text itself.
PARSED_CHARACTERS = 500_000

_LINE_END = re.compile(r"\r\n?|\n")
# Atomic groups: a CR LF is one line end, and no input makes the search step back.
_FRONT_MATTER = re.compile(
    r"---[ \t]*(?>\r\n?|\n)(?=\S)(?>[^\r\n]*(?>\r\n?|\n))*?(?:---|\.\.\.)[ \t]*(?=[\r\n]|\Z)"
)
_CONTAINERS = {"blockquote": "quote", "list_item": "list_item"}
_LEAVES = {
    "code_block": "code",
    "fence": "code",
    "heading_open": "heading",
    "html_block": "paragraph",
    "paragraph_open": "paragraph",
    "tr_open": "table_row",
}


def extract(content: bytes, limits: Limits) -> Extraction:
    """Decode a Markdown file and leave its source unchanged.

    Raises `unsupported_media_type`, `undecodable_text`, `too_large` and `no_text_found`.
    """
    decoded = decode(content)
    limits.require("characters", len(decoded.text))
    reading = read(decoded.text, limits)
    reading.notes = [*decoded.notes, *reading.notes]
    return reading.extraction(limits)


def read(text: str, limits: Limits, parsed_characters: int = PARSED_CHARACTERS) -> Reading:
    """Find the blocks of a source; a longer one than is parsed has paragraphs only."""
    too_long = len(text) > parsed_characters
    note = f"longer than {parsed_characters} characters: paragraphs instead of Markdown blocks"
    return Reading(
        text=text,
        media_type=MARKDOWN,
        extractor="markdown-it-py",
        extractor_version=markdown_it.__version__,
        blocks=paragraphs(text, limits) if too_long else _blocks(text, limits),
        notes=[note] if too_long else [],
    )


def _blocks(text: str, limits: Limits) -> Blocks:
    blocks = Blocks(limits)
    front_matter = _FRONT_MATTER.match(text)
    offset = 0
    if front_matter:
        offset = front_matter.end()
        blocks.add("front_matter", 0, offset)
    _add_leaves(blocks, _block_tokens(text[offset:]), _line_starts(text, offset))
    return blocks


def _block_tokens(source: str) -> list[Token]:
    """Parse blocks only: nothing here needs what stands inside of a line."""
    parser = markdown_it.MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser.parse(source)


def _line_starts(text: str, offset: int) -> list[int]:
    """Return where each line begins from `offset` on, and where the last one ends."""
    ends = [found.end() for found in _LINE_END.finditer(text, offset)]
    return [offset, *ends, len(text)]


def _add_leaves(blocks: Blocks, tokens: Iterable[Token], lines: list[int]) -> None:
    containers: list[str] = []
    for token in tokens:
        container = _CONTAINERS.get(token.type.removesuffix("_open").removesuffix("_close"))
        if container and token.nesting > 0:
            containers.append(container)
        elif container:
            containers.pop()
        elif token.type in _LEAVES and token.map:
            kind, level = _kind(token, containers)
            blocks.add(kind, lines[token.map[0]], lines[token.map[1]], level)


def _kind(token: Token, containers: list[str]) -> tuple[str, int | None]:
    kind = _LEAVES[token.type]
    if kind == "heading":
        return kind, int(token.tag[1:])
    if kind == "paragraph" and containers:
        kind = containers[-1]
    return kind, containers.count("list_item") if kind == "list_item" else None
