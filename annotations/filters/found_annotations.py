"""What the annotations of a whole project can be found by."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django_filters.utils import translate_validation

from annotations.models import Anchoring, Annotation, Kind, SetKind, State
from config.api.filters import DeletedFilter, MomentFilter, OneOfFilter, SeveralFilter
from config.api.problems import InvalidQuery

ATTRIBUTE = "attribute."  # of which any parameter begins that asks for one


class FoundAnnotationFilter(filters.FilterSet):
    """Annotations of a project; a parameter given several times is fulfilled by any value.

    Beside these, `attribute.<name>` takes the value of an attribute. Deleted and lost ones are
    left out unless they are asked for.
    """

    label = SeveralFilter(item=forms.UUIDField(), field_name="label_id", label="With this label.")
    kind = OneOfFilter(choices=Kind.choices, field_name="label__kind", label="Of this kind.")
    author = SeveralFilter(item=forms.UUIDField(), field_name="author_id", label="By this user.")
    document = SeveralFilter(
        item=forms.UUIDField(), field_name="document_id", label="Of this document."
    )
    annotation_set = SeveralFilter(
        item=forms.UUIDField(), field_name="annotation_set_id", label="In this set."
    )
    set_kind = OneOfFilter(
        choices=SetKind.choices, field_name="annotation_set__kind", label="In sets of this kind."
    )
    state = OneOfFilter(
        choices=State.choices, field_name="annotation_set__state", label="In sets in this state."
    )
    model_run = filters.UUIDFilter(
        field_name="annotation_set__model_run_id", label="Of this run of a model."
    )
    quote = filters.CharFilter(strip=False, label="Of exactly these words.")
    text = filters.CharFilter(
        field_name="quote", lookup_expr="icontains", strip=False, label="Of words that contain it."
    )
    created_after = MomentFilter(
        field_name="created_at", lookup_expr="gt", label="Later than this time."
    )
    created_before = MomentFilter(
        field_name="created_at", lookup_expr="lt", label="Earlier than this time."
    )
    updated_after = MomentFilter(
        field_name="updated_at", lookup_expr="gt", label="Changed later than this time."
    )
    anchoring = OneOfFilter(choices=Anchoring.choices, label="That came to its place so.")
    deleted = DeletedFilter()

    class Meta:
        model = Annotation
        fields: tuple[str, ...] = ()

    @classmethod
    def repeatable(cls) -> frozenset[str]:
        """Return the names of those that may be given several times."""
        several = (OneOfFilter, SeveralFilter)
        return frozenset(name for name, one in cls.base_filters.items() if isinstance(one, several))

    def rows(self) -> QuerySet[Any]:
        """Return the annotations that fit; raises InvalidQuery, ValidationError."""
        if self.errors:
            raise translate_validation(self.errors)
        rows: QuerySet[Any] = self.qs
        return rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply what is asked for, and what goes without saying."""
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        if "deleted" not in self.data:
            rows = rows.filter(deleted_at=None)
        if "anchoring" not in self.data:
            rows = rows.exclude(anchoring=Anchoring.LOST)
        for name, value in self.data.items():
            if name.startswith(ATTRIBUTE):
                rows = rows.filter(_has_attribute(name, value))
        return rows


def _has_attribute(parameter: str, text: str) -> Q:
    """Return the condition that an attribute has a value, be that a text, a number or a truth."""
    name = parameter.removeprefix(ATTRIBUTE)
    if not name:
        raise InvalidQuery(parameter, f"Expected {ATTRIBUTE}<name>.")
    wanted = Q(attributes__contains={name: text})
    with suppress(ValueError):
        value = json.loads(text)
        if isinstance(value, int | float) and math.isfinite(value):
            wanted |= Q(attributes__contains={name: value})
    return wanted & ~Q(attributes={})  # as the index has it
