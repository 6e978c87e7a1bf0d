"""Find and count documents by what somebody sees of the annotations on them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, QuerySet

from annotations.models import Anchoring, Annotation, AnnotationSet, State
from documents.services.facets import NONE, Counting, Facet, FacetValue, facet
from users.models import User

STATES = [state.value for state in State]


def annotated(user: User, **conditions: Any) -> QuerySet[AnnotationSet]:
    """Return the sets on a document (of an outer query) that the user sees."""
    seen: QuerySet[AnnotationSet] = AnnotationSet.objects.visible_to(user)
    return seen.filter(project=OuterRef("project"), document=OuterRef("pk"), **conditions)


def labelled(user: User, **conditions: Any) -> QuerySet[Annotation]:
    """Return what the user sees said of a document (of an outer query) as it is now."""
    here = {"project": OuterRef("project"), "document": OuterRef("pk")}
    return _said(user).filter(**here, **conditions)


def by_state(user: User) -> Counting:
    """Return what counts documents by the states of the sets on them."""

    def count(rows: QuerySet[Any], limit: int) -> Facet:
        found = {
            state: Count("pk", filter=Exists(annotated(user, state=state))) for state in STATES
        }
        none = Count("pk", filter=~Exists(annotated(user)))
        counted = rows.order_by().aggregate(**found, **{NONE: none})
        some = sorted((-counted[value], value) for value in [*STATES, NONE] if counted[value])
        values = [FacetValue(value, -count) for count, value in some]
        return Facet("annotation_state", values[:limit], len(values) > limit)

    return count


def by_label(user: User, project_id: UUID) -> Counting:
    """Return what counts documents by the labels on them."""

    def count(rows: QuerySet[Any], limit: int) -> Facet:
        said = _said(user).filter(project=project_id, document__in=rows.order_by().values("pk"))
        grouped = said.values("label").annotate(documents=Count("document", distinct=True))
        ordered = grouped.order_by("-documents", "label")
        return facet("label", ordered.values_list("label", "documents", F("label__name")), limit)

    return count


def _said(user: User) -> QuerySet[Annotation]:
    seen: QuerySet[Annotation] = Annotation.objects.visible_to(user).live()
    return seen.exclude(anchoring=Anchoring.LOST)
