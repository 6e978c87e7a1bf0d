"""One file of an archive, as it comes out of the cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from documents.ingest.errors import ExtractionError


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive: either its `content`, or the `error` why there is none.

    `index` counts all members of the archive from 0, with those that are skipped, so that it
    stays the same however often the archive is read. `name` is for people: no control
    characters, no `..`, no leading slash, at most 1,000 characters; of entries that would share
    one, the second becomes `a (2).txt`. `original_name` is what the archive says, made storable.
    Neither is ever a path to write to.
    `content` is `size` bytes, in memory or a temporary file without a name, standing at its
    beginning; it is closed when the next entry is asked for.
    """

    index: int
    name: str
    original_name: str
    size: int
    content: IO[bytes] | None
    error: ExtractionError | None
