"""Merging and splitting labels, and undoing that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.models import Label
from annotations.serializers import LabelUsageSerializer, MergeInput, RelabellingQuery, SplitInput
from annotations.services import relabelling
from documents.models import Job
from documents.serializers import JobSerializer
from documents.views.in_project import InProjectViewSet


class RelabellingViewSet(InProjectViewSet):
    """What has one label gets another one, by a job whose errors tell what does not fit that.

    What is said stays as it is, deleted annotations and closed sets included. Where a set, or a
    pair of annotations, has the other label already, the second one is deleted, and can be
    restored. The job can be undone.
    """

    queryset = Label.objects.none()
    serializer_class = JobSerializer
    input_serializers = {"merge": MergeInput, "split": SplitInput}
    query_parameters = {"merge": frozenset({"dry_run"}), "split": frozenset({"dry_run"})}
    requires = {"merge": "label.change", "split": "label.change"}
    tag = "labels"

    def get_queryset(self) -> QuerySet[Any]:
        return Label.objects.visible_to(self.user).select_related("project")

    @extend_schema(
        parameters=[RelabellingQuery],
        responses={200: LabelUsageSerializer, 202: JobSerializer},
    )
    def merge(self, request: Request, pk: UUID) -> Response:
        """Give all that has the label another one, and archive it then.

        Its children come below the other one, which takes its place in joins.
        """
        label, asked = self.get_object(), self.validated()
        if self.queried(RelabellingQuery)["dry_run"]:
            return self._previewed(label, asked)
        job = relabelling.start_merge(actor=self.user, label=label, **asked)
        return self.created(job, "job", status.HTTP_202_ACCEPTED)

    @extend_schema(
        parameters=[RelabellingQuery],
        responses={200: LabelUsageSerializer, 202: JobSerializer},
    )
    def split(self, request: Request, pk: UUID) -> Response:
        """Give what has the label and meets all conditions another one."""
        label, asked = self.get_object(), self.validated()
        if self.queried(RelabellingQuery)["dry_run"]:
            return self._previewed(label, asked)
        job = relabelling.start_split(actor=self.user, label=label, **asked)
        return self.created(job, "job", status.HTTP_202_ACCEPTED)

    def _previewed(self, label: Label, asked: dict[str, Any]) -> Response:
        usage = relabelling.preview(actor=self.user, label=label, **asked)
        return Response(LabelUsageSerializer(usage).data)


class UndoViewSet(InProjectViewSet):
    """What a merge or a split did is taken back by a job of its own."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    requires = {"create": "label.change"}
    tag = "labels"

    def get_queryset(self) -> QuerySet[Any]:
        return Job.objects.visible_to(self.user)

    @extend_schema(request=None, responses={202: JobSerializer})
    def create(self, request: Request, pk: UUID) -> Response:
        """Take back what a merge or a split did, but for what was changed since.

        Such annotations are errors of the job. The one undone names it in its parameters.
        """
        job = relabelling.start_undo(actor=self.user, job=self.get_object())
        return self.created(job, "job", status.HTTP_202_ACCEPTED)
