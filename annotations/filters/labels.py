"""What lists of labels can be filtered by."""

from __future__ import annotations

import django_filters as filters

from annotations.models import Kind, Label
from config.api.filters import TrueOrFalseFilter


class LabelFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=Kind.choices)
    name = filters.CharFilter(label="Exactly this name.")
    parent = filters.UUIDFilter(field_name="parent_id", label="Right below this label.")
    top = TrueOrFalseFilter(
        field_name="parent",
        lookup_expr="isnull",
        label="`true`: below no other; `false`: below one.",
    )
    archived = TrueOrFalseFilter(
        field_name="archived_at",
        lookup_expr="isnull",
        exclude=True,
        label="`true`: what can be restored.",
    )

    class Meta:
        model = Label
        fields: tuple[str, ...] = ()
