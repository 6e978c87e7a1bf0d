"""What a document's annotations and relations can be filtered by."""

from __future__ import annotations

import django_filters as filters

from annotations.models import Anchoring, Annotation, Relation, SetKind, State
from config.api.filters import DeletedFilter


class AnnotationFilter(filters.FilterSet):
    label = filters.UUIDFilter(field_name="label_id", label="With this label.")
    author = filters.UUIDFilter(field_name="author_id", label="By this user.")
    annotation_set = filters.UUIDFilter(field_name="annotation_set_id", label="In this set.")
    state = filters.ChoiceFilter(field_name="annotation_set__state", choices=State.choices)
    kind = filters.ChoiceFilter(
        field_name="annotation_set__kind", choices=SetKind.choices, label="In a set of this kind."
    )
    model_run = filters.UUIDFilter(
        field_name="annotation_set__model_run_id", label="Of this run of a model."
    )
    anchoring = filters.ChoiceFilter(
        choices=Anchoring.choices,
        label="`lost`: what has no place in the present text; it is left out otherwise.",
    )
    deleted = DeletedFilter()

    class Meta:
        model = Annotation
        fields: tuple[str, ...] = ()


class RelationFilter(filters.FilterSet):
    label = filters.UUIDFilter(field_name="label_id", label="With this label.")
    author = filters.UUIDFilter(field_name="author_id", label="By this user.")
    annotation_set = filters.UUIDFilter(field_name="annotation_set_id", label="In this set.")
    source = filters.UUIDFilter(field_name="source_id", label="From this annotation.")
    target = filters.UUIDFilter(field_name="target_id", label="To this annotation.")
    deleted = DeletedFilter()

    class Meta:
        model = Relation
        fields: tuple[str, ...] = ()
