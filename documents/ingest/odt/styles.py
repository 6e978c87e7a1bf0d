"""What an OpenDocument text's styles mean for its structure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from documents.ingest.xml import Silent

# The names that the format itself gives to styles, spaces written as `_20_`.
_KINDS: dict[str, tuple[str, int | None]] = {
    "Title": ("heading", 1),
    "Quotations": ("quote", None),
    "Caption": ("caption", None),
    "Preformatted_20_Text": ("code", None),
}
_DEEPEST = 20


@dataclass(slots=True)
class _Style:
    parent: str = ""
    hidden: bool = False


class Styles(Silent):
    """The styles of a file, filled while its parts are streamed through it."""

    def __init__(self) -> None:
        self._styles: dict[tuple[str, str], _Style] = {}
        self._current = _Style()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Enter an element."""
        if name == "style:style":
            key = attributes.get("family", ""), attributes.get("name", "")
            self._current = self._styles[key] = _Style(attributes.get("parent-style-name", ""))
        elif name == "style:text-properties":
            self._current.hidden = attributes.get("display") == "none"

    def end(self, name: str) -> None:
        """Leave an element."""
        if name == "style:style":
            self._current = _Style()

    def kind(self, name: str) -> tuple[str, int | None] | None:
        """Return the block kind and level that a paragraph style stands for, if any."""
        kinds = (_KINDS.get(known) for known, _ in self._lineage("paragraph", name))
        return next(filter(None, kinds), None)

    def hides(self, family: str, name: str) -> bool:
        """Tell whether a style hides the text that it is given to."""
        return any(style.hidden for _, style in self._lineage(family, name))

    def _lineage(self, family: str, name: str) -> Iterator[tuple[str, _Style]]:
        """Yield a style and those it is based on, as far as a sane file goes."""
        for _ in range(_DEEPEST):
            style = self._styles.get((family, name), _Style())
            yield name, style
            name = style.parent
