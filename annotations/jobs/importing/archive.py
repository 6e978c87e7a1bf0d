"""Archives: each entry becomes a document with a stored file, processed as uploads are."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, cast

from annotations.jobs.importing.files import Files, known_files
from annotations.jobs.importing.order import ImportOrder
from annotations.jobs.importing.renewing import Renewing
from annotations.jobs.importing.shelf import Shelf
from documents.ingest import ExtractionError
from documents.ingest.archives import Entry, read_archive_in_cell
from documents.jobs import JobFailed, Turn
from documents.limits import parser_limits

Cursor = Callable[[int], dict[str, Any]]


def run(turn: Turn, order: ImportOrder) -> None:
    """Take in the entries of the job's file from where the last step ended; raises JobFailed."""
    with turn.open_source() as source, _local(source, turn) as copy, Shelf(turn) as shelf:
        entries = Entries(turn, Files(turn, order, shelf), lambda index: {"index": index})
        failure = entries.take(copy, start=turn.job.cursor.get("index", 0))
    if failure:
        raise JobFailed(failure.code, failure.detail)


@contextmanager
def _local(source: IO[bytes], turn: Turn) -> Iterator[BinaryIO]:
    """Yield a file that a process can be given: the source itself, or a copy without a name."""
    try:
        source.fileno()
    except io.UnsupportedOperation:
        with tempfile.TemporaryFile() as copy:
            Renewing(turn).copy(source, copy)
            yield cast("BinaryIO", copy)
    else:
        yield cast("BinaryIO", source)


class Entries:
    """Takes the entries of an archive; `cursor` says how the job notes which one is next.

    `found` is how many entries there were to take.
    """

    def __init__(self, turn: Turn, files: Files, cursor: Cursor, prefix: str = "") -> None:
        self._turn, self._files = turn, files
        self._cursor, self._prefix = cursor, prefix
        self.found = 0

    def take(self, source: BinaryIO, *, start: int) -> ExtractionError | None:
        """Take in the entries from `start` on; return why the rest of them cannot be read."""
        reached, failure = start, None
        entries = read_archive_in_cell(
            source, limits=parser_limits(), start=start, on_progress=Renewing(self._turn)
        )
        try:
            for entry in entries:
                self._take(entry)
                self.found += 1
                reached = entry.index + 1
                if self._files.is_full:
                    self._files.write(self._cursor(reached))
        except ExtractionError as error:
            failure = error
        finally:
            entries.close()  # type: ignore[attr-defined] # it is a generator: this ends the cell
        if not self._files.is_empty:
            self._files.write(self._cursor(reached))
        return failure

    def _take(self, entry: Entry) -> None:
        path = self._prefix + entry.name
        if entry.content is None:
            assert entry.error
            self._files.refuse(path, entry.error.code, entry.error.detail)
            return
        known = known_files(self._turn, [path]).get(path)
        if known is None or not self._files.leave(path, known):
            self._files.take(path, entry.content, entry.size, known)
