"""Turn every exception that reaches a view into an application/problem+json answer (RFC 9457)."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from psycopg.errors import QueryCanceled
from psycopg_pool import PoolTimeout
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.views import set_rollback

from config.api.problems import (
    MalformedBody,
    PayloadTooLarge,
    Problem,
    QueryTimeout,
    StaleVersion,
    StorageFull,
    Unavailable,
)
from config.api.request_id import current_request_id

logger = logging.getLogger(__name__)
PROBLEM_JSON = "application/problem+json"
TOO_LONG = "Ask for less at once, by more filters for instance, or try again later."
NO_ROOM_LEFT = "Nothing was taken in. Try again once the operator has made room."
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
# Codes of the framework's own errors, where its default code is not the one that we publish.
_CODES = {"error": "bad_request", "invalid": "invalid", "parse_error": "malformed_body"}


def answer_problem(error: Exception, context: dict[str, Any]) -> Response:
    """Return the problem answer to an error raised in a view; DRF's EXCEPTION_HANDLER."""
    set_rollback()
    request = context["request"]
    problem = _as_members(error, context)
    headers = getattr(error, "headers", {}) | _framework_headers(error)
    return Response(
        problem | {"instance": request.path, "request_id": current_request_id()},
        status=problem["status"],
        headers=headers,
        content_type=PROBLEM_JSON,
    )


def _as_members(error: Exception, context: dict[str, Any]) -> dict[str, Any]:
    match error:
        case StaleVersion():
            view = context["view"]
            return _members(error.status, error.code, error.title(), error.detail) | {
                "current": view.represent(error.current)
            }
        case Problem():
            return _members(error.status, error.code, error.title(), error.detail) | error.members
        case ValidationError():
            return _invalid(error, in_query=context["request"].method in {"GET", "HEAD"})
        case APIException():
            return _framework(error)
    return _outside_the_framework(error)


def _outside_the_framework(error: Exception) -> dict[str, Any]:
    match error:
        case Http404():
            return _members(404, "not_found", "Not found", "No such resource, or not for you.")
        case PermissionDenied():
            return _members(403, "permission_denied", "Not allowed", str(error))
        case SuspiciousOperation():
            return _suspicious(error)
    if told := _of_the_machine(error):
        return told
    logger.error("Unhandled error", exc_info=error)
    return _members(500, "server_error", "Our fault", "It is logged under this request_id.")


def _of_the_machine(error: Exception) -> dict[str, Any] | None:
    """Return what to tell of a part that fails, not by a fault of ours; None of anything else."""
    match error:
        case OperationalError() if isinstance(error.__cause__, QueryCanceled):
            logger.warning("A statement took too long: %s", error)
            return _members(503, QueryTimeout.code, QueryTimeout.title(), TOO_LONG)
        case OperationalError() | InterfaceError() | PoolTimeout():
            logger.error("The database did not answer: %s", error)
            error.headers = {"Retry-After": "5"}  # type: ignore[union-attr]
            return _members(503, Unavailable.code, Unavailable.title(), "Try again soon.")
        case OSError() if error.errno in NO_ROOM:
            logger.error("The disk is full: %s", error)
            error.headers = {"Retry-After": "60"}  # type: ignore[attr-defined]
            return _members(503, StorageFull.code, StorageFull.title(), NO_ROOM_LEFT)
    return None


def _suspicious(error: SuspiciousOperation) -> dict[str, Any]:
    match error:
        case RequestDataTooBig():
            detail = f"Form fields hold at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes."
            return _members(413, PayloadTooLarge.code, PayloadTooLarge.title(), detail)
        case TooManyFilesSent():
            return _members(400, MalformedBody.code, MalformedBody.title(), "Send one file.")
        case TooManyFieldsSent():
            most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
            return _members(400, "bad_request", "Bad request", f"Send at most {most} members.")
    return _members(400, "bad_request", "Bad request", str(error))


def _members(status: int, code: str, title: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"urn:postil:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": code,
    }


def _framework(error: APIException) -> dict[str, Any]:
    code = str(error.get_codes()) if isinstance(error.detail, str) else error.default_code
    title = HTTPStatus(error.status_code).phrase
    return _members(error.status_code, _CODES.get(code, code), title, str(error.detail))


def _framework_headers(error: Exception) -> dict[str, str]:
    if auth := getattr(error, "auth_header", None):
        return {"WWW-Authenticate": auth}
    return {}


def _invalid(error: ValidationError, *, in_query: bool) -> dict[str, Any]:
    errors = field_errors(error.detail, in_query=in_query)
    code = "invalid_query" if in_query else "invalid"
    first = errors[0] if errors else {"detail": ""}
    where = first.get("pointer") or first.get("parameter") or "The request"
    status = 400 if in_query else 422
    title = "A query parameter is invalid" if in_query else "The content is invalid"
    return _members(status, code, title, f"{where}: {first['detail']}") | {"errors": errors}


def field_errors(detail: Any, *, in_query: bool = False) -> list[dict[str, str]]:
    """Flatten DRF's nested error detail to [{pointer | parameter, code, detail}]."""
    place = "parameter" if in_query else "pointer"
    return [
        {place: path.lstrip("/") if in_query else path, "code": str(text.code), "detail": text}
        for path, text in _walk(detail, "")
    ]


def _walk(detail: Any, path: str) -> Iterator[tuple[str, ErrorDetail]]:
    if isinstance(detail, dict):
        for key, inner in detail.items():
            token = str(key).replace("~", "~0").replace("/", "~1")
            yield from _walk(inner, path if key == "non_field_errors" else f"{path}/{token}")
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            is_leaf = isinstance(inner, str)
            yield from _walk(inner, path if is_leaf else f"{path}/{index}")
    else:
        yield path, detail


def problem_response(
    request: HttpRequest, status: int, code: str, detail: str, **headers: str
) -> JsonResponse:
    """Return a problem outside of DRF: from a middleware or for an address that is no route."""
    body = _members(status, code, HTTPStatus(status).phrase, detail)
    body |= {"instance": request.path, "request_id": current_request_id()}
    return JsonResponse(body, status=status, content_type=PROBLEM_JSON, headers=headers)
