"""What an import leaves for whoever started it: its errors, or what a dry run foresees."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from typing import IO, Any, BinaryIO, cast

import orjson
from django.core.files.base import File

from annotations.formats import jsonl
from annotations.formats.mapping import RowAnnotation, RowDocument, RowRefused
from annotations.formats.rows import FormatError, read_rows
from annotations.jobs.importing.order import ImportOrder
from annotations.jobs.importing.records import maker, row_limits
from documents.ingest.extraction import storable
from documents.jobs import Turn
from documents.models import JobError

ERRORS, PREVIEW = "errors.jsonl", "preview.json"
SAMPLE = 5
LOOKED_AT = 100
CHARACTERS = 1_000
TOLD = 100
_MEMBERS = ("line", "entry", "field", "code", "detail")


def report(turn: Turn, order: ImportOrder) -> None:
    """Make the job's result, and its total exact."""
    if turn.job.total != turn.job.done:
        with turn.step() as step:
            step.advance(total=step.job.done)
    with tempfile.TemporaryFile() as file:
        if order.dry_run:
            file.write(orjson.dumps(_preview(turn, order), option=orjson.OPT_INDENT_2))
            _keep(turn, file, PREVIEW)
        elif turn.job.errors.exists():
            file.writelines(jsonl.write(_errors(turn)))
            _keep(turn, file, ERRORS)


def _keep(turn: Turn, file: IO[bytes], name: str) -> None:
    file.seek(0)
    turn.keep_result(File(file), name)


def _errors(turn: Turn) -> Iterator[dict[str, Any]]:
    rows = JobError.objects.filter(job=turn.job).order_by("id")
    for row in rows.values(*_MEMBERS).iterator():
        yield dict(row)


def _preview(turn: Turn, order: ImportOrder) -> dict[str, Any]:
    foresight = turn.job.cursor.get("foresight", {})
    return {
        "counts": turn.job.counts,
        **{name: turn.job.parameters.get(name) for name in ("shape", "mapping")},
        "labels_to_create": [
            {"kind": kind, "name": name} for kind, name in foresight.get("labels", ())
        ],
        "sample": list(islice(_sample(turn, order), SAMPLE)) if order.shape else [],
        "errors": list(islice(_errors(turn), TOLD)),
    }


def _sample(turn: Turn, order: ImportOrder) -> Iterator[dict[str, Any]]:
    """Yield the first good rows as they are understood."""
    assert order.shape
    make = maker(order)
    with turn.open_source() as source, suppress(FormatError):
        rows = read_rows(cast("BinaryIO", source), order.shape, None, row_limits())
        for row in islice(rows, LOOKED_AT):
            with suppress(RowRefused):
                if row.fields is not None:
                    yield {"line": row.line, **_document(make(row.fields))}


def _document(given: RowDocument) -> dict[str, Any]:
    return {
        "document": {"text": storable(given.text[:CHARACTERS])[0], **given.properties},
        "annotations": [_annotation(one) for one in given.annotations],
    }


def _annotation(said: RowAnnotation) -> dict[str, Any]:
    place = said.anchor
    span: dict[str, Any] = {}
    if place:
        span = {"start": place.start, "end": place.end, "quote": place.quote}
    if said.boxes:
        span["boxes"] = [asdict(box) for box in said.boxes]
    return {"label": said.label, **span}
