"""Open, submit, approve and return sets: the one place of their state machine."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from annotations.errors import InvalidTransition, NotYours, OwnWork, SetClosed
from annotations.models import AnnotationSet, SetKind, State
from config.api.concurrency import ANY_VERSION, Precondition
from documents.errors import DocumentNotReady
from documents.models import Document, Project
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


@transaction.atomic
def open_set(*, author: User, document: Document) -> AnnotationSet:
    """Return the author's own set on the document's text, made at the first call.

    An empty set that is submitted says: there is nothing here. Raises DocumentNotReady.
    """
    if document.revision_id is None:
        raise DocumentNotReady(f"Its status is {document.status}.")
    found, is_new = AnnotationSet.objects.get_or_create(
        revision_id=document.revision_id,
        author=author,
        kind=SetKind.ANNOTATOR,
        defaults={"project_id": document.project_id, "document": document},
    )
    if is_new:
        record(actor=author, action="set.opened", target=found, project_id=found.project_id)
    return found


def lock_for_writing(*, author: User, set_id: Any) -> AnnotationSet:
    """Return the author's set under lock, so that it stays editable; raises NotYours, SetClosed."""
    annotation_set = _locked(set_id, ANY_VERSION)
    if annotation_set.author_id != author.pk:
        raise NotYours(f"It belongs to {annotation_set.author}.")
    if annotation_set.state not in EDITABLE:
        raise SetClosed(f"It is {annotation_set.state}; have it returned to go on.")
    return annotation_set


@transaction.atomic
def submit(
    *, author: User, annotation_set: AnnotationSet, precondition: Precondition
) -> AnnotationSet:
    """Hand one's set in for review; raises NotYours, InvalidTransition, StaleVersion."""
    if annotation_set.author_id != author.pk:
        raise NotYours(f"It belongs to {annotation_set.author}.")
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
    return current


def _step(
    name: str,
    actor: User,
    annotation_set: AnnotationSet,
    precondition: Precondition,
    changes: dict[str, Any],
) -> AnnotationSet:
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
    current: AnnotationSet = (
        AnnotationSet.objects.select_for_update(of=("self",))
        .select_related("author", "reviewer", "revision")
        .defer("revision__text", "revision__layout")
        .get(pk=set_id)
    )
    precondition.check(current)
    return current
