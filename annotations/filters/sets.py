"""What lists of annotation sets can be filtered by."""

from __future__ import annotations

import django_filters as filters

from annotations.models import AnnotationSet, SetKind, State


class AnnotationSetFilter(filters.FilterSet):
    state = filters.ChoiceFilter(choices=State.choices)
    author = filters.UUIDFilter(field_name="author_id", label="By this user.")
    kind = filters.ChoiceFilter(choices=SetKind.choices)
    model_run = filters.UUIDFilter(field_name="model_run_id", label="Of this run of a model.")

    class Meta:
        model = AnnotationSet
        fields: tuple[str, ...] = ()
