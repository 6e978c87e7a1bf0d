"""Files of records: rows read and mapped by the batch, from where the last step ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from django.conf import settings

from annotations.formats import postil
from annotations.formats.mapping import Mapper, RowDocument, RowRefused
from annotations.formats.rows import (
    Fields,
    Format,
    FormatError,
    Position,
    Row,
    RowError,
    RowLimits,
    read_rows,
)
from annotations.jobs.importing.batch import Batch, Prepared
from annotations.jobs.importing.describing import describe
from annotations.jobs.importing.order import ImportOrder
from annotations.jobs.importing.writing import write
from documents.intake import Ended, NewDocument
from documents.jobs import JobFailed, Turn
from documents.models import JobError

# A batch ends at whichever comes first: rows, bytes read, characters of text, seconds.
ROWS = settings.BULK_MAX_ITEMS
BYTES = 32_000_000
CHARACTERS = 4_000_000
SECONDS = 5.0
Make = Callable[[Fields], RowDocument]


def run(turn: Turn, order: ImportOrder) -> None:
    """Read the job's file from where the last step ended, batch by batch; raises JobFailed."""
    with turn.open_source() as source:
        reading = RecordReading(cast("BinaryIO", source), turn, order)
        for batch in reading.batches():
            with turn.step() as step:
                write(batch, order, step)
        if reading.failure:
            raise JobFailed(reading.failure.code, reading.failure.detail)


def row_limits() -> RowLimits:
    """Return what one row may be."""
    return RowLimits(row_bytes=settings.IMPORT_ROW_MAX_BYTES, depth=settings.JSON_MAX_DEPTH)


def maker(order: ImportOrder) -> Make:
    """Return what makes documents of the rows' fields."""
    assert order.shape
    assert order.mapping
    is_ours = order.shape.format is Format.POSTIL
    return postil.document if is_ours else Mapper(order.mapping).document


class RecordReading:
    """The rows of a file from a job's cursor on; `failure` is why the rest cannot be read."""

    def __init__(self, source: BinaryIO, turn: Turn, order: ImportOrder) -> None:
        assert order.shape
        self.failure: FormatError | None = None
        self._turn, self._make = turn, maker(order)
        begun = turn.job.cursor.get("position")
        self._begin = order.shape.start.offset
        self._position = Position(*begun) if begun else order.shape.start
        # One iterator for all batches: one that is made anew would end what it iterates over.
        self._rows = self._readable(read_rows(source, order.shape, self._position, row_limits()))

    def batches(self) -> Iterator[Batch]:
        """Yield the next rows, prepared, until there are no more."""
        while (batch := self._next()).done:
            describe(self._turn, batch.prepared)
            batch.cursor = {**self._turn.job.cursor, "position": list(self._position)}
            batch.total = self._total(batch)
            yield batch

    def _next(self) -> Batch:
        batch, characters, begun = Batch(), 0, self._position.offset
        ends = time.monotonic() + SECONDS
        for row in self._rows:
            self._position = row.end
            batch.done += 1
            characters += self._take(row, batch)
            is_full = batch.done == ROWS or characters > CHARACTERS
            if is_full or row.end.offset - begun > BYTES or time.monotonic() > ends:
                break
        return batch

    def _readable(self, rows: Iterator[Row]) -> Iterator[Row]:
        try:
            yield from rows
        except FormatError as error:
            self.failure = error

    def _take(self, row: Row, batch: Batch) -> int:
        """Prepare a row, or note what is wrong with it; return how long its text is."""
        errors = [row.error] if row.error else []
        try:
            given = self._make(row.fields) if row.fields is not None else None
        except RowRefused as refusal:
            given, errors = None, refusal.errors
        if given is None:
            batch.errors += [_error(row, error) for error in errors]
            batch.counts[Ended.REFUSED] += 1
            return 0
        batch.errors += [_error(row, each) for each in given.left_out]
        batch.counts["lost"] += len(given.left_out)
        item = NewDocument(
            text=given.text, media_type=given.media_type, properties=given.properties
        )
        batch.prepared.append(
            Prepared(item, given.annotations, line=row.line, relations=given.relations)
        )
        return len(given.text)

    def _total(self, batch: Batch) -> int:
        """Return how many rows there may be, by how far into the file those so far reach."""
        done, job = self._turn.job.done + batch.done, self._turn.job
        read = self._position.offset - self._begin
        return max(done, round(done * (job.source_size - self._begin) / max(read, 1)))


def _error(row: Row, error: RowError) -> JobError:
    return JobError(line=row.line, field=error.field, code=error.code, detail=error.detail)
