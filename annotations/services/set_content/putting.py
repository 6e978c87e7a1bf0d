"""Replace what a set holds, all or nothing, and only what differs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from annotations.errors import InvalidContent
from annotations.models import Annotation, AnnotationSet, Relation
from annotations.services.set_content.annotations import AnnotationPlanner, check_room
from annotations.services.set_content.content import Content, arranged, content_of
from annotations.services.set_content.faults import Faults
from annotations.services.set_content.ids import check_ids
from annotations.services.set_content.planned import Planned
from annotations.services.set_content.relations import RelationPlanner, check_joins
from annotations.services.set_content.writing import write
from annotations.services.sets import Writable, lock_for_writing
from annotations.services.targets import Fields
from config.api.concurrency import Precondition
from config.api.problems import StaleVersion
from documents.offsets import OffsetUnit
from users.models import User


@dataclass(frozen=True)
class Order:
    """What a set shall hold: who says so, of which rows it is made, by which offsets."""

    author: User
    annotations: Sequence[Fields]
    relations: Sequence[Fields]
    unit: OffsetUnit


@transaction.atomic
def put_content(
    *, order: Order, annotation_set: AnnotationSet, precondition: Precondition
) -> Content:
    """Make a set hold what is ordered, and return that; what is as it was is not written.

    What is there already is no lost update, whatever the precondition: so a retry does no harm.
    Raises StaleVersion (of the Content), InvalidContent, SetTooLarge, NotYours, SetClosed,
    BeingReanchored.
    """
    ids = {"set_id": annotation_set.pk, "document_id": annotation_set.document_id}
    writable = lock_for_writing(author=order.author, **ids)
    current = content_of(writable.annotation_set)
    is_stale = not _is_met(precondition, current)
    try:
        plan = _Plan(writable, current, order)
    except InvalidContent as problem:
        if is_stale:
            raise StaleVersion(content_of(writable.annotation_set)) from problem
        raise
    if is_stale and plan.has_changes:  # planned on the rows at hand: what is shown is read anew
        raise StaleVersion(content_of(writable.annotation_set))
    plan.write()
    return plan.content


def _is_met(precondition: Precondition, current: Content) -> bool:
    try:
        precondition.check(current)
    except StaleVersion:
        return False
    return True


class _Plan:
    """What becomes of all rows of a set that is held; raises InvalidContent."""

    def __init__(self, writable: Writable, current: Content, order: Order) -> None:
        self._set, self._order = writable.annotation_set, order
        of_set = partial(_known, writable.annotation_set)
        self._annotations_known = of_set(Annotation, current.annotations, order.annotations)
        self._relations_known = of_set(Relation, current.relations, order.relations)
        faults = self._checked_ids()
        self.annotations = self._planned_annotations(writable, faults)
        faults.require_none()  # without these, much would be said of relations that is not true
        self.relations = self._planned_relations(writable, faults)
        faults.require_none()

    @property
    def has_changes(self) -> bool:
        """Return whether anything is to be written."""
        both: list[Planned[Any]] = [*self.annotations, *self.relations]
        return any(one.done for one in both)

    @property
    def content(self) -> Content:
        """Return what the set holds then."""
        return arranged(self._set, _kept(self.annotations), _kept(self.relations))

    def write(self) -> None:
        """Write it; raises InvalidContent where somebody takes an id in the same moment."""
        try:
            with transaction.atomic():
                write(self._order.author, self.annotations, self.relations)
        except IntegrityError:
            self._checked_ids().require_none()
            raise

    def _checked_ids(self) -> Faults:
        faults = Faults()
        lists = {
            "annotations": (self._order.annotations, self._annotations_known),
            "relations": (self._order.relations, self._relations_known),
        }
        check_ids(lists, faults)
        return faults

    def _planned_annotations(self, writable: Writable, faults: Faults) -> list[Planned[Annotation]]:
        order, known = self._order, self._annotations_known
        planner = AnnotationPlanner(writable, order.author, order.unit, order.annotations, known)
        planned = faults.of_each("annotations", order.annotations, planner.plan)
        faults.require_none()
        check_room(planned, faults)
        return planned + _left_out(known, planned)

    def _planned_relations(self, writable: Writable, faults: Faults) -> list[Planned[Relation]]:
        order, known = self._order, self._relations_known
        ends = [one for one in self.annotations if one.done != "deleted"]
        planner = RelationPlanner(writable, order.author, order.relations, known, ends)
        planned = faults.of_each("relations", order.relations, planner.plan)
        faults.require_none()
        check_joins(planned, faults)
        return planned + _left_out(known, planned)


def _known(
    annotation_set: AnnotationSet, model: type[Any], live: Sequence[Any], items: Sequence[Fields]
) -> dict[UUID, Any]:
    """Return the live rows of a set and those deleted ones that are named, by id."""
    known = {one.pk: one for one in live}
    others = {fields["id"] for fields in items if "id" in fields} - known.keys()
    if not others:
        return known
    gone = model.objects.filter(annotation_set=annotation_set, pk__in=others)
    return known | {one.pk: one for one in gone}


def _left_out(known: dict[UUID, Any], planned: Collection[Planned[Any]]) -> list[Planned[Any]]:
    """Return that the other live rows are deleted."""
    kept = {one.row.pk for one in planned}
    return [Planned(row, "deleted", row.snapshot()) for pk, row in known.items() if pk not in kept]


def _kept(planned: Collection[Planned[Any]]) -> list[Any]:
    return [one.row for one in planned if one.done != "deleted"]
