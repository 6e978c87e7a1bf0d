"""Documents, found, counted and shown also by the annotations on them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from annotations.filters import AnnotatedDocumentFilter
from annotations.models import Annotation
from annotations.serializers import AnnotationSerializer
from annotations.serializers.documents import (
    EXPANSIONS,
    CountedDocumentSerializer,
    ExpandedDocumentSerializer,
    ExpandQuery,
)
from annotations.serializers.json_rows import COUNTED_DOCUMENT, MOST, expanded, reading
from annotations.services.finding import by_label, by_state
from config.api.concurrency import etag
from config.api.json_rows import JSONRow, JSONRows
from config.api.pagination import Cursor
from config.api.problems import InvalidQuery
from documents.models import Document
from documents.offsets import OffsetUnit
from documents.services.facets import Counting
from documents.views import DocumentViewSet, SavedFilterViewSet
from documents.views.finding import finding_parameters


class AnnotatedDocumentViewSet(DocumentViewSet):
    """What is annotated."""

    filterset_class = AnnotatedDocumentFilter
    shape = COUNTED_DOCUMENT
    found_serializer_class = CountedDocumentSerializer
    query_parameters = {
        **DocumentViewSet.query_parameters,
        **finding_parameters(AnnotatedDocumentFilter),
        "retrieve": frozenset({"expand", "offset_unit"}),
    }

    @extend_schema(parameters=[ExpandQuery], responses=ExpandedDocumentSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read a document; with `expand` its text and the first 500 annotations come along."""
        asked = self.queried(ExpandQuery)
        expansions = _expansions(asked["expand"])
        reader = reading(self.user, self.seen_document(pk).project_id)
        text, annotations = expanded(pk, expansions, reader)
        row = JSONRow(text)
        if "annotations" in expansions:
            unit = OffsetUnit(asked["offset_unit"])
            row = row.extended(annotations=self._first(pk, annotations, unit))
        # One version has many such bodies: they change with annotations, and with who reads them.
        variant = blake2b(row.text.encode(), digest_size=16).hexdigest() if expansions else ""
        return Response(row, headers={"ETag": etag(Document(version=row["version"]), variant)})

    def _first(
        self, document_id: UUID, rows: list[tuple[UUID, str]], unit: OffsetUnit
    ) -> dict[str, Any]:
        """Return the first annotations on a document, and where there are more."""
        shown, last = rows[:MOST], len(rows) > MOST and rows[MOST - 1][0]
        results: Any = JSONRows(text for _, text in shown)
        if unit is not OffsetUnit.CODE_POINTS:
            results = self._in_unit([one for one, _ in shown], unit)
        return {"results": results, "next": self._rest(document_id, last, unit) if last else None}

    def _in_unit(self, ids: Sequence[UUID], unit: OffsetUnit) -> list[dict[str, Any]]:
        """Return annotations whose offsets count something else, which the texts tell."""
        rows = Annotation.objects.visible_to(self.user).filter(pk__in=ids).order_by("pk")
        context = {"offset_unit": unit}
        told = AnnotationSerializer(rows.prefetch_related("revision"), many=True, context=context)
        return list(told.data)

    def _rest(self, document_id: UUID, last: UUID, unit: OffsetUnit) -> str:
        """Return the address of the list of annotations behind the last one shown."""
        query = {
            "limit": MOST,
            "offset_unit": unit.value,
            "cursor": Cursor("created_at", backwards=False, values=[str(last)]).encode(),
        }
        address: str = reverse("annotations", args=[document_id], request=self.request)
        return f"{address}?{urlencode(query)}"

    def shape_parameters(self) -> dict[str, Any]:
        return super().shape_parameters() | reading(self.user, self.kwargs["project_id"])

    def countings(self) -> dict[str, Counting]:
        mine = {
            "annotation_state": by_state(self.user),
            "label": by_label(self.user, self.kwargs["project_id"]),
        }
        return super().countings() | mine


def _expansions(text: str) -> frozenset[str]:
    """Read `expand`; raises InvalidQuery."""
    asked = text.split(",") if text else []
    for name in asked:
        if name not in EXPANSIONS:
            raise InvalidQuery("expand", f"Expected {', '.join(EXPANSIONS)}; found {name[:80]!a}.")
    return frozenset(asked)


class AnnotatedSavedFilterViewSet(SavedFilterViewSet):
    """Saved filters that may ask for annotations too."""

    document_filter = AnnotatedDocumentFilter
