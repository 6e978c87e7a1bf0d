"""Filters of lists that refuse what they do not understand."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError


class TrueOrFalseField(forms.Field):
    """The text `true` or `false`, nothing else."""

    def to_python(self, value: Any) -> bool | None:
        """Return the truth value, or None where none is given; raises ValidationError."""
        if value in self.empty_values:
            return None
        if value not in {"true", "false"}:
            raise ValidationError("Expected true or false.", code="invalid")
        return bool(value == "true")


class TrueOrFalseFilter(django_filters.BooleanFilter):
    """Django's own boolean filter leaves the list unfiltered where it does not understand."""

    field_class = TrueOrFalseField
