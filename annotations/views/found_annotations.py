"""Annotations of a whole project: found and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.filters import ATTRIBUTE, FoundAnnotationFilter
from annotations.models import Annotation
from annotations.serializers import AnnotationSerializer, CountQuery, OffsetUnitQuery
from annotations.services import counts
from config.api.problems import InvalidQuery
from config.api.views import ListMixin
from documents.offsets import OffsetUnit
from documents.serializers import FacetsSerializer
from documents.services.facets import Counting
from documents.views.finding import MOST_FACETS
from documents.views.in_project import InProjectViewSet


class FoundAnnotationViewSet(ListMixin, InProjectViewSet):
    """What is said in a project, as far as one sees it, whatever the document."""

    queryset = Annotation.objects.none()
    serializer_class = AnnotationSerializer
    filterset_class = FoundAnnotationFilter
    query_parameters = {
        "list": frozenset({"offset_unit"}),
        "counts": frozenset(FoundAnnotationFilter.base_filters) | {"by", "limit"},
    }
    repeatable_parameters = FoundAnnotationFilter.repeatable()
    parameter_families: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "list": (ATTRIBUTE,),
        "counts": (ATTRIBUTE,),
    }
    requires = {"list": "annotation.read", "counts": "annotation.read"}
    tag = "annotations"

    @property
    def unit(self) -> OffsetUnit:
        """Return what the offsets of the answer count."""
        return OffsetUnit(self.queried(OffsetUnitQuery)["offset_unit"])

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"offset_unit": self.unit}

    def get_queryset(self) -> QuerySet[Any]:
        rows = Annotation.objects.visible_to(self.user).filter(project=self.project())
        return rows if self.unit is OffsetUnit.CODE_POINTS else rows.prefetch_related("revision")

    @extend_schema(parameters=[OffsetUnitQuery])
    def list(self, request: Request, project_id: UUID) -> Response:
        """Find annotations of the project: those that fit all parameters.

        Beside those named here, `attribute.<name>` takes the value of an attribute.
        """
        return super().list(request)

    @extend_schema(parameters=[CountQuery], responses=FacetsSerializer, filters=True)
    def counts(self, request: Request, project_id: UUID) -> Response:
        """Count the annotations that fit the parameters by what they are."""
        asked = self.queried(CountQuery)
        rows = FoundAnnotationFilter(request.query_params, self._rows(), request=request).rows()
        countings = _countings(asked["by"].split(","))
        counted = [count(rows, asked["limit"]) for count in countings]
        return Response(FacetsSerializer({"facets": counted}).data)

    def _rows(self) -> QuerySet[Any]:
        return Annotation.objects.visible_to(self.user).filter(project=self.project())


def _countings(names: Sequence[str]) -> list[Counting]:
    if len(names) > MOST_FACETS:
        raise InvalidQuery("by", f"Expected at most {MOST_FACETS}, found {len(names)}.")
    return [_counting(name) for name in names]


def _counting(name: str) -> Counting:
    if name.startswith(ATTRIBUTE) and name != ATTRIBUTE:
        return counts.by_attribute(name.removeprefix(ATTRIBUTE))
    if name not in counts.COUNTINGS:
        expected = ", ".join([*counts.COUNTINGS, f"{ATTRIBUTE}<name>"])
        raise InvalidQuery("by", f"Expected some of {expected}; found {name[:80]!a}.")
    return counts.COUNTINGS[name]
