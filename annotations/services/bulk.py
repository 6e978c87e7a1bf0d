"""Write many annotations in one statement: what does not fit is told by item, the rest is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from annotations.anchoring import Extents, stretches
from annotations.errors import InvalidAnnotation, LabelAlreadyGiven, Overlaps
from annotations.models import Annotation, AnnotationSet, taken
from annotations.services.builder import AnnotationBuilder, builder_for
from annotations.services.sets import Writable, hold_for_writing
from annotations.services.targets import Fields
from documents.models import Document
from documents.offsets import OffsetUnit
from users.copying import add_rows
from users.models import User
from users.services.events import record_many


@dataclass(frozen=True)
class BulkItem:
    """How one item of a bulk request ended: an annotation, or why there is none."""

    annotation: Annotation | None = None
    problem: InvalidAnnotation | LabelAlreadyGiven | Overlaps | None = None


@transaction.atomic
def create_annotations(
    *,
    author: User,
    document: Document,
    items: Sequence[Fields],
    unit: OffsetUnit,
    set_id: UUID | None = None,
) -> list[BulkItem]:
    """Add many annotations to a set of the author's; without one named, to their own.

    Raises SetClosed, DocumentNotReady, BeingReanchored, NotYours, InvalidAnnotation (the set).
    """
    writable = hold_for_writing(author=author, document=document, set_id=set_id)
    builder, room = builder_for(writable, author, unit, items), _room(writable)
    results = [_try_build(builder, item, room) for item in items]
    good = [result.annotation for result in results if result.annotation]
    add_rows(good)
    record_many(
        actor=author,
        action="annotation.created",
        targets=[(annotation, None) for annotation in good],
        project_id=document.project_id,
    )
    return results


@dataclass
class _Room:
    """What a set that is held has so far: document labels, and spans that lie in others' way."""

    given: set[UUID]
    taken: Extents[UUID] | None = None


def _room(writable: Writable) -> _Room:
    annotation_set = writable.annotation_set
    given = _document_labels(annotation_set)
    return _Room(given, taken(annotation_set.pk) if writable.exclusive else None)


def _document_labels(annotation_set: AnnotationSet) -> set[UUID]:
    whole = Annotation.objects.live().filter(annotation_set=annotation_set, start=None, page=None)
    return set(whole.values_list("label_id", flat=True))


def _try_build(builder: AnnotationBuilder, fields: Fields, room: _Room) -> BulkItem:
    """Build one item of many, which takes its room."""
    try:
        annotation = builder.build(fields)
    except InvalidAnnotation as problem:
        return BulkItem(problem=problem)
    if annotation.start is None and annotation.page is None:
        if annotation.label_id in room.given:
            return BulkItem(problem=LabelAlreadyGiven(f"It has {annotation.label.name!r}."))
        room.given.add(annotation.label_id)
    if room.taken is not None:
        wanted = stretches(annotation.start, annotation.end, annotation.fragments)
        other = room.taken.take(annotation.pk, wanted)
        if other is not None:
            return BulkItem(problem=Overlaps.with_other(other))
    return BulkItem(annotation)
