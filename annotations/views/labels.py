"""Labels of projects."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.filters import LabelFilter
from annotations.models import Label
from annotations.serializers import (
    ConfirmQuery,
    LabelChanges,
    LabelInput,
    LabelSerializer,
    LabelUsageSerializer,
)
from annotations.services import labels
from annotations.services.label_usage import usage_of_label
from config.api.concurrency import if_match
from config.api.views import ListMixin, RetrieveMixin
from documents.views.in_project import InProjectViewSet


class LabelViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """What annotations say. The id is the key; the name may change."""

    queryset = Label.objects.none()
    serializer_class = LabelSerializer
    input_serializers = {"create": LabelInput, "partial_update": LabelChanges}
    query_parameters = {"destroy": frozenset({"confirm"})}
    filterset_class = LabelFilter
    orderings = {"position": "position", "created_at": "id", "name": "name"}
    default_ordering = "position"
    requires = {
        "list": "label.read",
        "retrieve": "label.read",
        "create": "label.change",
        "partial_update": "label.change",
        "destroy": "label.change",
        "restore": "label.change",
        "usage": "label.usage",
    }
    unchanging = frozenset({"retrieve"})
    tag = "labels"

    def get_queryset(self) -> QuerySet[Any]:
        rows = Label.objects.visible_to(self.user)
        if self.action != "list":
            return rows
        rows = rows.filter(project=self.project())
        return rows if self.request.query_params.get("archived") else rows.live()

    def create(self, request: Request, project_id: UUID) -> Response:
        """Make a label."""
        project = self.project()
        label = labels.create_label(actor=self.user, project=project, **self.validated())
        return self.created(label, "label")

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a label; what it is put on keeps it, under its new name."""
        label, precondition = self.get_object(), if_match(request)
        changed = labels.update_label(
            actor=self.user, label=label, precondition=precondition, changes=self.validated()
        )
        return self.answer(changed)

    @extend_schema(parameters=[ConfirmQuery])
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Archive a label: it is given no more, its annotations keep it; it can be restored.

        One that is in use is archived with `confirm=true` alone: 409 tells in `usage` what has it.
        """
        label, precondition = self.get_object(), if_match(request)
        labels.archive_label(
            actor=self.user,
            label=label,
            precondition=precondition,
            confirmed=self.queried(ConfirmQuery)["confirm"],
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None)
    def restore(self, request: Request, pk: UUID) -> Response:
        """Bring an archived label back."""
        return self.answer(labels.restore_label(actor=self.user, label=self.get_object()))

    @extend_schema(responses=LabelUsageSerializer)
    def usage(self, request: Request, pk: UUID) -> Response:
        """Read what has a label: what archiving or merging it would concern."""
        return Response(LabelUsageSerializer(usage_of_label(self.get_object())).data)
