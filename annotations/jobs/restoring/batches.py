"""Which sets a step takes on: the next ones in which something was changed."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet
from django.db.models import Exists as There

from annotations.jobs.restoring.history import MODELS, changes
from annotations.jobs.restoring.order import Order
from annotations.models import AnnotationSet

SETS_AT_ONCE = 200
ROWS_AT_ONCE = 1_000


def next_sets(order: Order, after: str | None) -> list[UUID]:
    """Return the next sets of changed documents, with some 1,000 changed rows in all.

    What is in a set depends on the rest of it, so that a set with more of them is one step.
    """
    of_document = changes(order).filter(document_id=OuterRef("document_id"))
    sets = AnnotationSet.objects.filter(There(of_document), project_id=order.project_id)
    if order.document:
        sets = sets.filter(document_id=order.document)
    sets = sets.filter(pk__gt=after) if after else sets
    ids = list(sets.order_by("pk").values_list("pk", flat=True)[:SETS_AT_ONCE])
    return _together(ids, _sizes(order, ids)) if ids else []


def changed_rows(order: Order, name: str, sets: list[UUID]) -> QuerySet[Any]:
    """Return the annotations, or the relations, of sets that the order is about."""
    documents = AnnotationSet.objects.filter(pk__in=sets).values("document_id")
    told = changes(order).filter(target_type=name, document_id__in=documents)
    rows = MODELS[name].objects.filter(annotation_set__in=sets)
    return rows.filter(pk__in=told.values("target_id"))


def _sizes(order: Order, sets: list[UUID]) -> Counter[UUID]:
    sizes: Counter[UUID] = Counter()
    for name in MODELS:
        counted = changed_rows(order, name, sets).values("annotation_set").annotate(n=Count("pk"))
        sizes.update(dict(counted.values_list("annotation_set", "n")))
    return sizes


def _together(ids: list[UUID], sizes: Counter[UUID]) -> list[UUID]:
    """Return as many of the sets as fit into a step, one at least."""
    chosen, size = ids[:1], sizes[ids[0]]
    for pk in ids[1:]:
        size += sizes[pk]
        if size > ROWS_AT_ONCE:
            break
        chosen.append(pk)
    return chosen
