"""How lists of documents are searched, filtered, ordered and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from config.api.json_rows import JSONRow, JSONRows, Shape, asked_members
from config.api.pagination import KeysetPagination
from config.api.problems import InvalidQuery
from config.api.views import ListMixin
from documents.filters import DocumentFilter
from documents.filters.metadata import FAMILY, declared
from documents.offsets import OffsetUnit
from documents.serializers import (
    FacetQuery,
    FacetsSerializer,
    FoundDocumentSerializer,
    HighlightQuery,
)
from documents.serializers.json_rows import DOCUMENT, document_parameters
from documents.services import facets, search
from documents.services.facets import Counting
from documents.services.search import Search
from documents.views.in_project import InProjectViewSet

RELEVANCE = "relevance"
MOST_FACETS = 10
FINDING = frozenset({"list", "facets"})


def finding_parameters(filterset_class: type[DocumentFilter]) -> dict[str, frozenset[str]]:
    """Return, by action, which parameters are taken beside those of every list."""
    return {
        "list": frozenset({"highlight", "offset_unit"}),
        "facets": filterset_class.parameters() | {"by", "limit"},
    }


class BestFirstPagination(KeysetPagination):
    """Pages of what a search finds, by rank and id."""

    def __init__(self, ranking: Search) -> None:
        self._ranking = ranking

    def _read(self, queryset: QuerySet[Any]) -> list[Any]:
        return search.best_first(
            queryset,
            self._ranking,
            after=_place(self.cursor.values) if self.cursor else None,
            backwards=self.keys[0][1] != self._backwards,
            limit=self.limit + 1,
        )


def _place(values: list[Any]) -> tuple[float, UUID]:
    """Read a cursor's rank and id, which may have been tampered with."""
    try:
        rank, document_id = values
        return float(rank), UUID(document_id)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidQuery("cursor", "Not a cursor of this list.") from error


class FindingViewSet(ListMixin, InProjectViewSet):
    """The list of a project's documents, and what they are counted by."""

    filterset_class: ClassVar[type[DocumentFilter]] = DocumentFilter
    orderings: ClassVar[Mapping[str, str]] = {
        "created_at": "id",
        "updated_at": "updated_at",
        "title": "title",
        RELEVANCE: "rank",
    }
    parameter_families: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(FINDING, (FAMILY,))
    found_serializer_class: ClassVar[type[BaseSerializer[Any]]] = FoundDocumentSerializer
    shape: ClassVar[Shape] = DOCUMENT
    found: DocumentFilter

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        if self.action == "list":
            return self.found_serializer_class
        return super().get_serializer_class()

    @property
    def repeatable_parameters(self) -> frozenset[str]:  # type: ignore[override]
        """Return which filters may be given several times."""
        return self.filterset_class.repeatable()

    @property
    def default_ordering(self) -> str:  # type: ignore[override]
        """Return that the best comes first where words are searched for."""
        return RELEVANCE if self._ranking() else "created_at"

    @extend_schema(parameters=[HighlightQuery])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Find documents of the project: those that fit all parameters.

        Beside those named here, `metadata.<name>` takes a value of declared metadata;
        `metadata.<name>.gt`, `.gte`, `.lt` and `.lte` are bounds of a number or time, and
        `metadata.<name>.exists` is `true` or `false`. With `search`, the best come first: of the
        newest 1,000 that it finds; order by `created_at` to read all of them.
        """
        rows = self.filter_queryset(self.get_queryset())
        members = (*self.shape.members, "snippets")
        names = asked_members(request.query_params.get("fields"), members)
        page = self.paginate_queryset(rows.values_list("id", "updated_at", "title", named=True))
        return self.get_paginated_response(self._shown([row.id for row in page], names))

    def _shown(self, ids: Sequence[UUID], names: Sequence[str]) -> JSONRows:
        """Return documents as JSON, of those that are still there."""
        shape = self.shape.trimmed(frozenset(names))
        found = shape.read(ids, self.shape_parameters())
        texts = {one: found[one] for one in ids if one in found}
        asked = self.queried(HighlightQuery)
        if asked["highlight"] == "true" and "snippets" in names:
            snippets = search.show(ids, self.found.searches, OffsetUnit(asked["offset_unit"]))
            for one, text in texts.items():
                texts[one] = JSONRow(text).extended(snippets=snippets.get(one, [])).text
        return JSONRows(texts.values())

    def shape_parameters(self) -> dict[str, Any]:
        """Return what the view's shape is read with."""
        return document_parameters()

    @extend_schema(parameters=[FacetQuery], responses=FacetsSerializer, filters=True)
    def facets(self, request: Request, project_id: UUID) -> Response:
        """Count the documents that fit the parameters by what they are."""
        asked = self.queried(FacetQuery)
        rows = self.filter_queryset(self.get_queryset())
        countings = self._countings(asked["by"].split(","))
        counted = [count(rows, asked["limit"]) for count in countings]
        return Response(FacetsSerializer({"facets": counted}).data)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.action not in FINDING:
            return queryset
        project_id = self.kwargs["project_id"]
        self.found = self.filterset_class(
            self.request.query_params, queryset, request=self.request, project_id=project_id
        )
        return self.found.rows()

    def paginate_queryset(self, queryset: QuerySet[Any]) -> Any:
        ordering = self.request.query_params.get("ordering", self.default_ordering)
        if ordering.removeprefix("-") == RELEVANCE:
            ranking = self._ranking()
            if ranking is None:
                raise InvalidQuery("ordering", f"Only what `search` finds has a {RELEVANCE}.")
            self._paginator = BestFirstPagination(ranking)
        return super().paginate_queryset(queryset)

    def countings(self) -> dict[str, Counting]:
        """Return what documents can be counted by, beside declared metadata."""
        return {**facets.COUNTINGS}

    def _ranking(self) -> Search | None:
        return next((one for one in self.found.searches if one.ranking), None)

    def _countings(self, names: Sequence[str]) -> Sequence[Counting]:
        if len(names) > MOST_FACETS:
            raise InvalidQuery("by", f"Expected at most {MOST_FACETS}, found {len(names)}.")
        known = self.countings()
        if any(name.startswith(FAMILY) for name in names):
            fields = declared(self.user, self.kwargs["project_id"])
            known |= {
                f"{FAMILY}{name}": facets.by_metadata(field) for name, field in fields.items()
            }
        for name in names:
            if name not in known:
                expected = ", ".join(known)
                raise InvalidQuery("by", f"Expected some of {expected}; found {name[:80]!a}.")
        return [known[name] for name in names]
