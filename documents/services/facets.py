"""Count documents by what they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Func, QuerySet
from django.db.models.fields.json import KeyTextTransform

from documents.models import MetadataField, MetadataType, MetadataValue
from documents.services.metadata_fields import COLUMNS

NONE = "none"


@dataclass(frozen=True)
class FacetValue:
    """How many documents have a value, as the filter of the same name takes it.

    `name` is what people call it, where that is something else.
    """

    value: str
    count: int
    name: str | None = None


@dataclass(frozen=True)
class Facet:
    """The most frequent values; `is_cut` where there are more of them."""

    by: str
    values: list[FacetValue]
    is_cut: bool


Counting = Callable[[QuerySet[Any], int], Facet]


def by_column(column: str) -> Counting:
    """Return what counts documents by a column of theirs."""

    def count(rows: QuerySet[Any], limit: int) -> Facet:
        return facet(column, _counted(rows, column), limit)

    return count


def by_tag(rows: QuerySet[Any], limit: int) -> Facet:
    """Count documents by tag; one with several counts for each."""
    return facet(
        "tag", _counted(rows.annotate(tag=Func(F("tags"), function="unnest")), "tag"), limit
    )


COUNTINGS: dict[str, Counting] = {
    "status": by_column("status"),
    "language": by_column("language"),
    "split": by_column("split"),
    "media_type": by_column("media_type"),
    "tag": by_tag,
}


def by_metadata(field: MetadataField) -> Counting:
    """Return what counts documents by declared metadata; those without a value do not count."""

    def count(rows: QuerySet[Any], limit: int) -> Facet:
        by = f"metadata.{field.name}"
        if field.type in COLUMNS:
            column = COLUMNS[MetadataType(field.type)]
            values: Any = MetadataValue.objects.filter(field=field, document__in=rows.values("pk"))
            return facet(by, _counted(values, column), limit)
        valued = rows.annotate(told=KeyTextTransform(field.name, "metadata"))
        return facet(by, _counted(valued.exclude(told=None), "told"), limit)

    return count


def facet(by: str, counted: Any, limit: int) -> Facet:
    """Return a facet of (value, count, …) rows, of which one more than the limit is read."""
    found = list(counted[: limit + 1])
    return Facet(
        by, [FacetValue(_shown(row[0]), *row[1:]) for row in found[:limit]], len(found) > limit
    )


def _counted(rows: QuerySet[Any], column: str) -> Any:
    grouped = rows.order_by().values(column).annotate(documents=Count("pk"))
    return grouped.order_by("-documents", column).values_list(column, "documents")


def _shown(value: Any) -> str:
    match value:
        case "" | None:
            return NONE
        case float():
            return repr(value).removesuffix(".0")
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
    return str(value)
