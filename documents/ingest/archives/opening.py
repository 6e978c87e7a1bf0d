"""Open whatever archive it is, and say so where one is sent as a document."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO

from documents.ingest.archives import tar_file, zip_file
from documents.ingest.archives.member import Members
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction
from documents.ingest.limits import Limits
from documents.ingest.media_type import ZIP_MARKS


def nothing() -> None:
    """Take a step and do nothing."""


def members(source: BinaryIO, limits: Limits, on_step: Callable[[], None] = nothing) -> Members:
    """Return the members of an archive; raises as ExtractionError what is wrong with it."""
    head = source.read(4)
    source.seek(0)
    if not head:
        raise ExtractionError(ErrorCode.EMPTY_FILE)
    if head in ZIP_MARKS:
        return zip_file.members(source, limits)
    return tar_file.members(source, limits, on_step)


def extract(content: bytes, limits: Limits) -> Extraction:
    """Refuse an archive that came as one document; raises `is_archive`, or what it is instead."""
    next(members(BytesIO(content), limits), None)
    raise ExtractionError(ErrorCode.IS_ARCHIVE)
