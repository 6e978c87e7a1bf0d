"""A hardened, streaming reader of the XML parts of a zipped document."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol
from xml.parsers import expat

from documents.ingest.errors import ErrorCode, ExtractionError

EXPAT_VERSION = expat.EXPAT_VERSION.removeprefix("expat_")


class Handler(Protocol):
    """What is told of the elements of a part, names being prefixed (`w:p`)."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Enter an element; attributes are without a prefix."""

    def end(self, name: str) -> None:
        """Leave an element."""

    def text(self, data: str) -> None:
        """Take character data of the innermost element."""


class Dialect(NamedTuple):
    """What a format calls itself, the codes of its damage, and its prefixes by namespace."""

    name: str
    broken: ErrorCode
    encrypted: ErrorCode
    prefixes: Mapping[str, str]


class Silent:
    """A handler that hears nothing, for others to listen to a part of it."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Enter an element."""

    def end(self, name: str) -> None:
        """Leave an element."""

    def text(self, data: str) -> None:
        """Take character data."""


def parse(part: bytes, handler: Handler, dialect: Dialect) -> None:
    """Stream a part to `handler`; raises `…_broken`, for any document type too."""

    @lru_cache(maxsize=4096)
    def prefixed(name: str) -> str:
        namespace, _, local = name.rpartition(" ")
        return f"{dialect.prefixes.get(namespace, '')}:{local}"

    def refuse(*_declaration: object) -> None:
        detail = f"A part declares a document type, which no {dialect.name} document has."
        raise ExtractionError(dialect.broken, detail)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: handler.start(
        prefixed(name), {key.rpartition(" ")[2]: value for key, value in attributes.items()}
    )
    parser.EndElementHandler = lambda name: handler.end(prefixed(name))
    parser.CharacterDataHandler = handler.text
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise ExtractionError(dialect.broken, f"Its XML is not well-formed: {error}.") from error


class Title(Silent):
    """Listen for a `dc:title`, and `dc:language`, the first of each."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}
        self._inside: list[str] | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Enter an element."""
        is_new = name in {"dc:title", "dc:language"} and name not in self._found
        self._inside = self._found.setdefault(name, []) if is_new else None

    def end(self, name: str) -> None:
        """Leave an element."""
        self._inside = None

    def text(self, data: str) -> None:
        """Take character data."""
        if self._inside is not None:
            self._inside.append(data)

    @property
    def title(self) -> str:
        """Return the title, empty when there is none."""
        return "".join(self._found.get("dc:title", ()))
