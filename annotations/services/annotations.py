"""Write annotations: each verified against the text, each with its event, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations.errors import InvalidAnnotation, LabelAlreadyGiven
from annotations.models import Anchoring, Annotation
from annotations.services import overlap
from annotations.services.builder import builder_for
from annotations.services.joining import require_joins
from annotations.services.relations import delete_with, restore_with
from annotations.services.sets import Writable, hold_for_writing, lock_for_writing, lock_set
from annotations.services.targets import NOWHERE, REGION, SPAN, Fields, Ground
from annotations.services.versions import earlier, is_elsewhere, require_place
from config.api.concurrency import ANY_VERSION, Precondition
from documents.models import Document
from documents.offsets import OffsetUnit
from users.compiled import insert
from users.models import User
from users.services.events import record

CHANGED = (
    "label",
    "schema_version_id",
    "exclusive",
    *NOWHERE,
    "attributes",
    "body",
    "confidence",
)
# What moves an annotation to another place, and what a curator gives to one that was lost.
MOVES = frozenset({"start", "end", "fragments", "boxes"})
PLACE = frozenset({*SPAN, *REGION})
# What is held against the schema as it is now.
JUDGED = frozenset({"label", "attributes"})


@transaction.atomic
def create_annotation(
    *,
    author: User,
    document: Document,
    fields: Fields,
    unit: OffsetUnit,
    set_id: UUID | None = None,
) -> Annotation:
    """Add an annotation to a set of the author's on the document; without one named, to their own.

    Raises InvalidAnnotation, LabelAlreadyGiven, Overlaps, NotYours, SetClosed, DocumentNotReady,
    BeingReanchored.
    """
    writable = hold_for_writing(author=author, document=document, set_id=set_id)
    annotation = builder_for(writable, author, unit, [fields]).build(fields)
    add_annotation(annotation)
    record(
        actor=author,
        action="annotation.created",
        target=annotation,
        project_id=annotation.project_id,
    )
    return annotation


@transaction.atomic
def update_annotation(
    *,
    author: User,
    annotation: Annotation,
    precondition: Precondition,
    changes: Fields,
    unit: OffsetUnit,
    is_curator: bool = False,
) -> Annotation:
    """Change an annotation of one's own, or as a curator place what was lost.

    What was found anew and is given a place by somebody is `placed` from then on. What stays where
    it is may go on overlapping with what a new text has moved there. Raises as create_annotation,
    and StaleVersion.
    """
    moves = not MOVES.isdisjoint(changes)
    places = is_curator and moves and changes.keys() <= PLACE
    writable = _hold_set(author, annotation, is_curator=places)
    current = _locked(annotation, precondition)
    current.annotation_set = writable.annotation_set
    before, fields = current.snapshot(), _as_fields(current, changes)
    builder = builder_for(writable, author, unit, [fields], keeps={current.label_id})
    if not moves:
        builder = replace(builder, ground=_own_ground(current), exclusive=current.exclusive)
    if JUDGED.isdisjoint(changes):  # the schema may have changed since; that is not asked now
        version = current.schema_version_id
        builder = replace(builder, keeps_attributes=True, schema_version_id=version)
    built = builder.build(fields)
    if built.label_id != current.label_id:
        require_joins(current, built.label)
    if moves:
        place_anew(current)
    for name in CHANGED:
        setattr(current, name, getattr(built, name))
    return _saved(author, "annotation.updated", current, before)


@transaction.atomic
def delete_annotation(
    *, author: User, annotation: Annotation, precondition: Precondition, is_curator: bool = False
) -> None:
    """Delete an annotation of one's own, or as a curator what was lost, with its relations.

    They can be restored. Raises StaleVersion, NotYours, SetClosed, BeingReanchored.
    """
    _hold_set(author, annotation, is_curator=is_curator)
    current = _locked(annotation, precondition)
    before = current.snapshot()
    current.deleted_at = timezone.now()
    _saved(author, "annotation.deleted", current, before)
    delete_with(author, current)


@transaction.atomic
def restore_annotation(
    *,
    author: User,
    annotation: Annotation,
    precondition: Precondition = ANY_VERSION,
    version: int | None = None,
    is_curator: bool = False,
) -> Annotation:
    """Bring a deleted annotation back, with the relations that went with it.

    Where a `version` is given, what it said then comes back with it, or to one that is there: held
    against text and labels as any change, and as a new version. Raises as update_annotation, and
    UnknownVersion, OtherText.
    """
    writable = _hold_set(author, annotation, is_curator=is_curator and version is None)
    current = _locked(annotation, precondition)
    before, gone_at = current.snapshot(), current.deleted_at
    if version is not None:
        _say_again(author, current, earlier(current, version), writable)
    current.deleted_at = None
    if current.snapshot() == before:  # it says so already, or a simultaneous request was first
        return current
    action = "annotation.restored" if gone_at else "annotation.updated"
    restored = _saved(author, action, current, before)
    if gone_at:
        restore_with(author, restored, gone_at)
    return restored


def _say_again(author: User, current: Annotation, was: Annotation, writable: Writable) -> None:
    """Have an annotation say what it was, unsaved; raises InvalidAnnotation, OtherText."""
    current.annotation_set = writable.annotation_set
    fields, keeps = _as_fields(was, {}), {current.label_id}
    builder = builder_for(writable, author, OffsetUnit.CODE_POINTS, [fields], keeps)
    moves = is_elsewhere(was, current)
    if moves:
        require_place(was, writable.annotation_set.revision)
    else:
        builder = replace(builder, ground=_own_ground(current), exclusive=current.exclusive)
    if (was.label_id, was.attributes) == (current.label_id, current.attributes):
        version = current.schema_version_id
        builder = replace(builder, keeps_attributes=True, schema_version_id=version)
    built = builder.build(fields)
    if built.label_id != current.label_id:
        require_joins(current, built.label)
    if moves:
        _place_again(current, was)
    for name in CHANGED:
        setattr(current, name, getattr(built, name))


def _hold_set(author: User, annotation: Annotation, *, is_curator: bool) -> Writable:
    """Hold the annotation's set: one of the author's that is open, or any of what is lost."""
    ids = {"set_id": annotation.annotation_set_id, "document_id": annotation.document_id}
    if is_curator and annotation.anchoring == Anchoring.LOST:
        held = lock_set(**ids)
        # Asked under lock: whoever places it first has found it.
        if Annotation.objects.filter(pk=annotation.pk, anchoring=Anchoring.LOST).exists():
            return held
    return lock_for_writing(author=author, **ids)


def _own_ground(annotation: Annotation) -> Ground:
    """Return what the offsets count by: what is lost has another text than its set."""
    of_set = annotation.annotation_set.revision
    is_of_set = annotation.revision_id == of_set.pk
    return Ground(of_set if is_of_set else annotation.revision, OffsetUnit.CODE_POINTS)


def place_anew(annotation: Annotation) -> None:
    """Have somebody's word for the place that an annotation is given in its set's text."""
    annotation.revision = annotation.annotation_set.revision
    annotation.anchor_confidence = None
    if annotation.anchoring != Anchoring.WRITTEN:
        annotation.anchoring = Anchoring.PLACED


def _place_again(annotation: Annotation, was: Annotation) -> None:
    """Have an annotation in the place where it was, as sure as it was in the same text."""
    place_anew(annotation)
    if was.revision_id == annotation.revision_id:
        annotation.anchoring, annotation.anchor_confidence = was.anchoring, was.anchor_confidence


def _as_fields(current: Annotation, changes: Fields) -> Fields:
    """Return the annotation with the changes; what is moved is quoted anew unless told."""
    said = {
        "label": current.label_id,
        "attributes": current.attributes,
        "body": current.body,
        "confidence": current.confidence,
    }
    if MOVES.isdisjoint(changes):
        return said | _whereabouts(current) | changes
    for member, other in (("start", "end"), ("end", "start")):
        if member in changes and other not in changes:
            raise InvalidAnnotation(other, "required", "Move a span by start and end together.")
    return said | changes


def _whereabouts(current: Annotation) -> Fields:
    """Return where an annotation is, as a client would send it in code points."""
    spans = current.fragments and [{"start": one[0], "end": one[1]} for one in current.fragments]
    return {
        "start": current.start,
        "end": current.end,
        "fragments": spans,
        "quote": current.quote or None,
        "boxes": current.boxes,
    }


def _locked(annotation: Annotation, precondition: Precondition) -> Annotation:
    rows = Annotation.objects.select_for_update(of=("self",)).select_related("label")
    current: Annotation = rows.get(pk=annotation.pk)
    precondition.check(current)
    return current


def _saved(author: User, action: str, annotation: Annotation, before: Fields) -> Annotation:
    annotation.version += 1
    save_annotation(annotation)
    record(
        actor=author,
        action=action,
        target=annotation,
        project_id=annotation.project_id,
        before=before,
    )
    return annotation


def add_annotation(annotation: Annotation) -> None:
    """Insert a new row; raises LabelAlreadyGiven, Overlaps.

    Where none of these can be, there is no need of a savepoint to go back to.
    """
    is_of_document = annotation.start is None and annotation.page is None
    if annotation.exclusive or is_of_document:
        save_annotation(annotation)
    else:
        insert(annotation)


def save_annotation(annotation: Annotation) -> None:
    """Write a row in the words of the API; raises LabelAlreadyGiven, Overlaps."""
    try:
        with transaction.atomic():
            annotation.save()
    except IntegrityError as error:
        overlaps = overlap.told(error, annotation)
        if overlaps:
            raise overlaps from error
        if "annotation_document_label_once_per_set" not in str(error):
            raise
        detail = f"The document has {annotation.label.name!r} in this set."
        raise LabelAlreadyGiven(detail) from error
