"""An empty view, and one with a single INSERT."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path


def empty(request: HttpRequest) -> JsonResponse:
    """Answer, and do nothing."""
    return JsonResponse({"status": "ok"})


def insert(request: HttpRequest) -> JsonResponse:
    """Write what was sent as one row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO benchmark_floor (body) VALUES (%s) RETURNING id", [request.body.decode()]
        )
        row = cursor.fetchone()
    return JsonResponse({"id": row[0]}, status=201)


urlpatterns = [path("empty", empty), path("insert", insert)]
