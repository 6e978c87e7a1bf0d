"""The schemas of projects: all labels as one document."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.models import SchemaVersion
from annotations.serializers import (
    SchemaChangeQuery,
    SchemaChangesSerializer,
    SchemaCopyInput,
    SchemaPutQuery,
    SchemaQuery,
    SchemaSerializer,
    SchemaVersionSerializer,
)
from annotations.services import schemas
from annotations.services.schemas import Changes, current_schema, schema_at
from config.api.concurrency import if_match
from config.api.views import ListMixin
from documents.models import Project
from documents.permissions import require
from documents.views.in_project import InProjectViewSet
from users.errors import InvalidMember


class SchemaViewSet(InProjectViewSet):
    """All labels of a project as one document, to be kept, carried to another project, or edited.

    Its ETag is the number of its version, which every change of a label makes anew.
    """

    queryset = SchemaVersion.objects.none()
    serializer_class = SchemaSerializer
    input_serializers = {"update": SchemaSerializer, "copy": SchemaCopyInput}
    query_parameters = {
        "retrieve": frozenset({"version"}),
        "update": frozenset({"dry_run", "archive_missing"}),
        "copy": frozenset({"dry_run"}),
    }
    requires = {"retrieve": "label.read", "update": "label.change", "copy": "label.change"}
    tag = "labels"

    @extend_schema(parameters=[SchemaQuery])
    def retrieve(self, request: Request, project_id: UUID) -> Response:
        """Read the schema, as it is or as it was at a version."""
        project, number = self.project(), self.queried(SchemaQuery).get("version")
        if number is None:
            return self.answer(current_schema(project))
        versions = SchemaVersion.objects.visible_to(self.user).filter(project=project)
        return self.answer(schema_at(get_object_or_404(versions, number=number)))

    @extend_schema(parameters=[SchemaPutQuery], responses=SchemaChangesSerializer)
    def update(self, request: Request, project_id: UUID) -> Response:
        """Make the project's labels what a document says; nothing is deleted.

        A label is known by its id, if it is one of the project's, else by its kind and name, else
        it is made. One that the document does not name stays, but with `archive_missing=true`.
        """
        project, precondition = self.project(), if_match(request)
        changes = schemas.put_schema(
            actor=self.user,
            project=project,
            precondition=precondition,
            entries=self.validated()["labels"],
            **self.queried(SchemaPutQuery),
        )
        return self._changes(changes)

    @extend_schema(parameters=[SchemaChangeQuery], responses=SchemaChangesSerializer)
    def copy(self, request: Request, project_id: UUID) -> Response:
        """Copy the live labels of another project that the caller sees.

        Labels of the same kind and name become what they are there; the others stay.
        """
        project, source = self.project(), self._source()
        asked = self.queried(SchemaChangeQuery)
        return self._changes(
            schemas.copy_schema(actor=self.user, project=project, source=source, **asked)
        )

    def _source(self) -> Project:
        projects = Project.objects.visible_to(self.user).live()
        source: Project | None = projects.filter(pk=self.validated()["source"]).first()
        if source is None:
            raise InvalidMember("/from", "unknown", "Expected a project that you see.")
        require(self.user, "label.read", source.pk)
        return source

    def _changes(self, changes: Changes) -> Response:
        headers = {"ETag": self.etag(changes)}
        return Response(SchemaChangesSerializer(changes).data, headers=headers)


class SchemaVersionViewSet(ListMixin, InProjectViewSet):
    """What the schema was: a version for each change; annotations point to theirs."""

    queryset = SchemaVersion.objects.none()
    serializer_class = SchemaVersionSerializer
    orderings = {"number": "number"}
    default_ordering = "-number"
    requires = {"list": "label.read"}
    tag = "labels"

    def get_queryset(self) -> QuerySet[Any]:
        return SchemaVersion.objects.visible_to(self.user).filter(project=self.project())
