"""Count annotations by what they are, by whom and of what."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.db.models import Count, F, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncDate

from documents.services.facets import Counting, Facet, facet


def by_column(by: str, column: str, name: str | None = None) -> Counting:
    """Return what counts by a column; `name` is the column of what people call its values."""

    def count(rows: QuerySet[Any], limit: int) -> Facet:
        return facet(by, _counted(rows, column, name), limit)

    return count


def by_date(rows: QuerySet[Any], limit: int) -> Facet:
    """Count by the day of making, in UTC."""
    dated = rows.annotate(day=TruncDate("created_at", tzinfo=UTC))
    return facet("date", _counted(dated, "day"), limit)


def by_attribute(name: str) -> Counting:
    """Return what counts by the value of an attribute; those without it do not count."""

    def count(rows: QuerySet[Any], limit: int) -> Facet:
        valued = rows.exclude(attributes={}).annotate(told=KeyTextTransform(name, "attributes"))
        return facet(f"attribute.{name}", _counted(valued.exclude(told=None), "told"), limit)

    return count


COUNTINGS: dict[str, Counting] = {
    "label": by_column("label", "label", "label__name"),
    "kind": by_column("kind", "label__kind"),
    "author": by_column("author", "author", "author__name"),
    "set_kind": by_column("set_kind", "annotation_set__kind"),
    "state": by_column("state", "annotation_set__state"),
    "document": by_column("document", "document", "document__title"),
    "anchoring": by_column("anchoring", "anchoring"),
    "date": by_date,
}


def _counted(rows: QuerySet[Any], column: str, name: str | None = None) -> Any:
    names = [] if name is None else [F(name)]
    grouped = rows.order_by().values(column).annotate(annotations=Count("pk"))
    return grouped.order_by("-annotations", column).values_list(column, "annotations", *names)
