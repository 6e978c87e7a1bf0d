"""The viewset that every endpoint is made from: one gate for queries, rates, retries, versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from config.api import replica
from config.api.concurrency import etag, is_known
from config.api.errors import field_errors
from config.api.idempotency import answered_once
from config.api.pagination import PARAMETERS
from config.api.plain import read
from config.api.problems import InvalidQuery, MalformedBody
from config.api.serializers import lent


class ApiViewSet(GenericViewSet[Any]):
    """Declare `serializer_class` (out), `input_serializers` (in, by action), orderings, filters.

    `scopes` names what an access token must allow for an action, where it is not the usual;
    `unkept` the members of answers that no Idempotency-Key keeps, for they are secrets, and
    `content_headers` the headers that are part of what a POST says. What is not `is_versioned`
    has nothing that changes, or another condition, so it takes no If-Match. What the `unchanging`
    actions show is the same as long as its ETag is, so they may answer 304; elsewhere members are
    shown that make no new version: progress, counts, names of people. `parameter_families` are,
    by action, beginnings of parameters that the action itself tells apart. What is not
    `is_replicated` is never read at a replica of the database.
    """

    http_method_names: Sequence[str] = ("get", "post", "put", "patch", "delete", "head")
    input_serializers: ClassVar[Mapping[str, type[BaseSerializer[Any]]]] = {}
    query_parameters: ClassVar[Mapping[str, frozenset[str]]] = {}
    repeatable_parameters: ClassVar[frozenset[str]] = frozenset()
    parameter_families: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    orderings: ClassVar[Mapping[str, str]] = {"created_at": "id"}
    default_ordering: ClassVar[str] = "created_at"
    scopes: ClassVar[Mapping[str, Any]] = {}
    throttle_scope: ClassVar[str] = "default"
    filterset_class: ClassVar[Any] = None
    is_list: ClassVar[frozenset[str]] = frozenset({"list"})
    unkept: ClassVar[frozenset[str]] = frozenset()
    content_headers: ClassVar[frozenset[str]] = frozenset()
    is_versioned: ClassVar[bool] = True
    is_replicated: ClassVar[bool] = True
    unchanging: ClassVar[frozenset[str]] = frozenset()
    permitted_in: UUID | None = None  # the project in which the request took a permission

    # The steps of one request

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Run DRF's steps in an order in which a refused caller is counted too."""
        self.format_kwarg = None
        request.version, request.versioning_scheme = self.determine_version(request)
        try:
            self.perform_authentication(request)
        except APIException:
            self.check_throttles(request)
            raise  # of a database that is away it would ask once more who calls, and wait again
        self.check_throttles(request)
        negotiated = self.perform_content_negotiation(request)
        request.accepted_renderer, request.accepted_media_type = negotiated
        self.check_permissions(request)
        self._check_query(request)
        self._check_body(request)
        if request.method == "POST" and self.action:
            self.post = answered_once(self.post, self.unkept)  # type: ignore[has-type]
        if request.method in ("GET", "HEAD") and self.action and self._may_read_replica(request):
            name = str(request.method).lower()
            setattr(self, name, replica.read_there(getattr(self, name), str(request.user.pk)))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        usage = getattr(request._request, "rate_usage", None)  # noqa: SLF001 - set by the throttle
        for name, value in usage.headers().items() if usage else ():
            response.headers.setdefault(name, value)  # a stricter limit may stand there
        response.headers.setdefault("Cache-Control", "private, no-store")  # answers are personal
        return super().finalize_response(request, response, *args, **kwargs)

    def _may_read_replica(self, request: Request) -> bool:
        return replica.is_used() and self.is_replicated and request.user.is_authenticated

    def _check_query(self, request: Request) -> None:
        """Refuse query parameters that are unknown, repeated or unprintable.

        Of a method that the route does not have, that is told instead.
        """
        if str(request.method).lower() not in self.action_map:
            return
        allowed = self.allowed_query_parameters()
        families = self.parameter_families.get(self.action, ())
        for name, values in request.query_params.lists():
            if name not in allowed and not name.startswith(families):
                expected = ", ".join(sorted(allowed)) or "none"
                raise InvalidQuery(name[:80], f"Unknown parameter; expected: {expected}.")
            if "\x00" in name:
                raise InvalidQuery("?", "U+0000 cannot stand in the name of a parameter.")
            if len(values) > 1 and name not in self.repeatable_parameters:
                raise InvalidQuery(name, "Given more than once.")
            if "" in values and name not in PARAMETERS:  # these say what they expect
                raise InvalidQuery(name, "Given without a value.")
            if any("\x00" in value for value in values):
                raise InvalidQuery(name, "U+0000 cannot stand in text.")

    def _check_body(self, request: Request) -> None:
        """Refuse members in a body where the action takes none."""
        if request.method == "POST" and self.action not in self.input_serializers and request.data:
            raise MalformedBody("This route takes no body.")

    def allowed_query_parameters(self) -> frozenset[str]:
        """Return the names of the query parameters of the action at hand."""
        allowed = self.query_parameters.get(self.action, frozenset())
        if self.action in self.is_list:
            filters = self.filterset_class.base_filters if self.filterset_class else ()
            allowed = allowed | PARAMETERS | frozenset(filters)
        return allowed

    def permit_repeat(self, project_id: UUID) -> None:
        """Raise what somebody is told who repeats a request that takes a permission there."""

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply the filters to lists alone; making a filter form for one item costs as much."""
        return super().filter_queryset(queryset) if self.action in self.is_list else queryset

    # What actions are written with

    def validated(self) -> dict[str, Any]:
        """Return the request's content as the action's input serializer reads it."""
        kind, context = self.input_serializers[self.action], self.get_serializer_context()
        with lent(kind, context, partial=self.action == "partial_update") as serializer:
            return dict(read(serializer, self.request.data))

    def queried(self, serializer_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """Return the query as a serializer reads it; raises InvalidQuery."""
        try:
            with lent(serializer_class) as serializer:
                return dict(serializer.run_validation(self.request.query_params))
        except ValidationError as error:
            first = field_errors(error.detail, in_query=True)[0]
            raise InvalidQuery(first["parameter"], first["detail"]) from error

    def represent(self, resource: Any) -> Any:
        """Return a resource as the view's output serializer shows it."""
        with lent(self.get_serializer_class(), self.get_serializer_context()) as serializer:
            return serializer.to_representation(resource)

    def answer(self, resource: Any, status_code: int = status.HTTP_200_OK) -> Response:
        """Answer with one resource and its ETag."""
        return Response(
            self.represent(resource), status=status_code, headers={"ETag": self.etag(resource)}
        )

    def answer_under(self, tag: str, show: Callable[[], Any]) -> Response:
        """Answer a reader with what `tag` is the ETag of; 304 if they have it."""
        if is_known(self.request, tag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        return Response(show(), headers={"ETag": tag})

    def created(
        self, resource: Any, route: str, status_code: int = status.HTTP_201_CREATED
    ) -> Response:
        """Answer 201 with the new resource, its ETag and its address."""
        response = self.answer(resource, status_code)
        response["Location"] = reverse(route, args=[resource.pk], request=self.request)
        return response

    def etag(self, resource: Any) -> str:
        """Return the resource's ETag in the representation that this request asks for."""
        return etag(resource)


class ListMixin:
    """`GET` of a collection: filtered, ordered, a page at a time, trimmed to `fields=`."""

    def list(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one page of the collection."""
        rows: QuerySet[Any] = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self._trimmed(page))  # type: ignore[no-any-return]

    def _trimmed(self: Any, page: Sequence[Any]) -> Any:
        asked = self.request.query_params.get("fields")
        if asked is None:
            with lent(self.get_serializer_class(), self.get_serializer_context()) as shared:
                return [shared.to_representation(row) for row in page]
        serializer = self.get_serializer(page, many=True)
        wanted, known = asked.split(","), serializer.child.fields
        for name in wanted:
            if name not in known:
                raise InvalidQuery("fields", f"Expected {', '.join(known)}; found {name!a}.")
        for name in set(known) - set(wanted):
            known.pop(name)
        return serializer.data


class RetrieveMixin:
    """`GET` of one item, with its ETag."""

    def retrieve(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one resource."""
        resource = self.get_object()
        if self.action not in self.unchanging:
            return self.answer(resource)  # type: ignore[no-any-return]
        return self.answer_under(self.etag(resource), lambda: self.represent(resource))  # type: ignore[no-any-return]
