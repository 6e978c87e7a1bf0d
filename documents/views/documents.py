"""Documents: files and texts in, text out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match, if_match_or_any
from config.api.downloads import attachment
from config.api.parsers import StrictJSONParser, UploadParser
from config.api.views import RetrieveMixin
from documents.filters import DocumentFilter
from documents.models import Document
from documents.serializers import (
    BoxesSerializer,
    DocumentFromFile,
    DocumentFromText,
    DocumentFromUpload,
    DocumentProperties,
    DocumentSerializer,
    ExtractionOptions,
    LayoutQuery,
    LayoutSerializer,
    TextRangeQuery,
    TextRangeSerializer,
    WordsSerializer,
)
from documents.services import documents, texts, uploads
from documents.views.finding import FINDING, FindingViewSet, finding_parameters

AN_ID = "01980000-0000-7000-8000-000000000000"
_JSON: dict[str, Any] = {"request_only": True, "media_type": "application/json"}
A_TEXT = OpenApiExample("A text", {"text": "Ada lives in Turin.", "external_id": "n-1"}, **_JSON)
AN_UPLOAD = OpenApiExample("A finished upload", {"upload": AN_ID, "title": "Letters"}, **_JSON)


class DocumentViewSet(RetrieveMixin, FindingViewSet):
    """What is annotated."""

    queryset = Document.objects.none()
    serializer_class = DocumentSerializer
    parser_classes = (StrictJSONParser, UploadParser)
    query_parameters = {
        **finding_parameters(DocumentFilter),
        "layout": frozenset({"offset_unit", "revision"}),
        **dict.fromkeys(
            ("text", "boxes", "words"), frozenset({"start", "end", "offset_unit", "revision"})
        ),
    }
    requires = {
        "list": "document.read",
        "facets": "document.read",
        "retrieve": "document.read",
        "text": "document.read",
        "layout": "document.read",
        "boxes": "document.read",
        "words": "document.read",
        "source": "document.read",
        "create": "document.add",
        "partial_update": "document.change",
        "reprocess": "document.change",
        "destroy": "document.delete",
        "restore": "document.delete",
    }
    unchanging = frozenset({"text", "layout"})
    tag = "documents"
    json_left = "text"

    @property
    def input_serializers(self) -> dict[str, Any]:  # type: ignore[override]
        """Tell a file from JSON by the body's type, a text from an upload by what is named."""
        media_type = self.request.content_type.partition(";")[0].strip().lower()
        create: Any = DocumentFromFile
        if media_type == "application/json":
            create = DocumentFromUpload if "upload" in self.request.data else DocumentFromText
        return {
            "create": create,
            "partial_update": DocumentProperties,
            "reprocess": ExtractionOptions,
        }

    def get_queryset(self) -> QuerySet[Any]:
        rows = Document.objects.visible_to(self.user)
        if self.action in FINDING:  # whose filters leave out what is deleted
            return rows.filter(project=self.seen_project().project_id)
        return rows.with_revision() if self.action == "restore" else rows.with_revision().live()

    @extend_schema(
        request={
            "application/json": PolymorphicProxySerializer(
                "DocumentFromJSON", [DocumentFromText, DocumentFromUpload], None
            ),
            "multipart/form-data": DocumentFromFile,
        },
        examples=[A_TEXT, AN_UPLOAD],
        responses={
            201: OpenApiResponse(DocumentSerializer, description="A text: ready at once."),
            202: OpenApiResponse(DocumentSerializer, description="A file: watch its `status`."),
        },
    )
    def create(self, request: Request, project_id: UUID) -> Response:
        """Add a document: a file as multipart/form-data; a text, or a finished upload, as JSON."""
        project, fields = self.project(), self.validated()
        if "upload" in fields:
            upload_id = fields.pop("upload")
            document = uploads.document_from_upload(
                actor=self.user, project=project, upload_id=upload_id, **fields
            )
            return self.created(document, "document", status.HTTP_202_ACCEPTED)
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

    @extend_schema(request=ExtractionOptions, responses={202: DocumentSerializer})
    def reprocess(self, request: Request, pk: UUID) -> Response:
        """Extract the text anew from the stored file, with other options or a better extractor."""
        document, precondition = self.get_object(), if_match_or_any(request)
        again = documents.reprocess_document(
            actor=self.user, document=document, precondition=precondition, **self.validated()
        )
        return self.answer(again, status.HTTP_202_ACCEPTED)

    @extend_schema(
        parameters=[TextRangeQuery],
        responses=TextRangeSerializer,
    )
    def text(self, request: Request, pk: UUID) -> Response:
        """Read the text, or the part from `start` to `end`."""
        found = texts.read(self.get_object(), **self.queried(TextRangeQuery))
        return self.answer_under(f'"{found.revision_id}"', lambda: TextRangeSerializer(found).data)

    @extend_schema(parameters=[LayoutQuery], responses=LayoutSerializer)
    def layout(self, request: Request, pk: UUID) -> Response:
        """Read where pages, blocks and sentences lie in the text."""
        found = texts.layout(self.get_object(), **self.queried(LayoutQuery))
        tag = f'"{found["revision_id"]}"'
        return self.answer_under(tag, lambda: LayoutSerializer(found).data)

    @extend_schema(parameters=[TextRangeQuery], responses=WordsSerializer)
    def words(self, request: Request, pk: UUID) -> Response:
        """Read where the words lie that begin between `start` and `end`, 100,000 code points."""
        found = texts.words(self.get_object(), **self.queried(TextRangeQuery))
        return Response(WordsSerializer(found).data)

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
