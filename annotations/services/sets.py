"""Open, submit, approve and return sets: the one place of their state machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from annotations.errors import InvalidAnnotation, InvalidTransition, NotYours, OwnWork, SetClosed
from annotations.models import AnnotationSet, ModelRun, SetKind, State
from annotations.services.notifications import tell_of_review
from annotations.services.present_text import (
    Held,
    hold_revision,
    hold_text,
    require_none_behind,
)
from config.api.concurrency import ANY_VERSION, Precondition
from documents.errors import DocumentNotReady
from documents.models import Document, Project
from documents.permissions import may, require
from users.compiled import Compiled, hole
from users.errors import InvalidMember
from users.models import User
from users.services.events import record

# From which states each step leads to which.
TRANSITIONS: dict[str, tuple[frozenset[State], State]] = {
    "submit": (frozenset({State.DRAFT, State.RETURNED}), State.SUBMITTED),
    "approve": (frozenset({State.SUBMITTED}), State.APPROVED),
    "return": (frozenset({State.SUBMITTED, State.APPROVED}), State.RETURNED),
}
EDITABLE = frozenset({State.DRAFT, State.RETURNED})
_EVENTS = {"submit": "set.submitted", "approve": "set.approved", "return": "set.returned"}


@dataclass(frozen=True)
class Writable:
    """A set under lock, which stays editable; in an `exclusive` one no two spans overlap."""

    annotation_set: AnnotationSet
    exclusive: bool


def may_write(user: User, annotation_set: AnnotationSet) -> bool:
    """Return whose word a set is: gold is all curators', any other its author's alone.

    An annotator's, a model's and an import's set belong to who opened it, ran it or imported it.
    """
    if annotation_set.kind == SetKind.GOLD:
        return may(user, "set.review", annotation_set.project_id)
    return annotation_set.author_id == user.pk


@transaction.atomic
def open_set(
    *,
    author: User,
    document: Document,
    kind: SetKind = SetKind.ANNOTATOR,
    run_id: UUID | None = None,
) -> AnnotationSet:
    """Return a set on the document's text, made at the first call.

    That is the author's own one, that of a model run of theirs, or as a curator the gold one, of
    which there is one. An empty set that is submitted says: there is nothing here. Raises
    DocumentNotReady, BeingReanchored, InvalidMember (no such run), NotYours (the run), and
    PermissionDenied for gold.
    """
    if kind == SetKind.GOLD:
        require(author, "set.review", document.project_id)
    model_run = None if run_id is None else _own_run(author, document, run_id)
    held = hold_text(document.pk)
    return _opened(author, document, held.revision_id, kind, model_run)


def _own_run(author: User, document: Document, run_id: UUID) -> ModelRun:
    runs = ModelRun.objects.visible_to(author).filter(project_id=document.project_id)
    found: ModelRun | None = runs.select_related("created_by").filter(pk=run_id).first()
    if found is None:
        raise InvalidMember("/model_run", "unknown", "Expected a run of this project.")
    if found.created_by_id != author.pk:
        raise NotYours(f"The run belongs to {found.created_by}.")
    return found


def _opened(
    author: User,
    document: Document,
    revision_id: UUID | None,
    kind: SetKind,
    model_run: ModelRun | None,
) -> AnnotationSet:
    if revision_id is None:
        raise DocumentNotReady(f"Its status is {document.status}.")
    keys: dict[SetKind, dict[str, Any]] = {
        SetKind.ANNOTATOR: {"author": author},
        SetKind.MODEL: {"model_run": model_run},
    }
    of_kind = keys.get(kind, {})
    made = {"project_id": document.project_id, "document": document, "author": author}
    found, is_new = AnnotationSet.objects.get_or_create(
        revision_id=revision_id, kind=kind, **of_kind, defaults=made
    )
    if is_new:
        record(actor=author, action="set.opened", target=found, project_id=found.project_id)
    return found


def hold_for_writing(*, author: User, document: Document, set_id: UUID | None) -> Writable:
    """Return a set of the document under lock: the given one, or the author's own, maybe opened.

    Raises InvalidAnnotation (no such set), NotYours, SetClosed, DocumentNotReady, BeingReanchored.
    """
    held = hold_revision(document.pk)
    found = None if set_id else _OWN.first(author=author.pk, revision=held.revision_id)
    if found is None:
        require_none_behind(document.pk, held)
        found = _given(author, document, set_id) if set_id else _new(author, document, held)
    return Writable(_editable(author, found), not held.allows_overlap)


def _given(author: User, document: Document, set_id: UUID) -> AnnotationSet:
    visible = AnnotationSet.objects.visible_to(author).filter(document_id=document.pk)
    found = _rows().filter(pk__in=visible.filter(pk=set_id)).first()
    if found is None:
        raise InvalidAnnotation("annotation_set", "unknown_set", "The document has no such set.")
    return found


def _new(author: User, document: Document, held: Held) -> AnnotationSet:
    opened = _opened(author, document, held.revision_id, SetKind.ANNOTATOR, None)
    return _rows().get(pk=opened.pk)


def lock_for_writing(*, author: User, set_id: UUID, document_id: UUID) -> Writable:
    """Return a set of the author's under lock, so that it stays editable.

    Raises NotYours, SetClosed, BeingReanchored.
    """
    found = lock_set(set_id=set_id, document_id=document_id)
    return Writable(_editable(author, found.annotation_set), found.exclusive)


def _editable(author: User, annotation_set: AnnotationSet) -> AnnotationSet:
    _require_own(author, annotation_set)
    if annotation_set.state not in EDITABLE:
        raise SetClosed(f"It is {annotation_set.state}; have it returned to go on.")
    return annotation_set


def _require_own(author: User, annotation_set: AnnotationSet) -> None:
    if not may_write(author, annotation_set):
        is_gold = annotation_set.kind == SetKind.GOLD
        raise NotYours(f"It belongs to {'the curators' if is_gold else annotation_set.author}.")


def lock_set(*, set_id: UUID, document_id: UUID) -> Writable:
    """Return a set under lock, on the document's present text; raises BeingReanchored."""
    held = hold_text(document_id)
    return Writable(_locked(set_id, ANY_VERSION), not held.allows_overlap)


