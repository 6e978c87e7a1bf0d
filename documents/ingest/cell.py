"""The outside of a document's cell: give it the file, wait for its answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from documents.ingest.context import Boilerplate, OnProgress, nobody
from documents.ingest.extraction import Extraction
from documents.ingest.limits import DEFAULT_LIMITS, Limits
from documents.ingest.media_type import is_markdown_name
from documents.ingest.ocr.tesseract import Recognition, Tesseract
from documents.ingest.ocr.wire import PICTURE
from documents.ingest.process import Cell
from documents.ingest.wire import Order, decode_answer

MODULE = "documents.ingest.child"


def extract_in_cell(
    source: BinaryIO,
    *,
    file_name: str,
    limits: Limits = DEFAULT_LIMITS,
    boilerplate: Boilerplate = Boilerplate.KEEP,
    tesseract: Tesseract | None = None,
    on_progress: OnProgress = nobody,
) -> Extraction:
    """Extract an open local file, from where it stands, in a process of its own.

    With `tesseract`, text is recognised on pages that have none. `on_progress` is called about
    once a second with how much is done, of how much: pages, or nothing of nothing where that is
    not known. An exception raised in it ends the extraction.

    Raises ExtractionError with any of the codes, and OSError when no process can be started.
    """
    order = Order(limits, is_markdown_name(file_name), boilerplate)
    if tesseract is None:
        with _cell(order, source, on_progress) as cell:
            return _answer(cell, cell.line(limits.output_bytes), limits)
    recognition = Recognition(tesseract, limits)
    with _pipe() as (replies, reply):
        order = order._replace(recogniser=tesseract.name, replies=replies.fileno())
        with _cell(order, source, on_progress) as cell:
            replies.close()
            while (line := cell.line(limits.output_bytes)).startswith(PICTURE):
                cell.send(reply.fileno(), recognition.answer(line, cell))
            return _answer(cell, line, limits)


@contextmanager
def _pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Open the two ends of a pipe."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", 0) as reader, os.fdopen(writing, "wb", 0) as writer:
        yield reader, writer


def _cell(order: Order, source: BinaryIO, on_progress: OnProgress) -> Cell:
    return Cell(
        (MODULE, order.encode()),
        source,
        patience=order.limits.wall_seconds,
        on_progress=on_progress,
        descriptors=[] if order.replies is None else [order.replies],
    )


def _answer(cell: Cell, line: bytes, limits: Limits) -> Extraction:
    """Read what follows the answer's first line."""
    limits.require("output_bytes", len(line))
    answer = bytearray(line)
    for piece in cell.pieces(limits.output_bytes):
        answer += piece
        limits.require("output_bytes", len(answer))
    cell.require_success()
    return decode_answer(bytes(answer), limits)
