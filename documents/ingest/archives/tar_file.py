"""TAR, plain or compressed, member by member as it flows by.

tarfile reads the headers; what it would keep of each member is let go at once, and it reads
through a flow of ours, which goes forward only, and only as far as the limits allow.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO

from documents.ingest.archives.member import (
    SMALL,
    Member,
    Members,
    broken,
    decode_name,
    too_tight,
    unsupported,
)
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.limits import Limits
from documents.ingest.media_type import BZIP2, GZIP, XZ

# Nothing that stands in headers is longer: names and a few attributes.
_HEADER = 1 << 20
_CHUNK = 1 << 16
_DAMAGE = (EOFError, OSError, lzma.LZMAError, zlib.error)
_OPENERS: dict[bytes, Callable[[Any], Any]] = {
    GZIP: lambda source: gzip.GzipFile(fileobj=source),
    BZIP2: bz2.BZ2File,
    XZ: lzma.LZMAFile,
}


# What tarfile raises where there is no header but something else; its stubs do not tell.
_NO_HEADER: tuple[type[Exception], ...] = (
    tarfile.InvalidHeaderError,  # type: ignore[attr-defined]
    tarfile.TruncatedHeaderError,  # type: ignore[attr-defined]
)


class _Damaged(Exception):
    """A header is none, where tarfile would take it for the end."""


class _Info(tarfile.TarInfo):
    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Info:
        try:
            return super().frombuf(buf, encoding, errors)
        except _NO_HEADER as error:
            raise _Damaged(str(error)) from error


class _Flow:
    """Bytes that pass once, counted; `on_step` is called with each chunk."""

    def __init__(self, source: BinaryIO, limits: Limits, on_step: Callable[[], None]) -> None:
        head = source.read(6)
        source.seek(0)
        opener = next((kind for mark, kind in _OPENERS.items() if head.startswith(mark)), None)
        self.is_packed = opener is not None
        self._stream = opener(source) if opener else source
        self._source = source
        self._limits = limits
        self._on_step = on_step
        self._position = 0

    def tell(self) -> int:
        """Return how many bytes have passed."""
        return self._position

    def seek(self, position: int) -> int:
        """Let bytes pass up to `position`."""
        if position < self._position:
            raise broken("A header leads backwards.")
        while self._position < position and self._chunk(position - self._position):
            pass
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of a header."""
        if not 0 <= size <= _HEADER:
            raise broken(f"A header takes {size} bytes.")
        return self.take(size)

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes, or as many as there are."""
        taken = bytearray()
        while len(taken) < size and (chunk := self._chunk(size - len(taken))):
            taken += chunk
        return bytes(taken)

    def _chunk(self, size: int) -> bytes:
        self._on_step()
        try:
            chunk: bytes = self._stream.read(min(size, _CHUNK))
        except _DAMAGE as error:
            raise broken(f"It cannot be unpacked: {error}.") from error
        self._position += len(chunk)
        self._limits.require("archive_bytes", self._position)
        tightest = max(SMALL, self._limits.archive_ratio * self._source.tell())
        if self._position > tightest:
            raise too_tight(self._limits)
        return chunk


def members(source: BinaryIO, limits: Limits, on_step: Callable[[], None]) -> Members:
    """Yield the members of a TAR; raises `unsupported_media_type` for what is none.

    Each may be read until the next is asked for. Raises `archive_broken` and `too_large`.
    """
    flow: Any = _Flow(source, limits, on_step)
    try:
        archive = tarfile.TarFile(fileobj=flow, tarinfo=_Info)
    except (tarfile.ReadError, _Damaged, ExtractionError) as error:
        if isinstance(error, ExtractionError) and flow.is_packed:
            raise
        detail = "The content is neither a ZIP nor a TAR, packed or not."
        raise ExtractionError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, detail) from error
    index = 0
    while (info := _next(archive)) is not None:
        name = decode_name(info.name.encode("utf_8", "surrogateescape"))
        yield Member(index, name, info.isdir(), partial(_read, flow, info, limits))
        index += 1


def _next(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    try:
        info = archive.next()
    except (tarfile.TarError, _Damaged, ValueError, RecursionError) as error:
        raise broken(f"It is damaged: {error}.") from error
    # Kept, a million of them would take more memory than there is.
    archive.members.clear()  # type: ignore[attr-defined]
    return info


def _read(flow: _Flow, info: tarfile.TarInfo, limits: Limits) -> bytes:
    if info.issparse() or not info.isreg():
        raise unsupported("It is a link, a device, or a file with holes.")
    limits.require("file_bytes", info.size)
    content = flow.take(info.size)
    if len(content) < info.size:
        raise broken("The archive ends within this entry.")
    return content
