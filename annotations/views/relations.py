"""Relations between annotations, and the chains that they make."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.filters import RelationFilter
from annotations.models import Relation
from annotations.serializers import (
    BulkRelationsInput,
    BulkRelationsResult,
    ChainsQuery,
    ChainsSerializer,
    RelationChanges,
    RelationInput,
    RelationSerializer,
)
from annotations.services import relations as writing
from annotations.services.chains import chains
from annotations.services.relations import BulkRelation
from config.api.concurrency import if_match
from config.api.views import ListMixin, RetrieveMixin
from documents.views.in_project import InProjectViewSet


class RelationViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """Labelled ways from one annotation to another of the same set, which is the caller's."""

    queryset = Relation.objects.none()
    serializer_class = RelationSerializer
    input_serializers = {
        "create": RelationInput,
        "bulk_create": BulkRelationsInput,
        "partial_update": RelationChanges,
    }
    filterset_class = RelationFilter
    requires = {
        "list": "annotation.read",
        "retrieve": "annotation.read",
        "create": "annotation.write",
        "bulk_create": "annotation.write",
        "partial_update": "annotation.write",
        "destroy": "annotation.write",
        "restore": "annotation.write",
    }
    unchanging = frozenset({"retrieve"})
    tag = "relations"

    @property
    def json_max_bytes(self) -> int:
        """Return the size limit of the body: bulk bodies are larger."""
        bulk = self.action == "bulk_create"
        return settings.JSON_MAX_BYTES_BULK if bulk else settings.JSON_MAX_BYTES

    def get_queryset(self) -> QuerySet[Any]:
        rows = Relation.objects.visible_to(self.user)
        if self.action == "list":
            rows = rows.filter(document=self.document())
            return rows if "deleted" in self.request.query_params else rows.live()
        return rows if self.action == "restore" else rows.live()

    def create(self, request: Request, document_id: UUID) -> Response:
        """Join two annotations of a set of one's own."""
        document, fields = self.document(), self.validated()
        relation = writing.create_relation(
            author=self.user,
            document=document,
            set_id=fields.pop("annotation_set", None),
            fields=fields,
        )
        return self.created(relation, "relation")

    @extend_schema(responses=BulkRelationsResult)
    def bulk_create(self, request: Request, document_id: UUID) -> Response:
        """Add up to 1,000 relations to a set; each item's end is told, the good ones are kept."""
        document, asked = self.document(), self.validated()
        ended = writing.create_relations(
            author=self.user,
            document=document,
            set_id=asked.get("annotation_set"),
            items=asked["relations"],
        )
        shown = self.get_serializer()  # one for all: making it takes longer than using it
        results = [_bulk_item(index, item, shown) for index, item in enumerate(ended)]
        created = sum(item.relation is not None for item in ended)
        return Response({"created": created, "failed": len(ended) - created, "results": results})

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a relation of one's own; its ends stay."""
        relation, precondition = self.get_object(), if_match(request)
        changed = writing.update_relation(
            author=self.user,
            relation=relation,
            precondition=precondition,
            changes=self.validated(),
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a relation of one's own; it can be restored."""
        relation, precondition = self.get_object(), if_match(request)
        writing.delete_relation(author=self.user, relation=relation, precondition=precondition)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None)
    def restore(self, request: Request, pk: UUID) -> Response:
        """Bring a deleted relation of one's own back, where both its ends are there."""
        relation = writing.restore_relation(author=self.user, relation=self.get_object())
        return self.answer(relation)


class ChainViewSet(InProjectViewSet):
    """What relations of one label join, such as all that speaks of one person."""

    serializer_class = ChainsSerializer
    is_versioned = False
    query_parameters = {"retrieve": frozenset({"label", "annotation_set"})}
    requires = {"retrieve": "annotation.read"}
    tag = "relations"

    @extend_schema(parameters=[ChainsQuery])
    def retrieve(self, request: Request, document_id: UUID) -> Response:
        """Read the chains: what relations of a label join, whichever way they lead."""
        document = self.document()
        found = chains(reader=self.user, document=document, **self.queried(ChainsQuery))
        return Response(self.represent({"results": found}))


def _bulk_item(index: int, item: BulkRelation, serializer: Any) -> dict[str, Any]:
    if item.relation:
        shown = serializer.to_representation(item.relation)
        return {"index": index, "status": status.HTTP_201_CREATED, "relation": shown}
    problem: Any = item.problem
    told = {"code": problem.code, "detail": problem.detail, **problem.members}
    return {"index": index, "status": problem.status, "problem": told}