@transaction.atomic
def submit(
    *, author: User, annotation_set: AnnotationSet, precondition: Precondition
) -> AnnotationSet:
    """Hand one's set in for review; raises NotYours, InvalidTransition, StaleVersion."""
    _require_own(author, annotation_set)
    return _step("submit", author, annotation_set, precondition, {"reason": ""})


@transaction.atomic
def approve(
    *, reviewer: User, annotation_set: AnnotationSet, precondition: Precondition
) -> AnnotationSet:
    """Accept a submitted set; raises InvalidTransition, StaleVersion, OwnWork."""
    changes = {"reviewer": reviewer, "reason": ""}
    return _review("approve", annotation_set, precondition, changes)


@transaction.atomic
def return_for_work(
    *, reviewer: User, annotation_set: AnnotationSet, precondition: Precondition, reason: str
) -> AnnotationSet:
    """Give a set back to its author with the reason.

    Raises InvalidTransition, StaleVersion, OwnWork.
    """
    changes = {"reviewer": reviewer, "reason": reason}
    return _review("return", annotation_set, precondition, changes)


def _review(
    name: str, annotation_set: AnnotationSet, precondition: Precondition, changes: dict[str, Any]
) -> AnnotationSet:
    """Take one of the steps of a reviewer, who is another than the author under four eyes."""
    reviewer: User = changes["reviewer"]
    current = _step(name, reviewer, annotation_set, precondition, changes)
    if current.author_id == reviewer.pk:
        # Under lock, so that a review and a change of the project come one after the other.
        projects = Project.objects.select_for_update(no_key=True)
        if projects.get(pk=current.project_id).four_eyes:
            raise OwnWork("Somebody else must review it.")
    tell_of_review(reviewer, name, current)
    return current


def _step(
    name: str,
    actor: User,
    annotation_set: AnnotationSet,
    precondition: Precondition,
    changes: dict[str, Any],
) -> AnnotationSet:
    hold_text(annotation_set.document_id)
    current = _locked(annotation_set.pk, precondition)
    sources, target = TRANSITIONS[name]
    if current.state not in sources:
        expected = " or ".join(sorted(sources))
        raise InvalidTransition(f"To {name} it must be {expected}; it is {current.state}.")
    before = current.snapshot()
    stamp = "submitted_at" if name == "submit" else "reviewed_at"
    # Taken under the lock: what was written before the step is older than the step.
    for field, value in {**changes, "state": target, stamp: timezone.now()}.items():
        setattr(current, field, value)
    current.save_new_version()
    record(
        actor=actor,
        action=_EVENTS[name],
        target=current,
        project_id=current.project_id,
        before=before,
    )
    return current


def _locked(set_id: Any, precondition: Precondition) -> AnnotationSet:
    current = _rows().get(pk=set_id)
    precondition.check(current)
    return current


def _rows() -> QuerySet[AnnotationSet]:
    """Return sets as they are locked: with what is shown of them, without their texts."""
    rows: QuerySet[AnnotationSet] = AnnotationSet.objects.select_for_update(of=("self",))
    related = rows.select_related("author", "reviewer", "revision")
    return related.defer("revision__text", "revision__layout")


def _own() -> QuerySet[AnnotationSet]:
    """Return somebody's own set of a text, as it is locked to be written in: with its text.

    None while a set of the document is behind.
    """
    rows: QuerySet[AnnotationSet] = AnnotationSet.objects.select_for_update(of=("self",))
    of_document = AnnotationSet.objects.filter(document_id=OuterRef("document_id"))
    own = rows.filter(
        ~Exists(of_document.exclude(revision_id=hole("revision"))),
        kind=SetKind.ANNOTATOR,
        author_id=hole("author"),
        revision_id=hole("revision"),
    )
    return own.select_related("author", "reviewer", "revision").defer("revision__layout")


_OWN = Compiled(_own)
