"""The zip containers of office documents and books: nothing is unpacked past a limit."""

from __future__ import annotations

import codecs
import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from documents.ingest.errors import ExtractionError
from documents.ingest.limits import Limits
from documents.ingest.xml import Dialect, Handler, parse

# Names of parts may need it, and a sealed cell can load no codec.
codecs.lookup("cp437")

_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1
_DAMAGE = (
    BadZipFile,
    EOFError,
    KeyError,
    NotImplementedError,  # what zipfile raises for a compression that it does not know
    OSError,
    OverflowError,
    ValueError,
    struct.error,
    zlib.error,
)


class Container:
    """The parts of a zipped document, refused before anything is unpacked past a limit."""

    def __init__(self, content: bytes, limits: Limits, dialect: Dialect) -> None:
        self._dialect = dialect
        # Counted in the bytes: zipfile would first build an object for each of a million.
        limits.require("archive_parts", content.count(_ENTRY))
        try:
            self._zip = ZipFile(BytesIO(content))
        except _DAMAGE as error:
            raise self._broken(error) from error
        self._parts = {part.filename: part for part in self._zip.infolist()}
        self._check(limits)

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    @property
    def names(self) -> list[str]:
        """Return the names of all parts."""
        return list(self._parts)

    def read(self, name: str) -> bytes:
        """Unpack a part; raises `…_broken` when it is missing or damaged."""
        try:
            part = self._parts[name]
            with self._zip.open(part) as stream:
                # Bounded, because a part may unpack to more than it declares.
                return stream.read(part.file_size + 1)
        except _DAMAGE as error:
            raise self._broken(error) from error

    def stream(self, name: str, handler: Handler) -> None:
        """Parse a part; raises `…_broken` when it is missing or damaged."""
        parse(self.read(name), handler, self._dialect)

    def _check(self, limits: Limits) -> None:
        parts = self._zip.infolist()
        limits.require("unpacked_bytes", sum(part.file_size for part in parts))
        if any(part.flag_bits & _ENCRYPTED for part in parts):
            raise ExtractionError(self._dialect.encrypted)
        if any(part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for part in parts):
            detail = f"A part is compressed in a way that {self._dialect.name} does not know."
            raise ExtractionError(self._dialect.broken, detail)

    def _broken(self, error: Exception) -> ExtractionError:
        return ExtractionError(self._dialect.broken, f"The container is damaged: {error}.")
