"""Write annotations: each verified against the text, each with its event, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations.errors import InvalidAnnotation, LabelAlreadyGiven
from annotations.models import Annotation, AnnotationSet, Label
from annotations.services.builder import AnnotationBuilder, Fields
from annotations.services.sets import lock_for_writing, open_set
from config.api.concurrency import ANY_VERSION, Precondition
from documents.models import Document
from documents.offsets import OffsetUnit
from users.models import User
from users.services.events import record, record_many


@dataclass(frozen=True)
class BulkItem:
    """How one item of a bulk request ended: an annotation, or why there is none."""

    annotation: Annotation | None = None
    problem: InvalidAnnotation | LabelAlreadyGiven | None = None


@transaction.atomic
def create_annotation(
    *, author: User, document: Document, fields: Fields, unit: OffsetUnit
) -> Annotation:
    """Add an annotation to the author's own set on the document.

    Raises InvalidAnnotation, LabelAlreadyGiven, SetClosed, DocumentNotReady.
    """
    annotation_set = _own_set(author, document)
    annotation = _builder(annotation_set, unit, [fields]).build(fields)
    _save(annotation)
    record(
        actor=author,
        action="annotation.created",
        target=annotation,
        project_id=annotation.project_id,
    )
    return annotation


@transaction.atomic
def create_annotations(
    *, author: User, document: Document, items: Sequence[Fields], unit: OffsetUnit
) -> list[BulkItem]:
    """Add many annotations in one statement; what does not fit is told by item, the rest is kept.

    Raises SetClosed, DocumentNotReady.
    """
    annotation_set = _own_set(author, document)
    builder, given = _builder(annotation_set, unit, items), _document_labels(annotation_set)
    results = [_try_build(builder, item, given) for item in items]
    good = [result.annotation for result in results if result.annotation]
    Annotation.objects.bulk_create(good)
    record_many(
        actor=author,
        action="annotation.created",
        targets=[(annotation, None) for annotation in good],
        project_id=document.project_id,
    )
    return results


@transaction.atomic
def update_annotation(
    *,
    author: User,
    annotation: Annotation,
    precondition: Precondition,
    changes: Fields,
    unit: OffsetUnit,
) -> Annotation:
    """Change an annotation of one's own; raises as create_annotation, and StaleVersion."""
    annotation_set = lock_for_writing(author=author, set_id=annotation.annotation_set_id)
    current = _locked(annotation, precondition)
    current.annotation_set = annotation_set
    before, fields = current.snapshot(), _as_fields(current, changes)
    unit = unit if "start" in changes else OffsetUnit.CODE_POINTS
    builder = _builder(annotation_set, unit, [fields], also=current.label_id)
    built = builder.build(fields)
    for name in ("label", "start", "end", "quote", "prefix", "suffix", "body", "confidence"):
        setattr(current, name, getattr(built, name))
    return _saved(author, "annotation.updated", current, before)


@transaction.atomic
def delete_annotation(*, author: User, annotation: Annotation, precondition: Precondition) -> None:
    """Delete an annotation of one's own; it can be restored. Raises StaleVersion, SetClosed."""
    lock_for_writing(author=author, set_id=annotation.annotation_set_id)
    current = _locked(annotation, precondition)
    before = current.snapshot()
    current.deleted_at = timezone.now()
    _saved(author, "annotation.deleted", current, before)


@transaction.atomic
def restore_annotation(*, author: User, annotation: Annotation) -> Annotation:
    """Bring a deleted annotation back; raises SetClosed, LabelAlreadyGiven."""
    lock_for_writing(author=author, set_id=annotation.annotation_set_id)
    current = _locked(annotation, ANY_VERSION)
    if current.deleted_at is None:  # a simultaneous request was first
        return current
    before = current.snapshot()
    current.deleted_at = None
    return _saved(author, "annotation.restored", current, before)


def _builder(
    annotation_set: AnnotationSet, unit: OffsetUnit, items: Sequence[Fields], also: Any = None
) -> AnnotationBuilder:
    ids = {item["label"] for item in items}
    labels = Label.objects.filter(project_id=annotation_set.project_id, pk__in=ids)
    in_use = {label.pk: label for label in labels if not label.archived_at or label.pk == also}
    return AnnotationBuilder(annotation_set, annotation_set.revision.text, in_use, unit)


def _own_set(author: User, document: Document) -> AnnotationSet:
    own = open_set(author=author, document=document)
    return lock_for_writing(author=author, set_id=own.pk)


def _document_labels(annotation_set: AnnotationSet) -> set[UUID]:
    whole = Annotation.objects.live().filter(annotation_set=annotation_set, start=None)
    return set(whole.values_list("label_id", flat=True))


def _try_build(builder: AnnotationBuilder, fields: Fields, given: set[UUID]) -> BulkItem:
    """Build one item of many; `given` are the document labels that the set has so far."""
    try:
        annotation = builder.build(fields)
    except InvalidAnnotation as problem:
        return BulkItem(problem=problem)
    if annotation.start is None:
        if annotation.label_id in given:
            return BulkItem(problem=LabelAlreadyGiven(f"It has {annotation.label.name!r}."))
        given.add(annotation.label_id)
    return BulkItem(annotation)


def _as_fields(current: Annotation, changes: Fields) -> Fields:
    """Return the annotation with the changes; a moved span is quoted anew unless told."""
    moved = "start" in changes or "end" in changes
    if moved and not ("start" in changes and "end" in changes):
        member = "end" if "start" in changes else "start"
        raise InvalidAnnotation(member, "required", "Move a span by start and end together.")
    kept = {
        "label": current.label_id,
        "start": current.start,
        "end": current.end,
        "quote": None if moved else current.quote or None,
        "body": current.body,
        "confidence": current.confidence,
    }
    return kept | changes


def _locked(annotation: Annotation, precondition: Precondition) -> Annotation:
    rows = Annotation.objects.select_for_update(of=("self",)).select_related("label")
    current: Annotation = rows.get(pk=annotation.pk)
    precondition.check(current)
    return current


def _saved(author: User, action: str, annotation: Annotation, before: Fields) -> Annotation:
    annotation.version += 1
    _save(annotation)
    record(
        actor=author,
        action=action,
        target=annotation,
        project_id=annotation.project_id,
        before=before,
    )
    return annotation


def _save(annotation: Annotation) -> None:
    try:
        with transaction.atomic():
            annotation.save()
    except IntegrityError as error:
        if "annotation_document_label_once_per_set" not in str(error):
            raise
        detail = f"The document has {annotation.label.name!r} in this set."
        raise LabelAlreadyGiven(detail) from error
