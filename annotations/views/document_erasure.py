"""Final erasure of documents with what was said of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.services import document_erasure
from documents.models import Document, Job
from documents.serializers import ErasureInput, ErasuresInput, JobSerializer
from documents.views.in_project import InProjectViewSet
from users.services.reauthentication import reauthenticate


class ErasureViewSet(InProjectViewSet):
    """What was deleted, gone for good: by people with their password, by tokens of scope `admin`.

    The job takes text, files, annotations, what the log tells of them, and the files, parameters
    and error texts of all earlier jobs of the project, which may hold them; those cannot be
    retried then. Wait until it has succeeded; retry it when it has not.
    """

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    input_serializers = {"create": ErasuresInput, "erase": ErasureInput}
    requires = {"create": "document.erase", "erase": "document.erase"}
    tag = "documents"

    def get_queryset(self) -> QuerySet[Any]:
        return Document.objects.visible_to(self.user).select_related("project")

    @extend_schema(request=ErasuresInput, responses={202: JobSerializer})
    def create(self, request: Request, project_id: UUID) -> Response:
        """Erase many deleted documents for good."""
        project, asked = self.project(), self._reauthenticated()
        job = document_erasure.erase_documents(actor=self.user, project=project, **asked)
        return self.created(job, "job", status.HTTP_202_ACCEPTED)

    @extend_schema(request=ErasureInput, responses={202: JobSerializer})
    def erase(self, request: Request, pk: UUID) -> Response:
        """Erase a deleted document for good."""
        document, asked = self.get_object(), self._reauthenticated()
        job = document_erasure.erase_document(actor=self.user, document=document, **asked)
        return self.created(job, "job", status.HTTP_202_ACCEPTED)

    def _reauthenticated(self) -> dict[str, Any]:
        """Return what is asked for once a person has shown who they are, as no token can."""
        asked = self.validated()
        password = asked.pop("current_password", None)
        if self.user.session is not None:
            reauthenticate(
                request=self.request._request,  # noqa: SLF001
                user=self.user,
                session=self.user.session,
                password=password,
            )
        return asked
