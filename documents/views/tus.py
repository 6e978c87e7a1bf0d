"""What the tus protocol (version 1.0) says in the headers of a request."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, NamedTuple, cast

from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from config.api.parsers import drain
from config.api.problems import InvalidHeader, UnsupportedBody
from documents.errors import UnsupportedTus
from documents.services.uploads import Checksum, Piece

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
ALGORITHMS = {"sha1": 20, "sha256": 32}  # bytes of a digest
PIECE = "application/offset+octet-stream"
MAX_METADATA = 2000
_NUMBER = re.compile("[0-9]{1,18}")
_METADATA = re.compile(r"[\x21-\x2b\x2d-\x7e]+( [A-Za-z0-9+/]*={0,2})?")


class PieceParser(BaseParser):
    """Leave the bytes of a piece in the connection: whoever takes them streams them."""

    media_type = PIECE

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        """Return that there are no members."""
        return {}


class Creation(NamedTuple):
    """How long an upload will be in bytes, its file name, and Upload-Metadata as sent."""

    length: int
    name: str
    metadata: str


def require_version(request: Request) -> None:
    """Raise UnsupportedTus unless the request is of our version of the protocol."""
    found = request.headers.get("Tus-Resumable", "")
    if found != VERSION:
        detail = f"Expected Tus-Resumable: {VERSION}, found {found[:20]!a}."
        raise UnsupportedTus(detail, headers={"Tus-Version": VERSION})


def creation(request: Request) -> Creation:
    """Return what is to be uploaded; raises InvalidHeader."""
    for name in ("Upload-Defer-Length", "Upload-Concat"):
        if name in request.headers:
            raise InvalidHeader(f"{name}: the extensions here are {EXTENSIONS}.")
    metadata = request.headers.get("Upload-Metadata", "")
    return Creation(_number(request, "Upload-Length"), _file_name(metadata), metadata)


def offset(request: Request) -> int:
    """Return where the piece begins; raises InvalidHeader."""
    return _number(request, "Upload-Offset")


def piece(request: Request, offset: int) -> Piece:
    """Return the bytes that the request brings, as they come over the network.

    Raises UnsupportedBody for a body of another type, InvalidHeader.
    """
    size = int(request.META.get("CONTENT_LENGTH") or 0)
    if size and request.content_type.partition(";")[0].strip().lower() != PIECE:
        raise UnsupportedBody(f"Expected Content-Type: {PIECE}.")
    body = cast("IO[bytes]", request._request)  # noqa: SLF001 - DRF offers no other way
    return Piece(offset, size, body, _checksum(request))


@contextmanager
def nothing_left_unread(request: Request) -> Iterator[None]:
    """Read what a refused piece has left, within reason.

    Else the connection is closed, and a client that is still sending may never see the refusal.
    """
    try:
        yield
    except Exception:
        with suppress(OSError):  # it has torn, or was closed at its end
            drain(cast("IO[bytes]", request._request))  # noqa: SLF001 - DRF offers no other way
        raise


def _checksum(request: Request) -> Checksum | None:
    """Return what Upload-Checksum says, if anything; raises InvalidHeader."""
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return None
    algorithm, _, encoded = header.partition(" ")
    size = ALGORITHMS.get(algorithm)
    try:
        digest = b64decode(encoded, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != size:
        expected = " or ".join(ALGORITHMS)
        raise InvalidHeader(f"Upload-Checksum: expected {expected}, and its digest in Base64.")
    return Checksum(algorithm, digest)


def _number(request: Request, name: str) -> int:
    found = request.headers.get(name, "")
    if not _NUMBER.fullmatch(found):
        raise InvalidHeader(f"{name}: expected a number of bytes, found {found[:40]!a}.")
    return int(found)


def _file_name(metadata: str) -> str:
    """Return the `filename` (or `name`) of Upload-Metadata, if any; raises InvalidHeader."""
    pairs = [pair.strip() for pair in metadata.split(",")] if metadata else []
    if len(metadata) > MAX_METADATA or not all(map(_METADATA.fullmatch, pairs)):
        text = f"Upload-Metadata: expected keys with values in Base64, {MAX_METADATA} bytes at most"
        raise InvalidHeader(f"{text}, found {metadata[:80]!a}.")
    told = dict(pair.partition(" ")[::2] for pair in pairs)
    encoded = told.get("filename") or told.get("name") or ""
    try:
        return b64decode(encoded, validate=True).decode()
    except ValueError as error:  # of either decoding
        raise InvalidHeader("Upload-Metadata: expected a file name of UTF-8 in Base64.") from error
