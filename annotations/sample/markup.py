r"""The tiny markup of the sources: `[Ada Lovelace|person]`, nested at will, `\` to escape a mark.

Blocks stand between empty lines. A block that opens with `= ` is a heading, one whose lines all
open with `- ` is a list, and one whose lines all hold ` :: ` is a table with that between cells.
"""

import re

from annotations.sample.document import Passage, Span

_TOKEN = re.compile(
    r"\\(?P<escaped>.)|(?P<opening>\[)|\|(?P<label>[a-z]+)\]|(?P<stray>[]|\\])|(?P<plain>[^][|\\]+)",
    re.DOTALL,
)


class MarkupError(ValueError):
    """A source whose marks do not pair up."""


def parse_marks(source: str) -> tuple[str, tuple[Span, ...]]:
    """Return the text without its marks, and the spans they made, in code points of that text.

    Raises MarkupError for a mark that is never opened, never closed, or encloses nothing.
    """
    text = ""
    opened: list[int] = []
    spans: list[Span] = []
    for token in _TOKEN.finditer(source):
        if token["opening"]:
            opened.append(len(text))
        elif token["label"]:
            spans.append(_closed(opened, text, token))
        elif token["stray"]:
            raise _error("stray mark", token)
        else:
            text += token["escaped"] or token["plain"]
    if opened:
        raise MarkupError(f"mark never closed in {source[:40]!r}")
    return text, tuple(spans)


def parse_passages(source: str) -> tuple[Passage, ...]:
    """Return the blocks of a source; raises MarkupError where `parse_marks` does."""
    return tuple(_passage(block) for block in re.split(r"\n{2,}", source.strip("\n")) if block)


def _closed(opened: list[int], text: str, token: re.Match[str]) -> Span:
    if not opened or opened[-1] == len(text):
        raise _error("mark without text", token)
    return Span(opened.pop(), len(text), token["label"])


def _error(problem: str, token: re.Match[str]) -> MarkupError:
    near = token.string[max(0, token.start() - 20) : token.end() + 20]
    return MarkupError(f"{problem} near {near!r}")


def _passage(block: str) -> Passage:
    lines = block.split("\n")
    if block.startswith("= "):
        return Passage(*parse_marks(block[2:]), "heading")
    if all(line.startswith("- ") for line in lines):
        return Passage(*parse_marks("\n".join(line[2:] for line in lines)), "list")
    if all(" :: " in line for line in lines):
        return Passage(*parse_marks(block.replace(" :: ", "\t")), "table")
    return Passage(*parse_marks(block))
