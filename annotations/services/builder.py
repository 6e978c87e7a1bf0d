"""Build annotations from what clients send, each verified against labels and text; saves none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from annotations import schema
from annotations.attributes import AttributesError, check_attributes
from annotations.errors import InvalidAnnotation
from annotations.models import Annotation, AnnotationSet, Label, SetKind
from annotations.services.sets import Writable
from annotations.services.targets import Fields, Ground, target
from documents.offsets import OffsetUnit
from users.compiled import Compiled, hole
from users.copying import new_like
from users.models import User


@dataclass(frozen=True)
class AnnotationBuilder:
    """Knows the set, who writes, the ground that targets are held against, and the labels.

    Where it `keeps_attributes`, they have been held against a schema before. `sources` are the
    annotations, by id, that others may be derived from.
    """

    annotation_set: AnnotationSet
    author: User
    ground: Ground
    labels: dict[UUID, Label]
    schema_version_id: int
    exclusive: bool
    keeps_attributes: bool = False
    sources: frozenset[UUID] = frozenset()

    def build(self, fields: Fields) -> Annotation:
        """Return the verified annotation of the author, unsaved; raises InvalidAnnotation.

        `fields`: label (id), what `targets.target` takes, attributes, body, confidence and
        derived_from (id).
        """
        label = self.labels.get(fields["label"])
        if label is None:
            detail = "The project has no such label in use."
            raise InvalidAnnotation("label", "unknown_label", detail)
        place = target(label, fields, self.ground)
        made = new_like(
            self._blank,
            attributes=self._attributes(label, fields),
            body=fields.get("body", ""),
            confidence=fields.get("confidence"),
            derived_from_id=self._source(fields),
            **place,
        )
        made.label = label
        return made

    @cached_property
    def _blank(self) -> Annotation:
        """Return what all annotations that are built have in common."""
        return Annotation(
            project_id=self.annotation_set.project_id,
            document_id=self.annotation_set.document_id,
            annotation_set=self.annotation_set,
            revision=self.ground.revision,
            author=self.author,
            schema_version_id=self.schema_version_id,
            exclusive=self.exclusive,
        )

    def _attributes(self, label: Label, fields: Fields) -> Fields:
        attributes: Fields = fields.get("attributes") or {}
        if self.keeps_attributes or not (attributes or label.attribute_schema):
            return attributes
        try:
            check_attributes(label.attribute_schema, attributes)
        except AttributesError as error:
            member = f"attributes{error.pointer}"
            raise InvalidAnnotation(member, error.code, error.detail) from error
        return attributes

    def _source(self, fields: Fields) -> UUID | None:
        source: UUID | None = fields.get("derived_from")
        if source is not None and source not in self.sources:
            detail = "Expected an annotation of this document, and a gold set to derive it in."
            raise InvalidAnnotation("derived_from", "unknown_annotation", detail)
        return source


def builder_for(
    writable: Writable,
    author: User,
    unit: OffsetUnit,
    items: Sequence[Fields],
    keeps: Collection[UUID] = (),
) -> AnnotationBuilder:
    """Return what builds these items in a set that is held; archived labels it gives to none.

    `keeps` are labels that annotations have, which these may keep when they are archived.
    """
    annotation_set = writable.annotation_set
    ids = {item["label"] for item in items}
    labels = _labels(annotation_set.project_id, ids)
    in_use = {label.pk: label for label in labels if not label.archived_at or label.pk in keeps}
    return AnnotationBuilder(
        annotation_set=annotation_set,
        author=author,
        ground=Ground(annotation_set.revision, unit),
        labels=in_use,
        schema_version_id=max((label.schema_version for label in in_use.values()), default=0),
        exclusive=writable.exclusive,
        sources=_sources(annotation_set, author, items),
    )


def _labels(project_id: UUID, ids: set[UUID]) -> Iterable[Any]:
    """Return labels, each with the `schema_version` that holds now."""
    if len(ids) == 1:
        return _ONE.rows(project=project_id, id=min(ids))
    return schema.labels_of(project_id).filter(pk__in=ids)


_ONE = Compiled(lambda: schema.labels_of(hole("project")).filter(pk=hole("id")))


def _sources(
    annotation_set: AnnotationSet, author: User, items: Sequence[Fields]
) -> frozenset[UUID]:
    """Return which of the annotations that items are derived from there are to derive gold of."""
    wanted = {item["derived_from"] for item in items if item.get("derived_from")}
    if not wanted or annotation_set.kind != SetKind.GOLD:
        return frozenset()
    seen = Annotation.objects.visible_to(author).filter(document_id=annotation_set.document_id)
    return frozenset(seen.filter(pk__in=wanted).values_list("pk", flat=True))
