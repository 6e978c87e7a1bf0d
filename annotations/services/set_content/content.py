"""All that a set holds, in the order of the text, and a number that tells it from all else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import Model

from annotations.errors import SetTooLarge
from annotations.models import Annotation, AnnotationSet, Relation
from documents.models import Revision

# As many decimal digits as a version in an ETag may have.
_VERSIONS = 10**18


@dataclass
class Content:
    """What a set holds: live annotations, lost ones too, and the relations between them.

    `version` is a number of up to 18 digits, made of the set's version and those of all rows: of
    the very ones that are shown, so that no change in between goes unseen.
    """

    annotation_set: AnnotationSet
    annotations: list[Annotation]
    relations: list[Relation]
    version: int = field(init=False)

    def __post_init__(self) -> None:
        rows = (self.annotation_set, *self.annotations, *self.relations)
        told = " ".join(sorted(f"{row.pk}:{row.version}" for row in rows))
        self.version = int.from_bytes(sha256(told.encode()).digest()) % _VERSIONS


def content_of(annotation_set: AnnotationSet) -> Content:
    """Return what a set holds now; raises SetTooLarge."""
    annotations: list[Annotation] = _rows(Annotation, annotation_set)
    relations: list[Relation] = _rows(Relation, annotation_set)
    return arranged(annotation_set, annotations, relations)


def arranged(
    annotation_set: AnnotationSet, annotations: Sequence[Annotation], relations: Sequence[Relation]
) -> Content:
    """Return these in the order of the text, where their offsets count by.

    What is read at two moments may have relations without their ends: these are left out.
    """
    _give_texts(annotation_set, annotations)
    ordered = sorted(annotations, key=_place)
    place = {one.pk: number for number, one in enumerate(ordered)}
    joined = [one for one in relations if one.source_id in place and one.target_id in place]
    joined.sort(key=lambda one: (place[one.source_id], place[one.target_id], one.pk))
    return Content(annotation_set, ordered, joined)


def _rows(model: type[Model], annotation_set: AnnotationSet) -> list[Any]:
    most = settings.SET_MAX_ITEMS
    rows: Any = model._default_manager  # noqa: SLF001 - Django's public API
    found = list(rows.live().filter(annotation_set=annotation_set)[: most + 1])
    if len(found) > most:
        raise SetTooLarge(f"It has more than {most}: read it in pages, change it one by one.")
    return found


def _give_texts(annotation_set: AnnotationSet, annotations: Sequence[Annotation]) -> None:
    """Give annotations their revisions, each once; their texts are read where they are asked for.

    That is the set's but for what is lost.
    """
    own = annotation_set.revision
    former = {one.revision_id for one in annotations} - {own.pk}
    known = Revision.objects.defer("text", "layout").in_bulk([*former]) if former else {}
    for one in annotations:
        one.revision = known.get(one.revision_id, own)


def _place(one: Annotation) -> tuple[Any, ...]:
    """Return what spans, then parts of pages, then what is said of the whole are ordered by."""
    last = float("inf")
    span = (last, last) if one.start is None else (one.start, one.end)
    return (*span, last if one.page is None else one.page, one.pk)
