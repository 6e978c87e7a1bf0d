"""Plan what becomes of a set's relations: each held against its ends and label, none is saved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from annotations.errors import InvalidRelation
from annotations.models import Annotation, Relation
from annotations.services.joining import End, RelationBuilder, builder_in
from annotations.services.set_content.annotations import relabelled
from annotations.services.set_content.faults import Faults
from annotations.services.set_content.planned import Planned, frozen
from annotations.services.sets import Writable
from annotations.services.targets import Fields
from users.models import User

_SAID = ("label", "schema_version_id", "attributes", "body", "confidence")


class RelationPlanner:
    """Knows the set, its rows by id (deleted ones that are named too), and what builds others.

    `annotations` are those that there will be: relations lead from and to these.
    """

    def __init__(
        self,
        writable: Writable,
        author: User,
        items: Sequence[Fields],
        known: dict[UUID, Relation],
        annotations: Collection[Planned[Annotation]],
    ) -> None:
        self._known, self._relabelled = known, relabelled(annotations)
        own = writable.annotation_set.pk
        self._ends = {one.row.pk: End(own, one.row.label_id) for one in annotations}
        keeps = {one.label_id for one in known.values()}
        builder = builder_in(author, writable.annotation_set, items, keeps=keeps)
        of_others = {pk: end for pk, end in builder.ends.items() if end.annotation_set_id != own}
        self._with_kept = replace(builder, ends=of_others | self._ends)
        in_use = {pk: label for pk, label in builder.labels.items() if not label.archived_at}
        self._builder = replace(self._with_kept, labels=in_use)
        named = {fields.get("id") for fields in items}
        self._unnamed = {_ways(one): one for one in known.values() if one.pk not in named}

    def plan(self, fields: Fields) -> Planned[Relation]:
        """Return what becomes of one item; raises InvalidRelation."""
        row = self._known.get(fields["id"]) if "id" in fields else self._alike(fields)
        if row is not None:
            return self._renewed(row, fields)
        built = self._builder.build(fields)
        built.pk = fields.get("id", built.pk)
        return Planned(built, "created")

    def _alike(self, fields: Fields) -> Relation | None:
        """Return the one that joins the same by the same label, of which there is but one."""
        return self._unnamed.pop((fields["source"], fields["target"], fields["label"]), None)

    def _renewed(self, row: Relation, fields: Fields) -> Planned[Relation]:
        _require_ends(row, fields)
        is_same = row.deleted_at is None and _told(fields) == _said(row)
        if is_same and self._are_the_same_ends(row):
            return Planned(row)
        built, before = self._builder_of(row, fields).build(fields), row.snapshot()
        if is_same:
            return Planned(row)
        for name in _SAID:
            setattr(row, name, getattr(built, name))
        done, row.deleted_at = "restored" if row.deleted_at else "updated", None
        return Planned(row, done, before)

    def _are_the_same_ends(self, row: Relation) -> bool:
        ends = {row.source_id, row.target_id}
        return ends <= self._ends.keys() and ends.isdisjoint(self._relabelled)

    def _builder_of(self, row: Relation, fields: Fields) -> RelationBuilder:
        return self._with_kept if fields["label"] == row.label_id else self._builder


def check_joins(planned: Sequence[Planned[Relation]], faults: Faults) -> None:
    """Note what joins two annotations by one label once more; `planned` is of the items."""
    joined: dict[Any, int] = {}
    for number, one in enumerate(planned):
        other = joined.setdefault(_ways(one.row), number)
        if other != number:
            detail = f"/relations/{other} joins these two by this label already."
            faults.add(f"/relations/{number}", "relation_exists", detail)


def _require_ends(row: Relation, fields: Fields) -> None:
    for member in ("source", "target"):
        if fields[member] != getattr(row, f"{member}_id"):
            detail = "The ends of a relation stay; make another one, without this id."
            raise InvalidRelation(member, "stays", detail)


def _ways(one: Relation) -> tuple[UUID, UUID, UUID]:
    return one.source_id, one.target_id, one.label_id


def _said(one: Relation) -> Any:
    return one.label_id, frozen(one.attributes), one.body, one.confidence


def _told(fields: Fields) -> Any:
    attributes = frozen(fields.get("attributes", {}))
    return fields["label"], attributes, fields.get("body", ""), fields.get("confidence")
