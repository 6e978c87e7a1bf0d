"""The outside of an archive's cell: start it, take its entries one by one, end it."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

from documents.ingest.archives.entry import Entry
from documents.ingest.archives.names import display_name, numbered
from documents.ingest.archives.wire import LONGEST, ArchiveOrder, Head, decode_head
from documents.ingest.context import OnProgress, nobody
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.limits import DEFAULT_LIMITS, Limits
from documents.ingest.process import Cell

MODULE = "documents.ingest.archives.child"
# A larger entry is kept in a temporary file.
IN_MEMORY = 1_000_000


def read_archive_in_cell(
    source: BinaryIO,
    *,
    limits: Limits = DEFAULT_LIMITS,
    start: int = 0,
    on_progress: OnProgress = nobody,
) -> Iterator[Entry]:
    """Yield the files of a ZIP or TAR (plain, gz, bz2, xz) from the entry `start` on.

    `source` is an open local file with a descriptor; it is read from its beginning, by a
    process of its own, and must not be used meanwhile. Memory stays flat however many entries
    there are, and nothing is written but a temporary file for a large entry. Asking for the
    next entry closes the `content` of the one before; closing the iterator ends the process.

    To go on where another worker stopped, pass its last `Entry.index` + 1 as `start`: a ZIP
    leaps there, a TAR is read up to there again. Meanwhile, as between entries, `on_progress`
    is called with the bytes of the archive that are read and its size, at most once a second:
    a place to extend a lease. An exception raised in it ends the reading.

    Directories and what systems leave behind (`__MACOSX/`, `.DS_Store`, `Thumbs.db`) are skipped.
    An entry that cannot be had comes with its `error`: `too_large` (more than
    `limits.file_bytes`, or packed tighter than `limits.archive_ratio`), `archive_encrypted`,
    `archive_unsupported` (a link, a device, an unknown compression), `nested_archive`, and
    `archive_broken` (damaged, where others may still be read).

    Raises ExtractionError after the good entries, saying how many these were:
    `unsupported_media_type` (no archive at all), `empty_file`, `archive_broken` (from here on; a
    ZIP that was cut off gives none), `too_large` (more than `limits.archive_entries`,
    `limits.archive_bytes` in all, or too tight a TAR),
    `parser_timeout`, `parser_out_of_memory` and `parser_crashed`. The time limits hold for each
    step, not for the archive, and the caller's own time between entries does not count.
    """
    order = ArchiveOrder(limits, start).encode()
    patience = limits.wall_seconds
    with Cell(
        (MODULE, order), source, patience=patience, stepwise=True, on_progress=on_progress
    ) as cell:
        reached, total = start, 0
        while (head := _head(cell, limits, reached)) is not None:
            assert head.index is not None
            reached, total = head.index + 1, total + head.size
            limits.require("archive_bytes", total)
            with SpooledTemporaryFile(IN_MEMORY) as content:
                yield _entry(cell, head, content)
            cell.renew()


def _head(cell: Cell, limits: Limits, reached: int) -> Head | None:
    """Return the next entry's head, None at the end; raises what the archive ends with."""
    line = cell.line(LONGEST)
    if not line:
        cell.require_success()
    head = decode_head(line, limits, reached)
    if head.index is not None:
        return head
    if head.error is not None:
        raise _so_far(head.error, reached)
    cell.require_success()
    return None


def _so_far(error: ExtractionError, reached: int) -> ExtractionError:
    """Return an archive's error that says how far the archive was read."""
    told = f" Entries read before that: {reached}." if reached else ""
    return ExtractionError(error.code, error.detail + told)


def _entry(cell: Cell, head: Head, content: SpooledTemporaryFile[bytes]) -> Entry:
    assert head.index is not None
    for piece in cell.pieces(head.size):
        content.write(piece)
    if content.tell() < head.size:
        cell.require_success()
        raise ExtractionError(ErrorCode.PARSER_CRASHED)
    content.seek(0)
    given = None if head.error else content
    name = numbered(display_name(head.name), head.copy)
    return Entry(head.index, name, head.name, head.size, given, head.error)
