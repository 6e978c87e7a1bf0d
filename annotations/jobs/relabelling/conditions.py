"""What a split is of: the annotations, or relations, with a label that meet conditions."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from annotations.models import Annotation, Kind, Label, Relation

# What each condition looks at; all that are given have to hold.
LOOKUPS: dict[str, str] = {
    "author": "author_id",
    "document": "document_id",
    "set_kind": "annotation_set__kind",
    "set_state": "annotation_set__state",
    "attributes": "attributes__contains",
    "quote": "quote",
    "quote_contains": "quote__icontains",
}
OF_TEXT = frozenset({"quote", "quote_contains"})


def matching(label: Label, where: dict[str, Any]) -> QuerySet[Any]:
    """Return what has the label and meets the conditions, deleted ones too.

    Of a relation label these are relations, of any other one annotations.
    """
    model = Relation if label.kind == Kind.RELATION else Annotation
    conditions = {LOOKUPS[name]: value for name, value in where.items()}
    rows: QuerySet[Any] = model.objects.filter(project_id=label.project_id, label=label)
    return rows.filter(**conditions)
