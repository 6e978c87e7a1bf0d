"""The container of a Word file: its parts, and how they relate."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import NamedTuple

from documents.ingest.errors import ErrorCode
from documents.ingest.limits import Limits
from documents.ingest.xml import Dialect, Silent
from documents.ingest.zipped import Container

# Every namespace has a second name in files saved as strict.
WORD = Dialect(
    "Word",
    ErrorCode.DOCX_BROKEN,
    ErrorCode.DOCX_ENCRYPTED,
    {
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
        "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
        "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
        "http://purl.oclc.org/ooxml/officeDocument/math": "m",
        "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
        "http://schemas.openxmlformats.org/package/2006/relationships": "rel",
        "http://purl.org/dc/elements/1.1/": "dc",
    },
)


class Relation(NamedTuple):
    """A link between parts: the last word of its type, and the name of the other part."""

    kind: str
    target: str


class Package(Container):
    """The parts of a Word file, found by how they relate."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        super().__init__(content, limits, WORD)

    def related(self, kind: str, source: str = "") -> list[str]:
        """Return the parts that `source`, or the package itself, links to as `kind`."""
        folder, name = posixpath.split(source)
        links = posixpath.join(folder, "_rels", f"{name}.rels")
        if links not in self:
            return []
        relations = _Relations(folder)
        self.stream(links, relations)
        found = (relation.target for relation in relations.found if relation.kind == kind)
        return [target for target in dict.fromkeys(found) if target in self]


class _Relations(Silent):
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.found: list[Relation] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "rel:Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = posixpath.join("/", self._folder, attributes.get("Target", ""))
            self.found.append(Relation(kind, posixpath.normpath(target).lstrip("/")))
