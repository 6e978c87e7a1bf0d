"""Runs of models."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.models import ModelRun
from annotations.serializers import ModelRunInput, ModelRunSerializer
from annotations.services.model_runs import create_model_run
from config.api.views import ListMixin, RetrieveMixin
from documents.views.in_project import InProjectViewSet


class ModelRunViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """The model behind a set: its name, version and parameters, as whoever ran it tells them."""

    queryset = ModelRun.objects.none()
    serializer_class = ModelRunSerializer
    input_serializers = {"create": ModelRunInput}
    requires = {
        "list": "annotation.read",
        "retrieve": "annotation.read",
        "create": "annotation.write",
    }
    tag = "annotation sets"

    def get_queryset(self) -> QuerySet[Any]:
        rows = ModelRun.objects.visible_to(self.user).select_related("created_by")
        return rows.filter(project=self.project()) if self.action == "list" else rows

    def create(self, request: Request, project_id: UUID) -> Response:
        """Tell of a run; then open sets of the kind `model` for it, and annotate in them."""
        project = self.project()
        run = create_model_run(actor=self.user, project=project, **self.validated())
        return self.created(run, "model-run")
