"""Long work: how far it is, how it ended, what was wrong with its items."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.downloads import attachment
from config.api.views import ListMixin, RetrieveMixin
from documents.filters import JobFilter
from documents.models import Job, JobError
from documents.serializers import JobErrorSerializer, JobSerializer
from documents.services import jobs
from documents.views.in_project import InProjectViewSet


class JobViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """Imports, erasures and other long work; other routes start it."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    filterset_class = JobFilter
    requires = {
        "list": "job.read",
        "retrieve": "job.read",
        "result": "job.read",
        "cancel": "job.change",
        "retry": "job.change",
    }
    tag = "jobs"

    def get_queryset(self) -> QuerySet[Any]:
        rows = Job.objects.visible_to(self.user)
        return rows.filter(project=self.project()) if self.action == "list" else rows

    @extend_schema(request=None)
    def cancel(self, request: Request, pk: UUID) -> Response:
        """End a job before its time, at once or after the step at hand; what is done stays done."""
        return self.answer(jobs.cancel_job(actor=self.user, job=self.get_object()))

    @extend_schema(request=None, responses={202: JobSerializer})
    def retry(self, request: Request, pk: UUID) -> Response:
        """Go on with a failed or cancelled job where it stopped."""
        job = jobs.retry_job(actor=self.user, job=self.get_object())
        return self.answer(job, status.HTTP_202_ACCEPTED)

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("Content-Disposition", response=True, location="header")],
    )
    def result(self, request: Request, pk: UUID) -> FileResponse:
        """Download the file that a job has made, always as an attachment."""
        job = self.get_object()
        return attachment(jobs.open_result(job), job.result_name)


class JobErrorViewSet(ListMixin, InProjectViewSet):
    """What was wrong with items of a job; the others are not touched by it."""

    queryset = JobError.objects.none()
    serializer_class = JobErrorSerializer
    orderings = {"id": "id"}
    default_ordering = "id"
    requires = {"list": "job.read"}
    tag = "jobs"

    def get_queryset(self) -> QuerySet[Any]:
        job = self.allowed(Job.objects.visible_to(self.user), "job_id")
        return JobError.objects.visible_to(self.user).filter(job=job)
