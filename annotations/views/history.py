"""What has happened to a label, a set, an annotation."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.models import Annotation, AnnotationSet, Label
from documents.views.events import HistoryViewSet


class LabelHistoryViewSet(HistoryViewSet):
    """Of a label, archived or not."""

    target = Label
    requires = {"list": "label.read"}
    tag = "labels"


class OfSomebodyViewSet(HistoryViewSet):
    """Of what has an author."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read who changed what and when, latest first, as the differences.

        Annotators of a blind project are shown of others' work what they did themselves.
        """
        return super().list(request, *args, **kwargs)

    def shown(self, rows: QuerySet[Any], target: Any) -> QuerySet[Any]:
        if target.author_id == self.user.pk:
            return rows
        seen: QuerySet[Any] = rows.visible_to(self.user)  # type: ignore[attr-defined]
        return seen


class AnnotationSetHistoryViewSet(OfSomebodyViewSet):
    """Of a set itself, not of what it holds."""

    target = AnnotationSet
    requires = {"list": "annotation.read"}
    tag = "annotation sets"


class AnnotationHistoryViewSet(OfSomebodyViewSet):
    """Of an annotation, deleted or not."""

    target = Annotation
    requires = {"list": "annotation.read"}
    tag = "annotations"
