"""Filters of lists that refuse what they do not understand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField


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


class DeletedFilter(TrueOrFalseFilter):
    """What is deleted and can be restored, or what is not."""

    def __init__(self) -> None:
        told = "`true`: what can be restored."
        super().__init__("deleted_at", "isnull", exclude=True, label=told)


class MomentField(IsoDateTimeField):
    """A time that the database can hold, in whatever zone it is told."""

    def clean(self, value: Any) -> datetime | None:
        """Return it, or None where none is given; raises ValidationError."""
        moment: datetime | None = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("Expected a time of the years 1 to 9999, UTC.") from error


class MomentFilter(django_filters.IsoDateTimeFilter):
    """Django's own lets a time through that is of the year 0 or 10000 where the site is."""

    field_class = MomentField


class SeveralField(forms.MultipleChoiceField):
    """Any values of one kind, each as `item` reads it."""

    def __init__(self, *, item: forms.Field | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.item = item or forms.CharField(max_length=255)

    def clean(self, value: Any) -> list[Any]:
        """Return the values; raises ValidationError."""
        return [self.item.clean(one) for one in value or ()]


class SeveralFilter(django_filters.MultipleChoiceFilter):
    """A parameter that may be given several times: any value will do, unless a method says."""

    field_class = SeveralField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, distinct=False, **kwargs)


class OneOfFilter(django_filters.MultipleChoiceFilter):
    """The same with a list of choices."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, distinct=False, **kwargs)
