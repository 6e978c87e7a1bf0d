"""What stands in the way of rows that come back, or holds those that are to go."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from annotations.anchoring import Extents, stretches
from annotations.jobs.restoring.history import Told
from annotations.jobs.restoring.items import Batch, Item, Problem
from annotations.models import Anchoring, Annotation, Relation

_SPAN = ("id", "annotation_set_id", "start", "end", "fragments")
_GIVEN = Problem("label_already_given", "The document has this label in its set again.")
_JOINED = Problem("relation_exists", "This label joins the two annotations again.")
_ENDED = Problem("end_deleted", "One of its annotations is deleted.")
_HELD = Problem("relation_exists", "A relation that stays leads from it or to it.")


@dataclass(frozen=True)
class Neighbours:
    """What is there in the sets and stays as it is: as little of it as has to be asked."""

    spans: list[Told]
    given: set[Hashable]
    joined: set[Hashable]
    live: set[UUID]
    ends: set[UUID]


def settle(batch: Batch) -> None:
    """Give a problem to each row that has no room where it was, until what is left fits.

    A row that stays may be in the way of another one in turn.
    """
    beside = _neighbours(batch)
    checks = (_without_end, _joined_still, _overlapping, _given_again, _joined_again)
    found = True
    while found:
        found = False
        for check in checks:
            for item, problem in list(check(batch, beside)):
                item.problem, found = problem, True


def _without_end(batch: Batch, beside: Neighbours) -> Iterator[tuple[Item, Problem]]:
    """Yield relations that would come back without both of their ends."""
    live = beside.live | {item.row.pk for item in batch.kind(annotations=True) if item.is_live}
    for item in _coming(batch.kind(annotations=False)):
        if not {item.now["source_id"], item.now["target_id"]} <= live:
            yield item, _ENDED


def _joined_still(batch: Batch, beside: Neighbours) -> Iterator[tuple[Item, Problem]]:
    """Yield annotations that would go from under relations that stay."""
    staying = [item.now for item in batch.kind(annotations=False) if item.is_live]
    ends = beside.ends | {one[name] for one in staying for name in ("source_id", "target_id")}
    for item in batch.kind(annotations=True):
        if item.was_live and not item.is_live and item.row.pk in ends:
            yield item, _HELD


def _overlapping(batch: Batch, beside: Neighbours) -> Iterator[tuple[Item, Problem]]:
    """Yield spans that would come to lie over others where none may."""
    if not batch.exclusive:
        return
    taken: dict[UUID, Extents[UUID]] = {pk: Extents() for pk in batch.sets}
    items = [item for item in batch.kind(annotations=True) if _is_exclusive(item.final)]
    for one in [*beside.spans, *(item.final for item in items if not item.changes)]:
        _take(taken, one)
    for item in _changing(items):
        other = _take(taken, item.final)
        if other:
            yield item, Problem("overlaps", f"Annotation {other} is in the way.")


def _take(taken: dict[UUID, Extents[UUID]], one: Told) -> UUID | None:
    wanted = stretches(one["start"], one["end"], one["fragments"])
    return taken[one["annotation_set_id"]].take(one["id"], wanted)


def _given_again(batch: Batch, beside: Neighbours) -> Iterator[tuple[Item, Problem]]:
    """Yield labels of whole documents that a set would have twice."""
    items = [item for item in batch.kind(annotations=True) if _is_whole(item.final)]
    yield from _twice(items, beside.given, _of_document, _GIVEN)


def _joined_again(batch: Batch, beside: Neighbours) -> Iterator[tuple[Item, Problem]]:
    """Yield relations that would join the same two twice."""
    yield from _twice(batch.kind(annotations=False), beside.joined, _of_ends, _JOINED)


def _twice(
    items: list[Item], beside: set[Hashable], key: Callable[[Told], Hashable], problem: Problem
) -> Iterator[tuple[Item, Problem]]:
    live = [item for item in items if item.is_live]
    known = beside | {key(item.final) for item in live if not item.changes}
    for item in _changing(live):
        if key(item.final) in known:
            yield item, problem
        known.add(key(item.final))


def _neighbours(batch: Batch) -> Neighbours:
    """Ask for what is beside the rows, in as many statements for few as for many."""
    coming = _coming(batch.items)
    annotations = [item for item in coming if item.is_annotation]
    relations = [item for item in coming if not item.is_annotation]
    going = [item.row.pk for item in batch.kind(annotations=True) if item.changes]
    known = [item.row.pk for item in batch.items]
    ends = {item.now[name] for item in relations for name in ("source_id", "target_id")}
    others = Relation.objects.live().exclude(pk__in=known)
    return Neighbours(
        spans=_spans(batch, known) if annotations and batch.exclusive else [],
        given=_given([item.row.annotation_set_id for item in annotations], known),
        joined=set(
            others.filter(source__in=[item.now["source_id"] for item in relations]).values_list(
                "source_id", "target_id", "label_id"
            )
        ),
        live=set(
            Annotation.objects.live()
            .filter(pk__in=ends)
            .exclude(pk__in=known)
            .values_list("pk", flat=True)
        ),
        ends=_ends(others, going),
    )


def _spans(batch: Batch, known: list[UUID]) -> list[Told]:
    rows = Annotation.objects.live().filter(annotation_set__in=batch.sets, exclusive=True)
    rows = rows.exclude(start=None).exclude(anchoring=Anchoring.LOST).exclude(pk__in=known)
    return list(rows.values(*_SPAN))


def _given(sets: Iterable[UUID], known: list[UUID]) -> set[Hashable]:
    rows = Annotation.objects.live().filter(annotation_set__in=sets, start=None, page=None)
    return set(rows.exclude(pk__in=known).values_list("annotation_set_id", "label_id"))


def _ends(relations: Any, annotations: list[UUID]) -> set[UUID]:
    """Return what relations lead from and to, of those that touch the annotations."""
    rows = relations.filter(Q(source__in=annotations) | Q(target__in=annotations))
    return {pk for pair in rows.values_list("source_id", "target_id") for pk in pair}


def _changing(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item.changes]


def _coming(items: Iterable[Item]) -> list[Item]:
    """Return what will be there as it was then."""
    return [item for item in _changing(items) if item.is_live]


def _is_exclusive(one: Told) -> bool:
    is_there = one["deleted_at"] is None and one["anchoring"] != Anchoring.LOST
    return is_there and bool(one["exclusive"]) and one["start"] is not None


def _is_whole(one: Told) -> bool:
    return one["start"] is None and one["page"] is None


def _of_document(one: Told) -> Hashable:
    return one["annotation_set_id"], one["label_id"]


def _of_ends(one: Told) -> Hashable:
    return one["source_id"], one["target_id"], one["label_id"]
