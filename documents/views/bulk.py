"""Many documents in one request."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.errors import field_errors
from documents.errors import InvalidDocument
from documents.intake import Ended, Outcome
from documents.models import Document
from documents.serializers import DocumentBulkInput, DocumentBulkItem, DocumentBulkResult
from documents.services import bulk
from documents.views.in_project import InProjectViewSet


class DocumentBulkViewSet(InProjectViewSet):
    """Texts by the hundred."""

    queryset = Document.objects.none()
    serializer_class = DocumentBulkItem
    input_serializers = {"create": DocumentBulkInput}
    requires = {"create": "document.add"}
    tag = "documents"
    json_max_bytes = settings.JSON_MAX_BYTES_BULK
    json_left = "documents"  # where each item is looked at by itself

    @extend_schema(responses={200: DocumentBulkResult})
    def create(self, request: Request, project_id: UUID) -> Response:
        """Add up to 1,000 texts; each item's end is told, the good ones are kept."""
        project, given = self.project(), self.validated()
        items = [_checked(index, item) for index, item in enumerate(given["documents"])]
        ended = bulk.create_documents(
            actor=self.user, project=project, items=items, on_known=given["on_known"]
        )
        results = [_told(index, outcome) for index, outcome in enumerate(ended)]
        created = sum(outcome.ended == Ended.CREATED for outcome in ended)
        failed = sum(outcome.ended == Ended.REFUSED for outcome in ended)
        return Response({"created": created, "failed": failed, "results": results})


def _checked(index: int, item: Any) -> Any:
    if not isinstance(item, ValidationError):
        return item
    return InvalidDocument(field_errors({"documents": {index: item.detail}}))


def _told(index: int, outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {"index": index, "ended": outcome.ended}
    if outcome.problem:
        problem = outcome.problem
        shown = {"code": problem.code, "detail": problem.detail, **problem.members}
        return told | {"status": problem.status, "problem": shown}
    document: Any = outcome.document
    is_new = outcome.ended == Ended.CREATED
    return told | {
        "status": status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
        "id": document.pk,
        "version": document.version,
        "duplicate_of_id": document.duplicate_of_id,
    }
