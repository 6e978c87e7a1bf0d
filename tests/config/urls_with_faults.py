"""The site's addresses, and some whose views raise what a view must not raise."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from psycopg_pool import PoolTimeout
from rest_framework.exceptions import ParseError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config import urls
from config.api.views import ApiViewSet

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


def faulty(request: HttpRequest, name: str) -> HttpResponse:
    raise FAULTS[name]


urlpatterns = [
    path("api/v1/faults/<slug:name>", FaultyViewSet.as_view({"get": "retrieve"})),
    path("api/plain/<slug:name>", faulty),
    path("plain/<slug:name>", faulty),
    *urls.urlpatterns,
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
