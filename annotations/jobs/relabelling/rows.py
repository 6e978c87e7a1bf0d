"""Rows that are relabelled: under lock, with those that are in the way of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from annotations.models import Annotation, AnnotationSet, Relation

WRITTEN = ("label_id", "schema_version_id", "deleted_at", "version", "updated_at")
MODELS: dict[str, type[Annotation | Relation]] = {"annotation": Annotation, "relation": Relation}
Row = Annotation | Relation
Place = tuple[UUID, ...]


def name_of(row: Row) -> str:
    """Return what events call the row."""
    return "relation" if isinstance(row, Relation) else "annotation"


def locked(rows: QuerySet[Any], ids: Collection[UUID]) -> list[Any]:
    """Return those of the rows that have the ids, in their order, under lock.

    Their sets are locked first, in the order in which all lock them, so that nobody says anything
    in them meanwhile.
    """
    chosen = rows.filter(pk__in=ids)
    sets = AnnotationSet.objects.filter(pk__in=chosen.values("annotation_set_id"))
    list(sets.select_for_update().order_by("-pk").values_list("pk"))
    return list(chosen.select_for_update(of=("self",)).order_by("pk"))


def place_of(row: Row) -> Place | None:
    """Return what a live row may have a label on but once: None where it may at will."""
    if row.deleted_at is not None:
        return None
    if isinstance(row, Relation):
        return row.source_id, row.target_id
    return None if row.start is not None or row.page is not None else (row.annotation_set_id,)


def taken(rows: Iterable[Row], label_id: UUID) -> set[Place]:
    """Return which of the places of (locked) rows have the label already."""
    places = [place for row in rows if (place := place_of(row))]
    sets = {place[0] for place in places if len(place) == 1}
    sources = {place[0] for place in places if len(place) > 1}
    whole = Annotation.objects.live().filter(
        annotation_set_id__in=sets, label_id=label_id, start=None, page=None
    )
    pairs = Relation.objects.live().filter(source_id__in=sources, label_id=label_id)
    return {
        *whole.values_list("annotation_set_id"),
        *pairs.values_list("source_id", "target_id"),
    }


def relations_of(annotations: Collection[Row]) -> list[Relation]:
    """Return the live relations that lead from or to the annotations, under lock."""
    ids = [one.pk for one in annotations]
    rows = Relation.objects.live().filter(Q(source_id__in=ids) | Q(target_id__in=ids))
    return list(rows.select_for_update().order_by("pk")) if ids else []
