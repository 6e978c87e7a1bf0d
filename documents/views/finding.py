"""How lists of documents are searched, filtered, ordered and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from config.api.json_rows import JSONRow, JSONRows, Shape, asked_members
from config.api.pagination import KeysetPagination, column_value
from config.api.problems import InvalidQuery
from config.api.views import ListMixin
from documents.filters import DocumentFilter
from documents.filters.metadata import FAMILY, declared
from documents.models import Document
from documents.offsets import OffsetUnit
from documents.serializers import (
    FacetQuery,
    FacetsSerializer,
    FoundDocumentSerializer,
    HighlightQuery,
)
from documents.serializers.json_rows import DOCUMENT, document_parameters
from documents.services import facets, plain_pages, search
from documents.services.facets import Counting
from documents.services.search import Search
from documents.views.in_project import InProjectViewSet

RELEVANCE = "relevance"
IN_ORDER_OF_CREATION = ("created_at", "-created_at")
PLAIN = frozenset({"limit", "cursor", "ordering", "fields"})  # what does not find but show
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
            backwards=self.is_descending,
            limit=self.limit + 1,
        )


def _place(values: list[Any]) -> tuple[float, UUID]:
    """Read a cursor's rank and id, which may have been tampered with."""
    try:
        rank, document_id = values
        return float(rank), UUID(document_id)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidQuery("cursor", "Not a cursor of this list.") from error


class Shown(NamedTuple):
    """A document as it is shown."""

    id: UUID
    text: str


class PlainPagination(KeysetPagination):
    """Pages of all documents of a project, found and shown by one statement that is made once."""

    def __init__(self, view: FindingViewSet, shape: Shape) -> None:
        self._view, self._shape = view, shape

    def _read(self, queryset: QuerySet[Any]) -> list[Any]:
        given = dict(self._view.kwargs)
        if self.cursor:
            given["place"] = _id_at(self.cursor.values)
        ids = plain_pages.ids_of_all(is_descending=self.is_descending, goes_on="place" in given)
        order = "DESC" if self.is_descending else "ASC"
        page = f"shown.id = ANY(ARRAY({ids} LIMIT {self.limit + 1})) ORDER BY shown.id {order}"
        found = self._shape.rows(page, given | self._view.shape_parameters())
        return [Shown(*row) for row in found]


def _id_at(values: list[Any]) -> UUID:
    """Read a cursor's id, which may have been tampered with."""
    if len(values) != 1:
        raise InvalidQuery("cursor", "Not a cursor of this list.")
    found: UUID = column_value(Document, "id", values[0])
    return found


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
    found: DocumentFilter | None = None
    _paginator: KeysetPagination

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
        return RELEVANCE if self._ranking() else IN_ORDER_OF_CREATION[0]

    @extend_schema(parameters=[HighlightQuery])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Find documents of the project: those that fit all parameters.

        Beside those named here, `metadata.<name>` takes a value of declared metadata;
        `metadata.<name>.gt`, `.gte`, `.lt` and `.lte` are bounds of a number or time, and
        `metadata.<name>.exists` is `true` or `false`. With `search`, the best come first: of the
        newest 1,000 that it finds; order by `created_at` to read all of them.
        """
        members = (*self.shape.members, "snippets")
        names = asked_members(request.query_params.get("fields"), members)
        if request.query_params.keys() <= PLAIN and self._ordering() in IN_ORDER_OF_CREATION:
            return self._plain(names)
        rows = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(rows.values_list("id", "updated_at", "title", named=True))
        return self.get_paginated_response(self._shown([row.id for row in page], names))

    def _plain(self, names: Sequence[str]) -> Response:
        """Answer a page of all documents."""
        self.seen_project()  # or they are told why not
        self._paginator = PlainPagination(self, self.shape.trimmed(frozenset(names)))
        page: Any = super().paginate_queryset(Document.objects.none())
        return self.get_paginated_response(JSONRows(row.text for row in page))

    def _ordering(self) -> str:
        """Return what the list is ordered by."""
        ordering: str = self.request.query_params.get("ordering", self.default_ordering)
        return ordering

    def _shown(self, ids: Sequence[UUID], names: Sequence[str]) -> JSONRows:
        """Return documents as JSON, of those that are still there."""
        shape = self.shape.trimmed(frozenset(names))
        found = shape.read(ids, self.shape_parameters())
        texts = {one: found[one] for one in ids if one in found}
        asked = self.queried(HighlightQuery)
        if asked["highlight"] == "true" and "snippets" in names:
            snippets = search.show(ids, self._searches, OffsetUnit(asked["offset_unit"]))
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
        if self._ordering().removeprefix("-") == RELEVANCE:
            ranking = self._ranking()
            if ranking is None:
                raise InvalidQuery("ordering", f"Only what `search` finds has a {RELEVANCE}.")
            self._paginator = BestFirstPagination(ranking)
        return super().paginate_queryset(queryset)

    def countings(self) -> dict[str, Counting]:
        """Return what documents can be counted by, beside declared metadata."""
        return {**facets.COUNTINGS}

    def _ranking(self) -> Search | None:
        return next((one for one in self._searches if one.ranking), None)

    @property
    def _searches(self) -> Sequence[Search]:
        return self.found.searches if self.found else ()

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
