"""Build relations from what clients send, held against their ends and labels; saves none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from annotations import schema
from annotations.attributes import AttributesError, check_attributes
from annotations.errors import InvalidAnnotation, InvalidRelation
from annotations.models import Annotation, AnnotationSet, Kind, Label, Relation
from annotations.services.targets import Fields
from users.models import User


class End(NamedTuple):
    """What is known of an annotation that a relation may lead from or to."""

    annotation_set_id: UUID
    label_id: UUID


@dataclass(frozen=True)
class RelationBuilder:
    """Knows the set, who writes, the labels, and the annotations at hand by id."""

    annotation_set: AnnotationSet
    author: User
    labels: dict[UUID, Label]
    schema_version_id: int
    ends: dict[UUID, End]

    def build(self, fields: Fields) -> Relation:
        """Return the verified relation of the author, unsaved; raises InvalidRelation.

        `fields`: label, source and target (ids), attributes, body and confidence.
        """
        source, target = self._end("source", fields), self._end("target", fields)
        if fields["source"] == fields["target"]:
            detail = "A relation joins two annotations."
            raise InvalidRelation("target", "same_annotation", detail)
        label = self._label(fields, source, target)
        return Relation(
            project_id=self.annotation_set.project_id,
            document_id=self.annotation_set.document_id,
            annotation_set=self.annotation_set,
            author=self.author,
            label=label,
            schema_version_id=self.schema_version_id,
            source_id=fields["source"],
            target_id=fields["target"],
            attributes=_checked_attributes(label, fields),
            body=fields.get("body", ""),
            confidence=fields.get("confidence"),
        )

    def _end(self, member: str, fields: Fields) -> End:
        end = self.ends.get(fields[member])
        if end is None:
            detail = "The document has no such annotation."
            raise InvalidRelation(member, "unknown_annotation", detail)
        if end.annotation_set_id != self.annotation_set.pk:
            detail = f"It is not in the set {self.annotation_set.pk}: a relation keeps to one."
            raise InvalidRelation(member, "another_set", detail)
        return end

    def _label(self, fields: Fields, source: End, target: End) -> Label:
        label = self.labels.get(fields["label"])
        if label is None:
            detail = "The project has no such label in use."
            raise InvalidRelation("label", "unknown_label", detail)
        if label.kind != Kind.RELATION:
            raise InvalidRelation("label", "not_a_relation_label", f"{label.name!r} is none.")
        pair = [str(source.label_id), str(target.label_id)]
        if label.joins and pair not in label.joins:
            detail = f"{label.name!r} does not lead from the source's label to the target's."
            raise InvalidRelation("label", "not_joined_by_label", detail)
        return label


def require_joins(annotation: Annotation, label: Label) -> None:
    """Hold the relations of an annotation against the label that it is given.

    Raises InvalidAnnotation where the label of one joins no such ends.
    """
    of_it = Relation.objects.live().filter(Q(source=annotation) | Q(target=annotation))
    for relation in of_it.select_related("label", "source", "target").order_by("pk"):
        ends = (relation.source, relation.target)
        pair = [str(label.pk if end == annotation else end.label_id) for end in ends]
        if relation.label.joins and pair not in relation.label.joins:
            detail = (
                f"{relation.label.name!r} of the relation {relation.pk} joins no {label.name!r} so."
            )
            raise InvalidAnnotation("label", "not_joined_by_label", detail)


def builder_in(
    author: User,
    annotation_set: AnnotationSet,
    items: Sequence[Fields],
    keeps: Collection[UUID] = (),
) -> RelationBuilder:
    """Return what builds these items in a set that is held; archived labels it gives to none.

    `keeps` are labels that relations have, which these may keep when they are archived.
    """
    project_id = annotation_set.project_id
    labels = Label.objects.filter(project_id=project_id, pk__in={item["label"] for item in items})
    in_use = {label.pk: label for label in labels if not label.archived_at or label.pk in keeps}
    return RelationBuilder(
        annotation_set=annotation_set,
        author=author,
        labels=in_use,
        schema_version_id=schema.current_id(project_id) if in_use else 0,
        ends=_ends(author, annotation_set, items),
    )


def _ends(author: User, annotation_set: AnnotationSet, items: Sequence[Fields]) -> dict[UUID, End]:
    wanted = {item[member] for item in items for member in ("source", "target")}
    seen = Annotation.objects.visible_to(author).live()
    rows = seen.filter(document_id=annotation_set.document_id, pk__in=wanted)
    return {pk: End(*told) for pk, *told in rows.values_list("pk", "annotation_set_id", "label_id")}


def _checked_attributes(label: Label, fields: Fields) -> Fields:
    attributes: Fields = fields.get("attributes") or {}
    try:
        check_attributes(label.attribute_schema, attributes)
    except AttributesError as error:
        raise InvalidRelation(f"attributes{error.pointer}", error.code, error.detail) from error
    return attributes
