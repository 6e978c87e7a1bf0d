"""What the readers of ZIP and TAR tell of each member, and what holds for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.limits import Limits

# So much may come out of anything, however tightly it is packed.
SMALL = 10_000_000


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an archive; `read` unpacks it and raises why it cannot be had."""

    index: int
    name: str
    is_directory: bool
    read: Callable[[], bytes]


Members = Iterator[Member]


def broken(detail: str) -> ExtractionError:
    """Return the error of damage."""
    return ExtractionError(ErrorCode.ARCHIVE_BROKEN, detail)


def unsupported(detail: str) -> ExtractionError:
    """Return the error of what is not unpacked here."""
    return ExtractionError(ErrorCode.ARCHIVE_UNSUPPORTED, detail)


def too_tight(limits: Limits) -> ExtractionError:
    """Return the error of what unpacks to too many times its size."""
    detail = f"It unpacks to more than {limits.archive_ratio} times its size."
    return ExtractionError(ErrorCode.TOO_LARGE, detail)


def decode_name(raw: bytes) -> str:
    """Return a name that is in UTF-8, or else in the code page of the first PCs."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp437")
