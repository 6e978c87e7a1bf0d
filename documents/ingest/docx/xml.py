"""A hardened, streaming reader of the XML parts of a Word file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol
from xml.parsers import expat

from documents.ingest.errors import ErrorCode, ExtractionError

# Every namespace has a second name in files saved as strict.
_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/package/2006/relationships": "rel",
    "http://purl.org/dc/elements/1.1/": "dc",
}


class Handler(Protocol):
    """What is told of the elements of a part, names being prefixed (`w:p`)."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Enter an element; attributes are without a prefix."""

    def end(self, name: str) -> None:
        """Leave an element."""

    def text(self, data: str) -> None:
        """Take character data of the innermost element."""


def parse(part: bytes, handler: Handler) -> None:
    """Stream a part to `handler`; raises `docx_broken`, for any document type too."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = lambda name, attributes: handler.start(
        _prefixed(name), {_local(key): value for key, value in attributes.items()}
    )
    parser.EndElementHandler = lambda name: handler.end(_prefixed(name))
    parser.CharacterDataHandler = handler.text
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise ExtractionError(
            ErrorCode.DOCX_BROKEN, f"Its XML is not well-formed: {error}."
        ) from error


def _refuse(*_declaration: object) -> None:
    detail = "A part declares a document type, which no Word document has."
    raise ExtractionError(ErrorCode.DOCX_BROKEN, detail)


@lru_cache(maxsize=4096)
def _prefixed(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return f"{_PREFIXES.get(namespace, '')}:{local}"


@lru_cache(maxsize=4096)
def _local(name: str) -> str:
    return name.rpartition(" ")[2]
