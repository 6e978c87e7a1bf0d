"""What a Word file's paragraph styles mean for its structure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

BODY_OUTLINE = 9

_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_SMALL = re.compile("[0-9]{1,2}")
_KINDS = {"quote": "quote", "intense quote": "quote", "caption": "caption"}
_DEEPEST = 20
_Said = TypeVar("_Said")


@dataclass(slots=True)
class Structure:
    """What a paragraph or a style says of its place; None where it says nothing."""

    outline: int | None = None
    numbered: bool | None = None
    depth: int | None = None

    def note(self, name: str, value: str) -> None:
        """Take up a paragraph property."""
        if name == "w:outlineLvl":
            self.outline = _number(value)
        elif name == "w:numId":
            self.numbered = value != "0"
        elif name == "w:ilvl":
            self.depth = _number(value)


@dataclass(slots=True)
class _Style(Structure):
    name: str = ""
    based_on: str = ""

    def rename(self, name: str) -> None:
        self.name = name.lower()
        heading = _HEADING.fullmatch(name)
        if heading:
            self.outline = int(heading[1]) - 1
        elif self.name == "title":
            self.outline = 0


class Styles:
    """The styles of a file, filled while `styles.xml` is streamed through it."""

    def __init__(self) -> None:
        self._styles: dict[str, _Style] = {}
        self._current = _Style()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        value = attributes.get("val", "")
        if name == "w:style":
            self._current = self._styles[attributes.get("styleId", "")] = _Style()
        elif name == "w:name":
            self._current.rename(value)
        elif name == "w:basedOn":
            self._current.based_on = value
        else:
            self._current.note(name, value)

    def end(self, name: str) -> None: ...

    def text(self, data: str) -> None: ...

    def kind(self, style_id: str, direct: Structure) -> tuple[str, int | None]:
        """Return the block kind and level of a paragraph from its own words and its style's."""
        lineage = list(self._lineage(style_id))
        sources = [direct, *lineage]
        outline = _first(source.outline for source in sources)
        if outline is not None and outline < BODY_OUTLINE:
            return "heading", outline + 1
        if named := _first(_KINDS.get(style.name) for style in lineage):
            return named, None
        if _first(source.numbered for source in sources):
            return "list_item", (_first(source.depth for source in sources) or 0) + 1
        return "paragraph", None

    def _lineage(self, style_id: str) -> Iterator[_Style]:
        """Yield a style and those it is based on, as far as a sane file goes."""
        for _ in range(_DEEPEST):
            style = self._styles.get(style_id)
            if style is None:
                return
            yield style
            style_id = style.based_on


def _number(value: str) -> int | None:
    return int(value) if _SMALL.fullmatch(value) else None


def _first(values: Iterable[_Said | None]) -> _Said | None:
    return next((value for value in values if value is not None), None)
