"""Run an import by what it takes documents from, and report its end."""

from __future__ import annotations

import errno

from annotations.jobs.importing import archive, place, records
from annotations.jobs.importing.order import ImportOrder, Source
from annotations.jobs.importing.report import report
from documents.jobs import JobFailed, Turn

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_RUNS = {
    Source.RECORDS: records.run,
    Source.ARCHIVE: archive.run,
    Source.PLACE: place.run,
    Source.FOLDER: place.run,
}


def run_import(turn: Turn) -> None:
    """Give an import one turn; raises JobFailed, where the disk is full too.

    Tried again by itself it would fill what was made free; `retry` goes on where it stopped.
    """
    order = ImportOrder.from_parameters(turn.job.parameters)
    try:
        _RUNS[order.source](turn, order)
        report(turn, order)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        detail = "There is no room for more. Once the operator has made some, retry it."
        raise JobFailed("storage_full", detail) from error
