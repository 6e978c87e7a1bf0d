"""What lists of labels, sets and annotations can be filtered by."""

from __future__ import annotations

import django_filters as filters
from django.db.models import QuerySet

from annotations.models import Annotation, AnnotationSet, Kind, Label, State
from config.api.filters import TrueOrFalseFilter


class LabelFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=Kind.choices)
    name = filters.CharFilter(label="Exactly this name.")
    archived = TrueOrFalseFilter(method="in_archive", label="`true`: what can be restored.")

    class Meta:
        model = Label
        fields: tuple[str, ...] = ()

    def in_archive(self, rows: QuerySet[Label], name: str, value: bool) -> QuerySet[Label]:
        """Keep the archived labels, or those that are not."""
        return rows.exclude(archived_at=None) if value else rows.filter(archived_at=None)


class AnnotationSetFilter(filters.FilterSet):
    state = filters.ChoiceFilter(choices=State.choices)
    author = filters.UUIDFilter(field_name="author_id", label="By this user.")

    class Meta:
        model = AnnotationSet
        fields: tuple[str, ...] = ()


class AnnotationFilter(filters.FilterSet):
    label = filters.UUIDFilter(field_name="label_id", label="With this label.")
    author = filters.UUIDFilter(field_name="author_id", label="By this user.")
    annotation_set = filters.UUIDFilter(field_name="annotation_set_id", label="In this set.")
    state = filters.ChoiceFilter(field_name="annotation_set__state", choices=State.choices)
    deleted = TrueOrFalseFilter(method="in_bin", label="`true`: what can be restored.")

    class Meta:
        model = Annotation
        fields: tuple[str, ...] = ()

    def in_bin(self, rows: QuerySet[Annotation], name: str, value: bool) -> QuerySet[Annotation]:
        """Keep the deleted annotations, or those that are not."""
        return rows.exclude(deleted_at=None) if value else rows.filter(deleted_at=None)
