"""Errors outside of any API view: problems under /api/, plain sentences elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from config.api.errors import problem_response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that no view could read."""
    return _answer(request, 400, "bad_request", "The request cannot be read.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what is not allowed."""
    return _answer(request, 403, "permission_denied", "You may not do this.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a good token; Django's own page has styles that the CSP drops."""
    return _answer(request, 403, "csrf_failed", "The form is too old; reload the page, send again.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that is no route."""
    return _answer(request, 404, "not_found", "There is nothing at this address.")


def server_error(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Answer for a fault of ours; it is logged with the request's id."""
    return _answer(request, 500, "server_error", "Our fault; it is logged under the request's id.")


def _answer(request: HttpRequest, status: int, code: str, sentence: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(request, status, code, sentence)
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
