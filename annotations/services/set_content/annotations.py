"""Plan what becomes of a set's annotations: each held against labels and text, none is saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from annotations.anchoring import Extents, stretches
from annotations.errors import InvalidAnnotation
from annotations.models import Anchoring, Annotation
from annotations.services.annotations import place_anew
from annotations.services.builder import AnnotationBuilder, builder_for
from annotations.services.set_content.faults import Faults
from annotations.services.set_content.planned import Planned, frozen
from annotations.services.sets import Writable
from annotations.services.targets import NOWHERE, Fields, Ground
from documents.offsets import OffsetUnit, from_code_points
from users.models import User

_SAID = ("label", "schema_version_id", "attributes", "body", "confidence")


class AnnotationPlanner:
    """Knows the set, its rows by id (deleted ones that are named too), and what builds others."""

    def __init__(
        self,
        writable: Writable,
        author: User,
        unit: OffsetUnit,
        items: Sequence[Fields],
        known: dict[UUID, Annotation],
    ) -> None:
        self._set, self._known = writable.annotation_set, known
        keeps = {one.label_id for one in known.values()}
        with_kept = builder_for(writable, author, unit, items, keeps=keeps)
        in_use = {pk: label for pk, label in with_kept.labels.items() if not label.archived_at}
        self._builder, self._with_kept = replace(with_kept, labels=in_use), with_kept
        self._former: dict[UUID, Ground] = {}
        named = {fields.get("id") for fields in items}
        self._unnamed: dict[Any, list[Annotation]] = defaultdict(list)
        for one in known.values():
            if one.pk not in named:
                self._unnamed[_key(one)].append(one)

    def plan(self, fields: Fields) -> Planned[Annotation]:
        """Return what becomes of one item; raises InvalidAnnotation."""
        row = self._known.get(fields["id"]) if "id" in fields else None
        if row is not None:
            return self._renewed(row, fields)
        built = self._builder.build(fields)
        if "id" in fields:
            built.pk = fields["id"]
        elif alike := self._unnamed[_key(built)]:  # so the same content again changes nothing
            return Planned(alike.pop())
        return Planned(built, "created")

    def _renewed(self, row: Annotation, fields: Fields) -> Planned[Annotation]:
        _require_source(row, fields)
        row.annotation_set, before = self._set, row.snapshot()
        built = self._builder_of(row, fields).build(fields | {"derived_from": None})
        moves = _place(built) != _place(row)
        if row.deleted_at is None and not moves and _said(built) == _said(row):
            return Planned(row)
        if moves:
            place_anew(row)
        for name in (*_SAID, *((*NOWHERE, "exclusive") if moves else ())):
            setattr(row, name, getattr(built, name))
        done, row.deleted_at = "restored" if row.deleted_at else "updated", None
        return Planned(row, done, before)

    def _builder_of(self, row: Annotation, fields: Fields) -> AnnotationBuilder:
        """Return what builds a row anew: it may keep what it has, whatever became of that."""
        builder = self._builder
        if fields["label"] == row.label_id:
            builder = self._with_kept
            if frozen(fields.get("attributes", {})) == frozen(row.attributes):
                version = row.schema_version_id
                builder = replace(builder, keeps_attributes=True, schema_version_id=version)
        if row.revision_id != self._set.revision_id:
            former = self._ground_of(row, builder.ground.unit)
            builder = replace(builder, ground=former) if _stays(row, fields, former) else builder
        return builder

    def _ground_of(self, row: Annotation, unit: OffsetUnit) -> Ground:
        if row.revision_id not in self._former:
            self._former[row.revision_id] = Ground(row.revision, unit)
        return self._former[row.revision_id]


def check_room(planned: Sequence[Planned[Annotation]], faults: Faults) -> None:
    """Note what is said twice of the document, or overlaps where nothing may.

    `planned` is of the items, one by one.
    """
    given: dict[UUID, int] = {}
    extents: Extents[int] = Extents()
    for number, one in enumerate(planned):
        row = one.row
        if row.start is None and row.page is None:
            other = given.setdefault(row.label_id, number)
            if other != number:
                detail = f"/annotations/{other} says it already."
                faults.add(f"/annotations/{number}/label", "label_already_given", detail)
        if row.exclusive and row.anchoring != Anchoring.LOST:
            wanted = stretches(row.start, row.end, row.fragments)
            in_the_way = extents.take(number, wanted)
            if in_the_way is not None:
                detail = f"/annotations/{in_the_way} is in the way."
                faults.add(f"/annotations/{number}", "overlaps", detail)


def relabelled(planned: Collection[Planned[Annotation]]) -> set[UUID]:
    """Return which of the annotations that were there get another label."""
    return {one.row.pk for one in planned if one.is_relabelled}


def _require_source(row: Annotation, fields: Fields) -> None:
    if fields.get("derived_from", row.derived_from_id) != row.derived_from_id:
        detail = "What an annotation was made of stays; leave it out, or make another one."
        raise InvalidAnnotation("derived_from", "stays", detail)


def _stays(row: Annotation, fields: Fields, former: Ground) -> bool:
    """Return whether what was lost is told where it was, in its text, hence not placed anew."""
    if row.start is None or row.end is None:
        is_there: bool = frozen(fields.get("boxes")) == frozen(row.boxes)
        return is_there
    if fields.get("quote", row.quote) != row.quote:
        return False
    told = fields.get("fragments") or [fields]
    places = [(part.get("start"), part.get("end")) for part in told]
    return places == [
        tuple(from_code_points(former.text, offset, former.unit) for offset in stretch)
        for stretch in stretches(row.start, row.end, row.fragments)
    ]


def _place(one: Annotation) -> Any:
    return one.revision_id, one.start, one.end, frozen(one.fragments), frozen(one.boxes)


def _said(one: Annotation) -> Any:
    return one.label_id, frozen(one.attributes), one.body, one.confidence


def _key(one: Annotation) -> Any:
    return _place(one), _said(one), one.derived_from_id
