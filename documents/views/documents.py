"""Documents: files and texts in, text out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match, if_match_or_any
from config.api.downloads import attachment
from config.api.parsers import StrictJSONParser, UploadParser
from config.api.views import ListMixin, RetrieveMixin
from documents.filters import DocumentFilter
from documents.models import Document
from documents.serializers import (
    BoxesSerializer,
    DocumentFromFile,
    DocumentFromText,
    DocumentProperties,
    DocumentSerializer,
    LayoutSerializer,
    TextRangeQuery,
    TextRangeSerializer,
)
from documents.services import documents, texts
from documents.views.in_project import InProjectViewSet


class DocumentViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """What is annotated."""

    queryset = Document.objects.none()
    serializer_class = DocumentSerializer
    parser_classes = (StrictJSONParser, UploadParser)
    filterset_class = DocumentFilter
    orderings = {"created_at": "id", "updated_at": "updated_at", "title": "title"}
    query_parameters = dict.fromkeys(
        ("text", "boxes"), frozenset({"start", "end", "offset_unit", "revision"})
    )
    requires = {
        "list": "document.read",
        "retrieve": "document.read",
        "text": "document.read",
        "layout": "document.read",
        "boxes": "document.read",
        "source": "document.read",
        "create": "document.add",
        "partial_update": "document.change",
        "reprocess": "document.change",
        "destroy": "document.delete",
        "restore": "document.delete",
    }
    tag = "documents"

    @property
    def input_serializers(self) -> dict[str, Any]:  # type: ignore[override]
        """Tell a file from a text by the body's type."""
        media_type = self.request.content_type.partition(";")[0].strip().lower()
        create = DocumentFromText if media_type == "application/json" else DocumentFromFile
        return {"create": create, "partial_update": DocumentProperties}

    def get_queryset(self) -> QuerySet[Any]:
        rows = Document.objects.visible_to(self.user).with_revision()
        if self.action == "restore":
            return rows
        if self.action != "list":
            return rows.live()
        rows = rows.filter(project=self.project())
        return rows if self.request.query_params.get("deleted") else rows.live()

    @extend_schema(
        request={
            "application/json": DocumentFromText,
            "multipart/form-data": DocumentFromFile,
        },
        responses={
            201: OpenApiResponse(DocumentSerializer, description="A text: ready at once."),
            202: OpenApiResponse(DocumentSerializer, description="A file: watch its `status`."),
        },
    )
    def create(self, request: Request, project_id: UUID) -> Response:
        """Add a document: a file as multipart/form-data, or a text as JSON."""
        project, fields = self.project(), self.validated()
        if "file" in fields:
            document = documents.upload_document(actor=self.user, project=project, **fields)
            return self.created(document, "document", status.HTTP_202_ACCEPTED)
        document = documents.create_document(actor=self.user, project=project, **fields)
        return self.created(document, "document")

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is known of a document; its text never changes in place."""
        document, precondition = self.get_object(), if_match(request)
        changed = documents.update_document(
            actor=self.user, document=document, precondition=precondition, changes=self.validated()
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a document with its annotations; it can be restored."""
        document, precondition = self.get_object(), if_match(request)
        documents.delete_document(actor=self.user, document=document, precondition=precondition)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None)
    def restore(self, request: Request, pk: UUID) -> Response:
        """Bring a deleted document back."""
        document = documents.restore_document(actor=self.user, document=self.get_object())
        return self.answer(document)

    @extend_schema(request=None, responses={202: DocumentSerializer})
    def reprocess(self, request: Request, pk: UUID) -> Response:
        """Extract the text anew from the stored file, e.g. after a better extractor came."""
        document, precondition = self.get_object(), if_match_or_any(request)
        again = documents.reprocess_document(
            actor=self.user, document=document, precondition=precondition
        )
        return self.answer(again, status.HTTP_202_ACCEPTED)

    @extend_schema(
        parameters=[TextRangeQuery],
        responses=TextRangeSerializer,
    )
    def text(self, request: Request, pk: UUID) -> Response:
        """Read the text, or the part from `start` to `end`."""
        found = texts.read(self.get_object(), **self.queried(TextRangeQuery))
        return Response(TextRangeSerializer(found).data)

    @extend_schema(responses=LayoutSerializer)
    def layout(self, request: Request, pk: UUID) -> Response:
        """Read where pages, blocks and sentences lie in the text, as code-point offsets."""
        return Response(LayoutSerializer(texts.layout(self.get_object())).data)

    @extend_schema(parameters=[TextRangeQuery], responses=BoxesSerializer)
    def boxes(self, request: Request, pk: UUID) -> Response:
        """Read where the text from `start` to `end` stands on its pages."""
        found = texts.boxes(self.get_object(), **self.queried(TextRangeQuery))
        return Response(BoxesSerializer(found).data)

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("Content-Disposition", response=True, location="header")],
    )
    def source(self, request: Request, pk: UUID) -> FileResponse:
        """Download the original file, byte for byte, always as an attachment."""
        document = self.get_object()
        return attachment(documents.open_source(document), document.source_name or "document")
