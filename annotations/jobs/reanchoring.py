"""Move what was said of documents to their new texts: each document wholly or not at all.

A document that gets another text gets a job in the same transaction, and until that is done
nothing is said of it (services.present_text). The lock of the job's row stands between those who
give a document a text and the worker: whoever gives one takes the job out of the worker's hands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice, tee
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from annotations.anchoring import reanchor
from annotations.jobs.moving import (
    MOVED,
    Moving,
    Outdated,
    Plan,
    Seen,
    anchors_of,
    files_before,
    in_order,
)
from annotations.models import Annotation, AnnotationSet
from documents.jobs import Turn
from documents.models import Document, Job, JobKind, JobState, Project, Revision
from users.copying import change_rows
from users.services.events import record_many

AT_ONCE = 1_000


def start(ids: Collection[UUID]) -> None:
    """Have workers move what was said of documents that get another text in this transaction.

    Their rows are under lock. A job that is under way begins anew, for whatever it has at hand
    is out of date; one that is at its end is past that once its row's lock is ours.
    """
    said = AnnotationSet.objects.filter(document_id__in=ids).values("document_id")
    documents = list(Document.objects.filter(pk__in=said).order_by("pk"))
    jobs = Job.objects.unfinished().filter(kind=JobKind.REANCHORING, document__in=documents)
    under_way = {job.document_id: job.pk for job in jobs.select_for_update().order_by("pk")}
    Job.objects.filter(pk__in=under_way.values()).update(
        state=JobState.PENDING,
        lease_id=None,
        lease_expires_at=None,
        announced_at=None,
        attempts=0,
        version=F("version") + 1,
        updated_at=timezone.now(),
    )
    _add([document for document in documents if document.pk not in under_way])


def _add(documents: list[Document]) -> None:
    jobs = [
        Job(project_id=one.project_id, document=one, kind=JobKind.REANCHORING) for one in documents
    ]
    Job.objects.bulk_create(jobs)
    for project_id in {one.project_id for one in jobs}:
        told = [(one, None) for one in jobs if one.project_id == project_id]
        record_many(actor=None, action="job.created", targets=told, project_id=project_id)


def run(turn: Turn) -> None:
    """Move all that is said of the job's document to its present text; twice does no harm."""
    while plan := _plan(turn):
        with suppress(Outdated), turn.step() as step:
            counts = _carry_out(plan)
            done = sum(counts.values())
            step.advance(done=done, total=step.job.done + done, counts=counts)


def _plan(turn: Turn) -> Plan | None:
    """Seek the places outside of a transaction; None where nothing is left to be moved."""
    document = turn.job.document
    assert document is not None, "such a job is made for a document"
    if not AnnotationSet.objects.behind().filter(document=document).exists():
        return None
    document.refresh_from_db(fields=["revision"])
    assert document.revision is not None, "what was said was said of a text"
    plan = Plan(document.revision)
    rows = _behind(plan)
    for former in rows.order_by("revision_id").values_list("revision_id", flat=True).distinct():
        text = Revision.objects.values_list("text", flat=True).get(pk=former)
        _seek(turn, plan, rows.filter(revision_id=former), text)
    return plan


def _behind(plan: Plan) -> QuerySet[Annotation]:
    """Return what was said of other texts of the document, deleted and lost annotations too."""
    rows: QuerySet[Annotation] = Annotation.objects.filter(document_id=plan.revision.document_id)
    return rows.exclude(revision_id=plan.revision.pk)


def _seek(turn: Turn, plan: Plan, rows: QuerySet[Annotation], text: str) -> None:
    whole = rows.filter(start=None).values_list("pk", "version")
    plan.places |= {pk: Seen(version, None) for pk, version in whole}
    spans, again = tee(_spans(turn, rows))
    anchors = (one for span in again for one in anchors_of(span, text))
    found = reanchor(text, plan.revision.text, anchors)
    for one in spans:
        parts = list(islice(found, len(one.fragments or [None])))
        plan.places[one.pk] = Seen(one.version, in_order(parts))


def _spans(turn: Turn, rows: QuerySet[Annotation]) -> Iterator[Annotation]:
    """Yield the annotations on spans in batches, with the job's lease renewed for each."""
    spans = rows.exclude(start=None).order_by("pk")
    batch = list(spans[:AT_ONCE])
    while batch:
        turn.keep()
        yield from batch
        batch = list(spans.filter(pk__gt=batch[-1].pk)[:AT_ONCE])


def _carry_out(plan: Plan) -> Counter[str]:
    """Move sets and annotations in the transaction at hand; return how they were found."""
    revision = plan.revision
    allows_overlap = Project.objects.hold_overlap(revision.project_id)
    sets = AnnotationSet.objects.filter(document_id=revision.document_id)
    behind = sets.exclude(revision=revision).select_for_update().order_by("-pk")
    imports = sets.filter(revision=revision).exclude(job=None).values_list("job_id", flat=True)
    _move_sets(revision, list(behind), set(imports))
    counts: Counter[str] = Counter()
    move = Moving(plan, files_before(revision), allows_overlap)
    rows = _behind(plan).select_for_update(of=("self",)).select_related("revision")
    rows = rows.defer("revision__text", "revision__layout").order_by("pk")
    _check_overlaps("DEFERRED")  # many move at once, past the old places of the others
    batch = list(rows[:AT_ONCE])
    while batch:
        counts.update(move.way(one) for one in batch)
        _write(move, [one for one in batch if not move.stays_lost(one)])
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:AT_ONCE])
    _check_overlaps("IMMEDIATE")
    return counts


def _check_overlaps(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS annotation_exclusive_do_not_overlap {when}")


def _move_sets(revision: Revision, sets: list[AnnotationSet], imports: set[UUID | None]) -> None:
    """Move sets, the newest first; of several by one import of several texts that one is its set.

    `imports` are the jobs that have a set on the new text already: a job has one on a text.
    """
    before = [one.snapshot() for one in sets]
    for one in sets:
        one.job_id = None if one.job_id in imports else one.job_id
        imports.add(one.job_id)
        one.revision = revision
        one.version += 1
        one.updated_at = timezone.now()
    change_rows(sets, ("revision_id", "job_id", "version", "updated_at"))
    told = zip(sets, before, strict=True)
    record_many(actor=None, action="set.reanchored", targets=told, project_id=revision.project_id)


def _write(move: Moving, batch: list[Annotation]) -> None:
    before = [one.snapshot() for one in batch]
    for one in batch:
        move(one)
    change_rows(batch, MOVED)
    told = zip(batch, before, strict=True)
    record_many(
        actor=None,
        action="annotation.reanchored",
        targets=told,
        project_id=move.plan.revision.project_id,
    )
