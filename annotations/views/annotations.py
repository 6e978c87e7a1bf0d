"""Annotations of documents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.filters import AnnotationFilter
from annotations.models import Annotation
from annotations.serializers import (
    AnnotationChanges,
    AnnotationInput,
    AnnotationSerializer,
    BulkInput,
    BulkResultSerializer,
    OffsetUnitQuery,
)
from annotations.services import annotations as writing
from annotations.services.annotations import BulkItem
from config.api.concurrency import etag, if_match
from config.api.views import ListMixin, RetrieveMixin
from documents.offsets import OffsetUnit
from documents.views.in_project import InProjectViewSet

_UNIT = frozenset({"offset_unit"})


@extend_schema(parameters=[OffsetUnitQuery])
class AnnotationViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """Labels on spans and on whole documents, in the caller's own set."""

    queryset = Annotation.objects.none()
    serializer_class = AnnotationSerializer
    input_serializers = {
        "create": AnnotationInput,
        "bulk_create": BulkInput,
        "partial_update": AnnotationChanges,
    }
    filterset_class = AnnotationFilter
    query_parameters = dict.fromkeys(
        ("list", "retrieve", "create", "bulk_create", "partial_update", "destroy", "restore"), _UNIT
    )
    requires = {
        "list": "annotation.read",
        "retrieve": "annotation.read",
        "create": "annotation.write",
        "bulk_create": "annotation.write",
        "partial_update": "annotation.write",
        "destroy": "annotation.write",
        "restore": "annotation.write",
    }
    tag = "annotations"

    @property
    def json_max_bytes(self) -> int:
        """Return the size limit of the body: bulk bodies are larger."""
        bulk = self.action == "bulk_create"
        return settings.JSON_MAX_BYTES_BULK if bulk else settings.JSON_MAX_BYTES

    @property
    def unit(self) -> OffsetUnit:
        """Return what the offsets of this request count."""
        return OffsetUnit(self.queried(OffsetUnitQuery)["offset_unit"])

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return context | {"offset_unit": self.unit}

    def get_queryset(self) -> QuerySet[Any]:
        rows = Annotation.objects.visible_to(self.user)
        if self.unit is not OffsetUnit.CODE_POINTS:
            rows = rows.prefetch_related("annotation_set__revision")
        if self.action == "list":
            rows = rows.filter(document=self.document())
            return rows if self.request.query_params.get("deleted") else rows.live()
        return rows if self.action == "restore" else rows.live()

    def etag(self, resource: Any) -> str:
        unit = self.unit
        return etag(resource, "" if unit is OffsetUnit.CODE_POINTS else unit.value)

    def create(self, request: Request, document_id: UUID) -> Response:
        """Add an annotation to one's own set, which the first one opens."""
        document = self.document()
        annotation = writing.create_annotation(
            author=self.user, document=document, fields=self.validated(), unit=self.unit
        )
        return self.created(annotation, "annotation")

    @extend_schema(responses=BulkResultSerializer)
    def bulk_create(self, request: Request, document_id: UUID) -> Response:
        """Add up to 1,000 annotations; each item's end is told, the good ones are kept."""
        document, items = self.document(), self.validated()["annotations"]
        ended = writing.create_annotations(
            author=self.user, document=document, items=items, unit=self.unit
        )
        shown = self.get_serializer()  # one for all: making it takes longer than using it
        results = [_bulk_item(index, item, shown) for index, item in enumerate(ended)]
        created = sum(item.annotation is not None for item in ended)
        return Response({"created": created, "failed": len(ended) - created, "results": results})

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change an annotation of one's own; a span moves by start and end together."""
        annotation, precondition = self.get_object(), if_match(request)
        changed = writing.update_annotation(
            author=self.user,
            annotation=annotation,
            precondition=precondition,
            changes=self.validated(),
            unit=self.unit,
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete an annotation of one's own; it can be restored."""
        annotation, precondition = self.get_object(), if_match(request)
        writing.delete_annotation(
            author=self.user, annotation=annotation, precondition=precondition
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None)
    def restore(self, request: Request, pk: UUID) -> Response:
        """Bring a deleted annotation of one's own back."""
        annotation = self.get_object()
        return self.answer(writing.restore_annotation(author=self.user, annotation=annotation))


def _bulk_item(index: int, item: BulkItem, serializer: Any) -> dict[str, Any]:
    if item.annotation:
        shown = serializer.to_representation(item.annotation)
        return {"index": index, "status": status.HTTP_201_CREATED, "annotation": shown}
    problem: Any = item.problem
    told = {"code": problem.code, "detail": problem.detail, **problem.members}
    return {"index": index, "status": problem.status, "problem": told}
