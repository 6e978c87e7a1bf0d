"""What the views of everything that belongs to a project share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, NamedTuple, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from config.api.views import ApiViewSet
from config.database.prepared import prepared
from documents.models import Document, Project
from documents.permissions import RolePermission, require
from users.compiled import Compiled, hole, named_sql
from users.models import Grant, Scope, User


class Seen(NamedTuple):
    """In which project something is that the caller sees; what they are there, or a superuser."""

    project_id: UUID
    role_of_caller: str | None = None


class InProjectViewSet(ApiViewSet):
    """Declare `requires` (action → permission of the table); find parents by who asks."""

    permission_classes: Any = (IsAuthenticated, RolePermission)
    requires: ClassVar[Mapping[str, str]] = {}

    @property
    def user(self) -> User:
        """Return who asks."""
        return cast("User", self.request.user)

    @property
    def limit(self) -> UUID | None:
        """Return the one project that the token at hand reaches, or None."""
        return self.user.grant.project_id if self.user.grant else None

    def allowed(self, rows: QuerySet[Any], key: str) -> Any:
        """Return the row that the address names among the visible ones; 404 or 403 without."""
        found = get_object_or_404(rows, pk=self.kwargs[key])
        self.check_object_permissions(self.request, found)
        return found

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        """Raise PermissionDenied; of what is allowed, note where."""
        super().check_object_permissions(request, obj)
        self.permitted_in = obj.project_id

    def permit_repeat(self, project_id: UUID) -> None:
        """Raise Http404 or PermissionDenied unless who repeats a request may still make it."""
        get_object_or_404(Project.objects.visible_to(self.user), pk=project_id)
        require(self.user, self.requires[self.action], project_id)

    def project(self) -> Project:
        """Return the project in the address; 404 when unseen, 403 when not allowed."""
        project: Project = self._found(_project, self.kwargs["project_id"])
        return project

    def document(self) -> Document:
        """Return the document in the address with its revision; 404 unseen, 403 not allowed."""
        document: Document = self._found(_document, self.kwargs["document_id"])
        return document

    def seen_project(self) -> Seen:
        """Return what is to be known of the project in the address for reading what is in it."""
        return self._seen(_seen_project, self.kwargs["project_id"])

    def seen_document(self, pk: UUID) -> Seen:
        """Return what is to be known of a document for reading it; 404 unseen, 403 not allowed."""
        return self._seen(_seen_document, pk)

    def _seen(self, query: Callable[..., str], pk: UUID) -> Seen:
        """Ask for two columns; to make a whole instance of a row takes twice as long."""
        statement = query(self.user.is_superuser, is_limited=self.limit is not None)
        with prepared(statement, {"id": pk, "user": self.user.pk, "limit": self.limit}) as cursor:
            row = cursor.fetchone()
        if row is None:
            raise Http404
        self.check_object_permissions(self.request, seen := Seen(*row))
        return seen

    def _found(self, query: Callable[..., Compiled[Any]], pk: UUID) -> Any:
        """Return what a query for one row finds that the caller sees, and is allowed there."""
        seen = query(self.user.is_superuser, is_limited=self.limit is not None)
        found = seen.first(id=pk, user=self.user.pk, limit=self.limit)
        if found is None:
            raise Http404
        self.check_object_permissions(self.request, found)
        return found


def caller(is_superuser: bool, *, is_limited: bool) -> User:
    """Return a caller of a kind, for a query that is filled in with who it is."""
    asks = User(pk=hole("user"), is_superuser=is_superuser)
    asks.grant = Grant(Scope.READ, hole("limit")) if is_limited else None
    return asks


@cache
def _project(is_superuser: bool, *, is_limited: bool) -> Compiled[Project]:
    asks = caller(is_superuser, is_limited=is_limited)
    rows = Project.objects.visible_to(asks).live().with_role_of(asks)
    return Compiled(lambda: rows.filter(pk=hole("id")))


@cache
def _document(is_superuser: bool, *, is_limited: bool) -> Compiled[Document]:
    asks = caller(is_superuser, is_limited=is_limited)
    rows = Document.objects.visible_to(asks).live().with_revision().with_role_of(asks)
    return Compiled(lambda: rows.filter(pk=hole("id")))


@cache
def _seen_project(is_superuser: bool, *, is_limited: bool) -> str:
    asks = caller(is_superuser, is_limited=is_limited)
    rows = Project.objects.visible_to(asks).live().with_role_of(asks)
    return _columns_of_seen(rows.filter(pk=hole("id")), "pk", is_superuser=is_superuser)


@cache
def _seen_document(is_superuser: bool, *, is_limited: bool) -> str:
    asks = caller(is_superuser, is_limited=is_limited)
    rows = Document.objects.visible_to(asks).live().with_role_of(asks)
    return _columns_of_seen(rows.filter(pk=hole("id")), "project_id", is_superuser=is_superuser)


def _columns_of_seen(rows: QuerySet[Any], project: str, *, is_superuser: bool) -> str:
    role = () if is_superuser else ("role_of_caller",)
    return named_sql(rows.values_list(project, *role), "id", "user", "limit")
