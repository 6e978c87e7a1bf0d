"""Documents with nearly the same text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from documents.models import Document, Job
from documents.serializers import (
    JobSerializer,
    NearDuplicateQuery,
    NearDuplicatesInput,
    NearDuplicatesSerializer,
)
from documents.services.near_duplicates import near_duplicates, start_near_duplicates
from documents.views.in_project import InProjectViewSet


class NearDuplicatesViewSet(InProjectViewSet):
    """What is like one document."""

    queryset = Document.objects.none()
    serializer_class = NearDuplicatesSerializer
    query_parameters = {"retrieve": frozenset({"threshold"})}
    requires = {"retrieve": "document.read"}
    tag = "documents"

    @extend_schema(parameters=[NearDuplicateQuery])
    def retrieve(self, request: Request, document_id: UUID) -> Response:
        """Read which documents have nearly this text.

        They are looked for among those that a job has read, and the 200 that changed last.
        """
        document, threshold = self.document(), self.queried(NearDuplicateQuery)["threshold"]
        found: dict[str, Any] = {
            "revision_id": document.revision_id,
            "threshold": threshold,
            "results": near_duplicates(document, threshold),
        }
        return Response(NearDuplicatesSerializer(found).data)


class NearDuplicatesJobViewSet(InProjectViewSet):
    """What is alike in a whole project."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    input_serializers = {"create": NearDuplicatesInput}
    requires = {"create": "document.change"}
    tag = "documents"

    @extend_schema(responses={202: JobSerializer})
    def create(self, request: Request, project_id: UUID) -> Response:
        """Have workers read all texts and group those that are nearly the same.

        The job's result has a group on each line: {"documents": [{"id", "external_id", "title",
        "similarity"}, …]}, where the similarity is that to the first one, the earliest. Whoever
        is as alike to one member is a member.
        """
        job = start_near_duplicates(actor=self.user, project=self.project(), **self.validated())
        return self.created(job, "job", status.HTTP_202_ACCEPTED)
