"""What sets hold, as wholes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.models import AnnotationSet
from annotations.serializers import OffsetUnitQuery, SetContentInput, SetContentSerializer
from annotations.services.set_content import Order, content_of, put_content
from config.api.concurrency import etag, if_match
from config.api.problems import StaleVersion
from documents.offsets import OffsetUnit
from documents.views.in_project import InProjectViewSet

_UNIT = frozenset({"offset_unit"})


@extend_schema(parameters=[OffsetUnitQuery])
class SetContentViewSet(InProjectViewSet):
    """All that a set holds in one answer, and as a front end saves it: wholly or not at all.

    Its ETag is made of the versions of the set and of all that is in it, whoever changes them.
    """

    queryset = AnnotationSet.objects.none()
    serializer_class = SetContentSerializer
    input_serializers = {"update": SetContentInput}
    query_parameters = {"retrieve": _UNIT, "update": _UNIT}
    requires = {"retrieve": "annotation.read", "update": "annotation.write"}
    unchanging = frozenset({"retrieve"})
    tag = "annotation sets"

    @property
    def json_max_bytes(self) -> int:
        """Return the size limit of the body: that of bulk bodies."""
        return settings.JSON_MAX_BYTES_BULK

    @property
    def unit(self) -> OffsetUnit:
        """Return what the offsets of this request count."""
        return OffsetUnit(self.queried(OffsetUnitQuery)["offset_unit"])

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"offset_unit": self.unit}

    def get_queryset(self) -> QuerySet[Any]:
        rows = AnnotationSet.objects.visible_to(self.user).select_related("revision")
        return rows.defer("revision__text", "revision__layout")

    def etag(self, resource: Any) -> str:
        unit = self.unit
        return etag(resource, "" if unit is OffsetUnit.CODE_POINTS else unit.value)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read all that a set holds, in the order of the text, as it can be sent back."""
        content = content_of(self.get_object())
        return self.answer_under(self.etag(content), lambda: self.represent(content))

    def update(self, request: Request, pk: UUID) -> Response:
        """Make one's own set hold what is sent, in one transaction; undoing is one step as well.

        What has the `id` of something in the set is changed where it differs, or comes back if it
        was deleted; what has another id, or none, is made; what is not named is deleted. Relations
        name their ends by id, new ones too. What is as it was gets no new version and no event, so
        that the same again changes nothing: save as often as you like, with the ETag of the last
        answer. Of two who save at once, one is told 412, and what the other one saved.
        """
        annotation_set, precondition = self.get_object(), if_match(request)
        order = Order(self.user, **self.validated(), unit=self.unit)
        try:
            content = put_content(
                order=order, annotation_set=annotation_set, precondition=precondition
            )
        except StaleVersion as problem:
            problem.headers["ETag"] = self.etag(problem.current)
            raise
        return self.answer(content)
