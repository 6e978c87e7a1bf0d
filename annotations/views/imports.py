"""Imports into projects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.jobs.importing import LabelPolicy
from annotations.serializers import ImportFromFile, ImportFromPlace, ImportFromUpload
from annotations.services import imports
from config.api.parsers import StrictJSONParser, UploadParser
from documents.models import Job, Project
from documents.permissions import require
from documents.serializers import JobSerializer
from documents.views.in_project import InProjectViewSet

A_PLACE = OpenApiExample(
    "What is new in a folder",
    {"place": "scans", "path": "2026/"},
    request_only=True,
    media_type="application/json",
)


class ImportViewSet(InProjectViewSet):
    """Documents in, many at once: from a file of records, an archive, or a place."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    parser_classes = (StrictJSONParser, UploadParser)
    requires = {"create": "document.add"}
    tag = "imports"

    @property
    def upload_max_bytes(self) -> int:
        """Return the size limit of the file."""
        return settings.IMPORT_MAX_BYTES

    @property
    def input_serializers(self) -> dict[str, Any]:  # type: ignore[override]
        """Tell a file from JSON by the body's type, an upload from a place by what is named."""
        media_type = self.request.content_type.partition(";")[0].strip().lower()
        if media_type != "application/json":
            return {"create": ImportFromFile}
        named = "place" in self.request.data
        return {"create": ImportFromPlace if named else ImportFromUpload}

    @extend_schema(
        request={
            "application/json": PolymorphicProxySerializer(
                "ImportFromJSON", [ImportFromUpload, ImportFromPlace], None
            ),
            "multipart/form-data": ImportFromFile,
        },
        examples=[A_PLACE],
        responses={202: JobSerializer},
    )
    def create(self, request: Request, project_id: UUID) -> Response:
        """Start an import: watch the job, its `errors` and its `counts`.

        A dry run does all but write: its result tells what would happen, and how the first rows
        are understood.
        """
        project = self.project()
        asked = self.validated()
        asked["options"] = replace(
            asked["options"], labels=self._labels(project, asked.pop("labels", None))
        )
        start: Any = imports.import_file
        if "place" in asked:
            start = imports.import_place
        elif "upload" in asked:
            start, asked["upload_id"] = imports.import_upload, asked.pop("upload")
        job = start(actor=self.user, project=project, **asked)
        return self.created(job, "job", status.HTTP_202_ACCEPTED)

    def _labels(self, project: Project, asked: str | None) -> LabelPolicy:
        """Return what becomes of missing labels: made, where the caller may make labels."""
        if asked == LabelPolicy.ERROR:
            return LabelPolicy.ERROR
        try:
            require(self.user, "label.change", project.pk)
        except PermissionDenied:
            if asked:
                raise
            return LabelPolicy.ERROR
        return LabelPolicy.CREATE
