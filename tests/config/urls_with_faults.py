"""The site's addresses, and some whose views raise what a view must not raise."""

from __future__ import annotations

from typing import cast

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from psycopg_pool import PoolTimeout
from rest_framework.exceptions import ParseError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from config import urls
from config.api.problems import Problem
from config.api.views import ApiViewSet
from users.models import User
from users.services.events import record_fact

SECRET = "the key is under the mat"
FAULTS: dict[str, Exception] = {
    "ours": RuntimeError(SECRET),
    "operational": OperationalError(SECRET),
    "interface": InterfaceError(SECRET),
    "pool": PoolTimeout(SECRET),
    "permission": PermissionDenied("Not today."),
    "suspicious": SuspiciousOperation("Too many fields."),
    "parse": ParseError("No form."),
}


class FaultyViewSet(ApiViewSet):
    permission_classes = (AllowAny,)

    def retrieve(self, request: Request, name: str) -> Response:
        raise FAULTS[name]


class RefusingViewSet(ApiViewSet):
    """Logs a try and refuses it: as one whose record stands, or as any other."""

    input_serializers = {"create": Serializer}

    def create(self, request: Request, how: str) -> Response:
        who = cast("User", request.user)
        record_fact(actor=None, action="tried", target_type="user", target_id=who.pk, told={})
        refusal = Problem("Not this time.")
        refusal.is_recorded = how == "recorded"
        raise refusal


def faulty(request: HttpRequest, name: str) -> HttpResponse:
    raise FAULTS[name]


urlpatterns = [
    path("api/v1/faults/<slug:name>", FaultyViewSet.as_view({"get": "retrieve"})),
    path("api/v1/refusals/<slug:how>", RefusingViewSet.as_view({"post": "create"})),
    path("api/plain/<slug:name>", faulty),
    path("plain/<slug:name>", faulty),
    *urls.urlpatterns,
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
