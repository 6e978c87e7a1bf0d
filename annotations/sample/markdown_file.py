"""Writes a demo document as Markdown."""

import re

from annotations.sample.document import Passage, SampleDocument

# No more than must be: whoever reads the source as it is should find the words in it whole.
_MARKS = re.compile(r"[\\`*_\[\]]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|~(?=~)")
_LINE_STARTS = re.compile(r"^( *)(?:(\d+)([.)])(?=\s|$)|([-+=#>:|]))", re.MULTILINE)


def write_markdown(document: SampleDocument) -> bytes:
    """Return the document as Markdown in its encoding, the title as its first heading."""
    blocks = [f"# {_escaped(document.title)}", *map(_block, document.passages)]
    return ("\n\n".join(blocks) + "\n").encode(document.encoding)


def _block(passage: Passage) -> str:
    lines = _escaped(passage.text).split("\n")
    if passage.style == "heading":
        return f"## {lines[0]}"
    if passage.style == "list":
        return "\n".join(f"- {line}" for line in lines)
    if passage.style == "table":
        return _table([line.replace("|", r"\|").split("\t") for line in lines])
    return "\\\n".join(lines)


def _table(rows: list[list[str]]) -> str:
    rule = ["---"] * len(rows[0])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [rows[0], rule, *rows[1:]])


def _escaped(text: str) -> str:
    return _LINE_STARTS.sub(r"\1\2\\\3\4", _MARKS.sub(r"\\\g<0>", text))
