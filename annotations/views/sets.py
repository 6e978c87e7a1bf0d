"""Annotation sets and their review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.filters import AnnotationSetFilter
from annotations.models import AnnotationSet, SetKind
from annotations.serializers import AnnotationSetSerializer, ReasonInput, SetInput
from annotations.services import sets
from config.api.concurrency import if_match_or_any
from config.api.views import ListMixin, RetrieveMixin
from documents.views.in_project import InProjectViewSet


class AnnotationSetViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """What one source says about one document: draft → submitted → approved or returned."""

    queryset = AnnotationSet.objects.none()
    serializer_class = AnnotationSetSerializer
    input_serializers = {"create": SetInput, "return_for_work": ReasonInput}
    filterset_class = AnnotationSetFilter
    requires = {
        "list": "annotation.read",
        "retrieve": "annotation.read",
        "create": "annotation.write",
        "submit": "annotation.write",
        "approve": "set.review",
        "return_for_work": "set.review",
    }
    tag = "annotation sets"

    def get_queryset(self) -> QuerySet[Any]:
        rows = AnnotationSet.objects.visible_to(self.user).select_related("author", "reviewer")
        if "document_id" in self.kwargs:
            return rows.filter(document=self.document())
        return rows.filter(project=self.project()) if "project_id" in self.kwargs else rows

    @extend_schema(responses={200: AnnotationSetSerializer})
    def create(self, request: Request, document_id: UUID) -> Response:
        """Open one's own set on the document, that of a model run, or the gold one; or get it."""
        document, asked = self.document(), self.validated()
        annotation_set = sets.open_set(
            author=self.user,
            document=document,
            kind=SetKind(asked["kind"]),
            run_id=asked.get("model_run"),
        )
        return self.created(annotation_set, "annotation-set", 200)

    @extend_schema(request=None)
    def submit(self, request: Request, pk: UUID) -> Response:
        """Hand one's set in for review; an empty one says that there is nothing."""
        annotation_set = sets.submit(
            author=self.user,
            annotation_set=self.get_object(),
            precondition=if_match_or_any(request),
        )
        return self.answer(annotation_set)

    @extend_schema(request=None)
    def approve(self, request: Request, pk: UUID) -> Response:
        """Accept a submitted set."""
        annotation_set = sets.approve(
            reviewer=self.user,
            annotation_set=self.get_object(),
            precondition=if_match_or_any(request),
        )
        return self.answer(annotation_set)

    def return_for_work(self, request: Request, pk: UUID) -> Response:
        """Give a submitted or approved set back to its author, with the reason."""
        annotation_set = sets.return_for_work(
            reviewer=self.user,
            annotation_set=self.get_object(),
            precondition=if_match_or_any(request),
            **self.validated(),
        )
        return self.answer(annotation_set)
