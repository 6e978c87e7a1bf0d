"""The turns of a job that groups a project's near-duplicates."""

from __future__ import annotations

import tempfile
from typing import Any

from django.core.files.base import File
from django.db import transaction

from documents.fingerprints import METHOD
from documents.jobs.near_duplicates.alike import alike_stored
from documents.jobs.near_duplicates.groups import put_together
from documents.jobs.near_duplicates.reading import (
    entries,
    make_fingerprints,
    with_text,
    within_bounds,
    write_fingerprints,
)
from documents.jobs.near_duplicates.report import write_groups
from documents.jobs.turn import Turn
from documents.models import Fingerprint, GroupMember

READ_AT_ONCE = 500
COMPARED_AT_ONCE = 100


def run(turn: Turn) -> None:
    """Read, compare and report; each document counts twice, for it is read and compared.

    The cursor is {"phase", "until": the last document, "after": the one that was done last}, so
    that what comes in meanwhile is left for another job.
    """
    if not turn.job.cursor:
        _begin(turn)
    phases = {"read": _read, "compare": _compare, "report": _report}
    while (phase := turn.job.cursor["phase"]) in phases:
        phases[phase](turn)


def _begin(turn: Turn) -> None:
    documents = with_text(turn.job.project_id)
    last = documents.order_by("-pk").values_list("pk", flat=True).first()
    phase = "read" if last else "report"
    with turn.step() as step:
        step.advance(cursor={"phase": phase, "until": str(last)}, total=2 * documents.count())


def _read(turn: Turn) -> None:
    """Make the fingerprints that are missing."""
    rows = _next(turn, with_text(turn.job.project_id), "pk")
    page = within_bounds(entries(rows.order_by("pk")[:READ_AT_ONCE]))
    made = make_fingerprints(turn.job.project_id, page)
    with turn.step() as step:
        write_fingerprints(made)
        _go_on(turn, step, [entry.document_id for entry in page], following="compare")
        step.advance(counts={"fingerprints": len(made)})


def _compare(turn: Turn) -> None:
    """Compare each text with the ones of earlier documents."""
    stored = Fingerprint.objects.filter(
        project_id=turn.job.project_id, method=METHOD, document__deleted_at=None
    )
    rows = _next(turn, stored, "document_id")
    page = list(rows.order_by("document_id")[:COMPARED_AT_ONCE])
    threshold = turn.job.parameters["threshold"]
    with transaction.atomic():  # one for the page
        pairs = [
            (fingerprint.document_id, alike.document_id)
            for fingerprint in page
            for alike in alike_stored(fingerprint, threshold, earlier=True)
        ]
    with turn.step() as step:
        put_together(step.job, pairs)
        _go_on(turn, step, [one.document_id for one in page], following="report")


def _report(turn: Turn) -> None:
    with tempfile.TemporaryFile() as file:
        counts = write_groups(turn.job, file, turn.keep)
        file.seek(0)
        turn.keep_result(File(file), "near-duplicates.jsonl")
    with turn.step() as step:
        GroupMember.objects.filter(job=step.job).delete()
        step.advance(cursor={"phase": "done"}, counts=counts)


def _next(turn: Turn, rows: Any, column: str) -> Any:
    """Return the rows that are still to do."""
    cursor = turn.job.cursor
    after = {f"{column}__gt": cursor["after"]} if "after" in cursor else {}
    return rows.filter(**{f"{column}__lte": cursor["until"]}, **after)


def _go_on(turn: Turn, step: Any, done: list[Any], *, following: str) -> None:
    """Note a page as done; an empty one ends the phase."""
    cursor = turn.job.cursor
    if done:
        step.advance(cursor=cursor | {"after": str(done[-1])}, done=len(done))
    else:
        step.advance(cursor={"phase": following, "until": cursor["until"]})
