"""Taking back one's last change to a document, and making it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.serializers import OffsetUnitQuery, StepsSerializer, UndoneSerializer
from annotations.services import undoing
from documents.offsets import OffsetUnit
from documents.views.in_project import InProjectViewSet


class StepViewSet(InProjectViewSet):
    """What one has changed in a document, a request at a time; the log is what it goes by."""

    serializer_class = UndoneSerializer
    is_versioned = False
    query_parameters = dict.fromkeys(("undo", "redo"), frozenset({"offset_unit"}))
    requires = {
        "retrieve": "annotation.read",
        "undo": "annotation.write",
        "redo": "annotation.write",
    }
    tag = "annotations"

    @extend_schema(responses=StepsSerializer)
    def retrieve(self, request: Request, document_id: UUID) -> Response:
        """Tell whether there is something to undo or to redo, for a front end's buttons."""
        can_undo, can_redo = undoing.possible(author=self.user, document=self.document())
        return Response({"can_undo": can_undo, "can_redo": can_redo})

    @extend_schema(request=None, parameters=[OffsetUnitQuery], responses=UndoneSerializer)
    def undo(self, request: Request, document_id: UUID) -> Response:
        """Take back one's last change to the document's annotations and relations.

        Whatever one request changed is one step, be it a bulk of a thousand. What somebody else
        has changed since is not touched (409). Steps before the document's present text stay.
        """
        return self._changed(undoing.undo)

    @extend_schema(request=None, parameters=[OffsetUnitQuery], responses=UndoneSerializer)
    def redo(self, request: Request, document_id: UUID) -> Response:
        """Make again what was taken back last, unless something else was changed since."""
        return self._changed(undoing.redo)

    def _changed(self, step: Callable[..., undoing.Undone]) -> Response:
        unit = OffsetUnit(self.queried(OffsetUnitQuery)["offset_unit"])
        undone = step(author=self.user, document=self.document())
        context: dict[str, Any] = self.get_serializer_context() | {"offset_unit": unit}
        return Response(UndoneSerializer(undone, context=context).data)
