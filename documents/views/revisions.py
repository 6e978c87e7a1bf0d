"""The texts that a document has had, and how it gets another one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from config.api.concurrency import if_match_or_any
from config.api.downloads import attachment
from config.api.parsers import StrictJSONParser, UploadParser
from config.api.views import ListMixin
from documents.models import Revision
from documents.serializers import (
    DocumentSerializer,
    RevisionFromFile,
    RevisionFromText,
    RevisionSerializer,
)
from documents.services import revisions
from documents.views.in_project import InProjectViewSet


class RevisionViewSet(ListMixin, InProjectViewSet):
    """Each text of a document, by its number; none of them ever changes."""

    queryset = Revision.objects.none()
    serializer_class = RevisionSerializer
    parser_classes = (StrictJSONParser, UploadParser)
    is_versioned = False
    requires = {
        "list": "document.read",
        "retrieve": "document.read",
        "source": "document.read",
        "create": "document.change",
    }
    tag = "documents"
    json_left = "text"

    @property
    def input_serializers(self) -> dict[str, Any]:  # type: ignore[override]
        """Tell a file from a text by the body's type."""
        media_type = self.request.content_type.partition(";")[0].strip().lower()
        is_text = media_type == "application/json"
        return {"create": RevisionFromText if is_text else RevisionFromFile}

    def get_serializer_class(self) -> Any:
        return DocumentSerializer if self.action == "create" else RevisionSerializer

    def get_queryset(self) -> QuerySet[Any]:
        rows = Revision.objects.visible_to(self.user).filter(document=self.document())
        return rows.defer("text", "layout")

    def retrieve(self, request: Request, document_id: UUID, number: int) -> Response:
        """Read what is known of a text; `/text?revision=` has the text itself."""
        return Response(self.represent(self._revision(number)))

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("Content-Disposition", response=True, location="header")],
    )
    def source(self, request: Request, document_id: UUID, number: int) -> FileResponse:
        """Download the file that a former text was made of, byte for byte."""
        revision = self._revision(number)
        return attachment(revisions.open_source(revision), revision.source_name or "document")

    @extend_schema(
        request={
            "application/json": RevisionFromText,
            "multipart/form-data": RevisionFromFile,
        },
        responses={
            200: OpenApiResponse(DocumentSerializer, description="It has this text already."),
            201: OpenApiResponse(DocumentSerializer, description="A text: it is the present one."),
            202: OpenApiResponse(DocumentSerializer, description="A file: watch its `status`."),
        },
    )
    def create(self, request: Request, document_id: UUID) -> Response:
        """Correct the text (as JSON), or upload another file (as multipart/form-data)."""
        document, precondition = self.document(), if_match_or_any(request)
        fields = self.validated()
        change = revisions.replace_source if "file" in fields else revisions.correct_text
        changed, is_other = change(
            actor=self.user, document=document, precondition=precondition, **fields
        )
        if not is_other:
            return self.answer(changed)
        if "file" in fields:
            return self.answer(changed, status.HTTP_202_ACCEPTED)
        response = self.answer(changed, status.HTTP_201_CREATED)
        revision: Any = changed.revision  # the one that it has just got
        args = [changed.pk, revision.number]
        response["Location"] = reverse("revision", args=args, request=request)
        return response

    def _revision(self, number: int) -> Revision:
        found: Revision = get_object_or_404(self.get_queryset(), number=number)
        return found
