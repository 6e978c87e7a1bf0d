"""Filters of lists: each takes the values that it offers, and nothing else of a request."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest


class ListFilter(SimpleListFilter):
    """A filter by one of the offered values; any other value is as if it were not there."""

    def value(self) -> str | None:
        given = super().value()
        return given if given in {str(value) for value, _ in self.lookup_choices} else None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else self.keep(queryset, value)

    @abstractmethod
    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Keep the rows that the value, one of those offered, stands for."""


class ColumnFilter(ListFilter):
    """A filter by the values of a column, which has the parameter's name."""

    options: ClassVar[list[tuple[str, Any]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return self.options

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(**{str(self.parameter_name): value})


class BinFilter(SimpleListFilter):
    """What is in use, unless asked for what was taken out of it."""

    title = "bin"
    parameter_name = "deleted"
    column: ClassVar[str] = "deleted_at"
    gone: ClassVar[str] = "Deleted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", self.gone)]

    def choices(self, changelist: Any) -> Iterator[Any]:
        in_use, gone = super().choices(changelist)
        yield {**in_use, "display": "In use"}
        yield gone

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.column}__isnull": self.value() != "yes"})
