"""Annotations of documents."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.filters import AnnotationFilter
from annotations.models import Anchoring, Annotation
from annotations.serializers import (
    AnnotationChanges,
    AnnotationInput,
    AnnotationSerializer,
    BulkInput,
    BulkResultSerializer,
    OffsetUnitQuery,
    RestoreInput,
)
from annotations.services import annotations as writing
from annotations.services import bulk
from annotations.services.bulk import BulkItem
from config.api.concurrency import etag, if_match, if_match_or_any
from config.api.views import ListMixin, RetrieveMixin
from documents.offsets import OffsetUnit
from documents.permissions import may
from documents.views.in_project import InProjectViewSet

_UNIT = frozenset({"offset_unit"})


@extend_schema(parameters=[OffsetUnitQuery])
class AnnotationViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """Labels on spans, on parts of pages and on whole documents, in a set of the caller's."""

    queryset = Annotation.objects.none()
    serializer_class = AnnotationSerializer
    input_serializers = {
        "create": AnnotationInput,
        "bulk_create": BulkInput,
        "partial_update": AnnotationChanges,
        "restore": RestoreInput,
    }
    filterset_class = AnnotationFilter
    is_list = frozenset({"list", "lost"})
    query_parameters = dict.fromkeys(
        (
            "list",
            "lost",
            "retrieve",
            "create",
            "bulk_create",
            "partial_update",
            "destroy",
            "restore",
        ),
        _UNIT,
    )
    requires = {
        "list": "annotation.read",
        "lost": "annotation.read",
        "retrieve": "annotation.read",
        "create": "annotation.write",
        "bulk_create": "annotation.write",
        "partial_update": "annotation.write",
        "destroy": "annotation.write",
        "restore": "annotation.write",
    }
    unchanging = frozenset({"retrieve"})
    tag = "annotations"

    @property
    def json_max_bytes(self) -> int:
        """Return the size limit of the body: bulk bodies are larger."""
        bulk = self.action == "bulk_create"
        return settings.JSON_MAX_BYTES_BULK if bulk else settings.JSON_MAX_BYTES

    @cached_property
    def unit(self) -> OffsetUnit:
        """Return what the offsets of this request count."""
        return OffsetUnit(self.queried(OffsetUnitQuery)["offset_unit"])

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return context | {"offset_unit": self.unit}

    def get_queryset(self) -> QuerySet[Any]:
        rows = Annotation.objects.visible_to(self.user)
        if self.unit is not OffsetUnit.CODE_POINTS:
            rows = rows.prefetch_related("revision")
        if self.action == "lost":
            return rows.live().filter(project=self.project(), anchoring=Anchoring.LOST)
        if self.action == "list":
            return self._of_document(rows)
        return rows if self.action == "restore" else rows.live()

    def _of_document(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the document's annotations; unless asked for, none that is deleted or lost."""
        rows, asked = rows.filter(document=self.document()), self.request.query_params
        if "deleted" not in asked:
            rows = rows.filter(deleted_at=None)
        return rows if "anchoring" in asked else rows.exclude(anchoring=Anchoring.LOST)

    def is_curator(self, annotation: Annotation) -> bool:
        """Return whether who asks may give a place to this annotation, which was lost."""
        is_lost = annotation.anchoring == Anchoring.LOST
        return is_lost and may(self.user, "set.review", annotation.project_id)

    def etag(self, resource: Any) -> str:
        unit = self.unit
        return etag(resource, "" if unit is OffsetUnit.CODE_POINTS else unit.value)

    @extend_schema(responses=AnnotationSerializer(many=True))
    def lost(self, request: Request, project_id: UUID) -> Response:
        """List what has no place in its document's present text: give it one, or delete it."""
        return self.list(request)

    def create(self, request: Request, document_id: UUID) -> Response:
        """Add an annotation to one's own set, which the first one opens, or to a given one.

        A span is told by its offsets, by a quote that stands in the text once, or by fragments.
        """
        document, fields = self.document(), self.validated()
        annotation = writing.create_annotation(
            author=self.user,
            document=document,
            set_id=fields.pop("annotation_set", None),
            fields=fields,
            unit=self.unit,
        )
        return self.created(annotation, "annotation")

    @extend_schema(responses=BulkResultSerializer)
    def bulk_create(self, request: Request, document_id: UUID) -> Response:
        """Add up to 1,000 annotations; each item's end is told, the good ones are kept."""
        document, asked = self.document(), self.validated()
        ended = bulk.create_annotations(
            author=self.user,
            document=document,
            set_id=asked.get("annotation_set"),
            items=asked["annotations"],
            unit=self.unit,
        )
        shown = self.get_serializer()  # one for all: making it takes longer than using it
        results = [_bulk_item(index, item, shown) for index, item in enumerate(ended)]
        created = sum(item.annotation is not None for item in ended)
        return Response({"created": created, "failed": len(ended) - created, "results": results})

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change an annotation of one's own; a span moves by start and end, or by fragments.

        Curators place by start and end what was lost, whosever it is.
        """
        annotation, precondition = self.get_object(), if_match(request)
        changed = writing.update_annotation(
            author=self.user,
            annotation=annotation,
            precondition=precondition,
            changes=self.validated(),
            unit=self.unit,
            is_curator=self.is_curator(annotation),
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete an annotation of one's own; it can be restored."""
        annotation, precondition = self.get_object(), if_match(request)
        writing.delete_annotation(
            author=self.user,
            annotation=annotation,
            precondition=precondition,
            is_curator=self.is_curator(annotation),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    def restore(self, request: Request, pk: UUID) -> Response:
        """Bring a deleted annotation of one's own back, or what one said at an earlier version.

        Its label, place, attributes, body and confidence then become its next version: nothing is
        rewritten. They are held against labels and text as any change. What was said of a former
        text comes back where the present one has the same quote in the same place (else 409).
        If-Match is heeded where it is sent.
        """
        annotation, precondition = self.get_object(), if_match_or_any(request)
        restored = writing.restore_annotation(
            author=self.user,
            annotation=annotation,
            precondition=precondition,
            is_curator=self.is_curator(annotation),
            **self.validated(),
        )
        return self.answer(restored)


def _bulk_item(index: int, item: BulkItem, serializer: Any) -> dict[str, Any]:
    if item.annotation:
        shown = serializer.to_representation(item.annotation)
        return {"index": index, "status": status.HTTP_201_CREATED, "annotation": shown}
    problem: Any = item.problem
    told = {"code": problem.code, "detail": problem.detail, **problem.members}
    return {"index": index, "status": problem.status, "problem": told}
