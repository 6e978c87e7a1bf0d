"""The zip container of a Word file: its parts, and how they relate."""

from __future__ import annotations

import codecs
import posixpath
import struct
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from documents.ingest.docx.xml import Handler, parse
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.limits import Limits

# Names of parts may need it, and a sealed cell can load no codec.
codecs.lookup("cp437")

_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1
_DAMAGE = (
    BadZipFile,
    EOFError,
    KeyError,
    NotImplementedError,
    ValueError,
    struct.error,
    zlib.error,
)


class Relation(NamedTuple):
    """A link between parts: the last word of its type, and the name of the other part."""

    kind: str
    target: str


class Package:
    """The parts of a Word file, refused before anything is unpacked if they pass a limit."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        # Counted in the bytes: zipfile would first build an object for each of a million.
        limits.require("archive_parts", content.count(_ENTRY))
        try:
            self._zip = ZipFile(BytesIO(content))
        except _DAMAGE as error:
            raise _broken(error) from error
        self._parts = {part.filename: part for part in self._zip.infolist()}
        self._check(limits)

    def _check(self, limits: Limits) -> None:
        parts = self._zip.infolist()
        limits.require("unpacked_bytes", sum(part.file_size for part in parts))
        if any(part.flag_bits & _ENCRYPTED for part in parts):
            raise ExtractionError(ErrorCode.DOCX_ENCRYPTED)
        if any(part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for part in parts):
            detail = "A part is compressed in a way that Word does not know."
            raise ExtractionError(ErrorCode.DOCX_BROKEN, detail)

    def stream(self, name: str, handler: Handler) -> None:
        """Parse a part; raises `docx_broken` when it is missing or damaged."""
        try:
            part = self._parts[name]
            with self._zip.open(part) as stream:
                # Bounded, because a part may unpack to more than it declares.
                data = stream.read(part.file_size + 1)
        except _DAMAGE as error:
            raise _broken(error) from error
        parse(data, handler)

    def related(self, kind: str, source: str = "") -> list[str]:
        """Return the parts that `source`, or the package itself, links to as `kind`."""
        folder, name = posixpath.split(source)
        links = posixpath.join(folder, "_rels", f"{name}.rels")
        if links not in self._parts:
            return []
        relations = _Relations(folder)
        self.stream(links, relations)
        found = (relation.target for relation in relations.found if relation.kind == kind)
        return [target for target in dict.fromkeys(found) if target in self._parts]


class _Relations:
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.found: list[Relation] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "rel:Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = posixpath.join("/", self._folder, attributes.get("Target", ""))
            self.found.append(Relation(kind, posixpath.normpath(target).lstrip("/")))

    def end(self, name: str) -> None: ...

    def text(self, data: str) -> None: ...


def _broken(error: Exception) -> ExtractionError:
    return ExtractionError(ErrorCode.DOCX_BROKEN, f"The container is damaged: {error}.")
