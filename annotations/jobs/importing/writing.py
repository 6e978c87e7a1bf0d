"""Write a batch in a step: documents, labels, sets, errors, and where the next batch begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from annotations.jobs.importing.batch import Batch, Prepared
from annotations.jobs.importing.foresight import Foresight
from annotations.jobs.importing.labels import Labels
from annotations.jobs.importing.order import ImportOrder
from annotations.jobs.importing.sets import Sets
from documents.errors import QuotaExceeded
from documents.intake import Ended, Outcome, foresee, take_in
from documents.jobs import JobFailed, Step
from documents.models import Job, JobError

# Of what is refused, and of what is left as it is, the labels are not taken.
LABELLED = frozenset({Ended.CREATED, Ended.UPDATED, Ended.UNCHANGED, Ended.REVISED})
_FIELDS = {"external_id_taken": "external_id", "duplicate_document": "text"}
Pair = tuple[Prepared, Outcome]


def write(batch: Batch, order: ImportOrder, step: Step) -> list[Pair]:
    """Take a batch in, and note in the step how its items ended; return these with their ends.

    A dry run notes what would be, and writes nothing else. Raises JobFailed where the project
    may not keep as much.
    """
    job = step.job
    labels = Labels(job, order, batch.prepared)
    fit, errors = labels.refuse(batch.prepared)
    pairs = list(zip(fit, _outcomes(fit, order, job), strict=True))
    counts = batch.counts + Counter(ended.ended.value for _, ended in pairs)
    counts[Ended.REFUSED] += len(errors)
    errors += [_refusal(prepared, ended) for prepared, ended in pairs if ended.problem]
    labelled = [
        (prepared, outcome.ended, outcome.document)
        for prepared, outcome in pairs
        if outcome.document and outcome.ended in LABELLED
    ]
    if order.dry_run:
        foresight = Foresight(job, labels, pairs)
        counts["annotations"] = sum(len(prepared.annotations) for prepared, *_ in labelled)
        batch.cursor |= foresight.as_cursor()
    else:
        counts["labels"] = labels.create()
        sets = Sets(job, labels, labelled)
        counts["annotations"] = sets.write()
        errors += sets.errors
    step.advance(
        cursor=batch.cursor,
        done=batch.done,
        total=batch.total,
        counts={str(name): number for name, number in counts.items()},
        errors=_in_order([*batch.errors, *errors]),
    )
    return pairs


def _outcomes(prepared: list[Prepared], order: ImportOrder, job: Job) -> list[Outcome]:
    items = [each.item for each in prepared]
    if order.dry_run:
        return foresee(project=job.project, items=items, known=order.policy)
    try:
        return take_in(actor=job.created_by, project=job.project, items=items, known=order.policy)
    except QuotaExceeded as problem:
        raise JobFailed(problem.code, problem.detail) from problem


def _refusal(prepared: Prepared, ended: Outcome) -> JobError:
    assert ended.problem
    field = _FIELDS.get(ended.problem.code, "")
    return prepared.error(field, ended.problem.code, ended.problem.detail)


def _in_order(errors: Iterable[JobError]) -> list[JobError]:
    return sorted(errors, key=lambda error: error.line or 0)
