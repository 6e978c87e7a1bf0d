"""Start what gives annotations another label: merging two labels, splitting one, undoing that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from annotations import schema
from annotations.errors import InvalidLabel, LabelArchived, NotUndoable, RelabellingUnderWay
from annotations.jobs.relabelling import Action, matching, rewrite
from annotations.jobs.relabelling.conditions import OF_TEXT
from annotations.models import Kind, Label
from annotations.services.label_usage import Usage, usage_of
from documents.models import Job, JobKind, Project
from documents.services.jobs import start_job
from users.errors import InvalidMember
from users.models import User
from users.services.events import record

Where = dict[str, Any]


@transaction.atomic
def start_merge(*, actor: User, label: Label, into: UUID) -> Job:
    """Have workers give all that has a label another one, then archive it.

    Its children come below the other one, which also takes its place in what relations may join.
    Raises InvalidMember, LabelArchived, RelabellingUnderWay.
    """
    schema.hold(label.project_id)
    target = _other(actor, label, into)
    _require_levels(label, target)
    return _start(actor, Action.MERGE, label, target, {})


@transaction.atomic
def start_split(*, actor: User, label: Label, into: UUID, where: Where) -> Job:
    """Have workers give what has a label and meets conditions another one.

    Raises InvalidMember, LabelArchived, RelabellingUnderWay.
    """
    schema.hold(label.project_id)
    return _start(actor, Action.SPLIT, label, _other(actor, label, into), where)


def preview(*, actor: User, label: Label, into: UUID, where: Where | None = None) -> Usage:
    """Return what a merge, or a split, would concern; raises InvalidMember, LabelArchived."""
    _other(actor, label, into)
    return usage_of(label, _matching(label, where or {}))


@transaction.atomic
def start_undo(*, actor: User, job: Job) -> Job:
    """Have workers take back what a merge or a split did, where nothing was changed since.

    Raises NotUndoable, RelabellingUnderWay.
    """
    rows = Job.objects.select_for_update(of=("self",)).select_related("project")
    current: Job = rows.get(pk=job.pk)
    _require_undoable(current)
    schema.hold(current.project_id)
    _require_idle(current.project)
    undo = start_job(
        actor=actor,
        project=current.project,
        kind=JobKind.RELABELLING,
        parameters={"action": Action.UNDO, "job": str(current.pk)},
        total=current.done,
    )
    before = current.snapshot()
    current.parameters = current.parameters | {"undone_by": str(undo.pk)}
    current.save_new_version()
    record(
        actor=actor,
        action="job.undone",
        target=current,
        project_id=current.project_id,
        before=before,
    )
    return undo


def _start(actor: User, action: Action, label: Label, into: Label, where: Where) -> Job:
    _require_idle(label.project)
    told = {"where": where} if where else {}
    return start_job(
        actor=actor,
        project=label.project,
        kind=JobKind.RELABELLING,
        parameters={"action": action, "label": str(label.pk), "into": str(into.pk)} | told,
        total=_matching(label, where).count(),
    )


def _matching(label: Label, where: Where) -> QuerySet[Any]:
    """Return what a split is of; raises InvalidMember for a text that relations do not have."""
    unfit = OF_TEXT & where.keys() if label.kind == Kind.RELATION else set()
    for name in sorted(unfit):
        raise InvalidMember(f"/where/{name}", "no_text", "Relations have no quote.")
    return matching(label, where)


def _other(actor: User, label: Label, into: UUID) -> Label:
    """Return the label that the other one gives to; raises InvalidMember, LabelArchived."""
    labels = Label.objects.visible_to(actor).filter(project_id=label.project_id, kind=label.kind)
    found: Label | None = labels.filter(pk=into).exclude(pk=label.pk).first()
    if found is None:
        detail = "Expected another label of the same project and kind."
        raise InvalidMember("/into", "unknown_label", detail)
    if found.archived_at is not None:
        raise LabelArchived("Restore the one that is to be given first.")
    return found


def _require_levels(label: Label, into: Label) -> None:
    labels = {one.pk: one for one in Label.objects.filter(project_id=label.project_id)}
    rewrite(labels, label.pk, into.pk)
    try:
        schema.check_levels(labels, at={})
    except InvalidLabel as error:
        raise InvalidMember("/into", "too_deep", error.detail) from error


def _require_idle(project: Project) -> None:
    """Raise RelabellingUnderWay unless no such job is at work; the schema is held."""
    jobs = Job.objects.filter(project=project, kind=JobKind.RELABELLING)
    if jobs.unfinished().exists():
        raise RelabellingUnderWay("Wait for its end, or cancel it.")


def _require_undoable(job: Job) -> None:
    if job.kind != JobKind.RELABELLING or job.parameters.get("action") not in {
        Action.MERGE,
        Action.SPLIT,
    }:
        raise NotUndoable("Only merges and splits are undone.")
    if not job.has_ended:
        raise NotUndoable(f"Its state is {job.state}; cancel it first.")
    if "undone_by" in job.parameters:
        raise NotUndoable(f"The job {job.parameters['undone_by']} undoes it.")
