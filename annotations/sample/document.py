"""The shape of a demo document: its passages, the true spans in them, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

Format: TypeAlias = Literal["txt", "md", "html", "pdf", "docx"]
Split: TypeAlias = Literal["train", "dev", "test"]
Style: TypeAlias = Literal["paragraph", "heading", "list", "table"]

SEPARATOR = "\n\n"


class Span(NamedTuple):
    """One labelled stretch of a text, from `start` to just before `end`, in code points."""

    start: int
    end: int
    label: str


class Passage(NamedTuple):
    """One block of a document; its spans count from the start of its own text.

    Lines of a list are its items; lines of a table are its rows, with tabs between the cells.
    """

    text: str
    spans: tuple[Span, ...] = ()
    style: Style = "paragraph"


@dataclass(frozen=True, kw_only=True)
class SampleDocument:
    """A demo document with its true annotations."""

    external_id: str
    title: str
    language: str
    kind: str
    format: Format
    encoding: str
    file_name: str
    passages: tuple[Passage, ...]
    labels: tuple[str, ...]
    metadata: Mapping[str, str | int]
    tags: tuple[str, ...]
    split: Split

    @cached_property
    def text(self) -> str:
        """Return the passages as one text, an empty line between each two."""
        return SEPARATOR.join(passage.text for passage in self.passages)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Return the true spans in code points of `text`, in reading order, outer before inner."""
        found: list[Span] = []
        offset = 0
        for passage in self.passages:
            found += [
                Span(offset + start, offset + end, label) for start, end, label in passage.spans
            ]
            offset += len(passage.text) + len(SEPARATOR)
        return tuple(sorted(found, key=lambda span: (span.start, -span.end, span.label)))
