"""How drf-spectacular describes our viewsets: a serializer per action, headers, problems."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

_NEEDS_IF_MATCH = {"PUT", "PATCH", "DELETE"}
_READS_A_RANGE = {"documents_text_retrieve", "documents_boxes_retrieve"}
_PROBLEM_STATUSES = {
    "400": "The query, a header or the body is malformed.",
    "401": "Not signed in, or the token has ended.",
    "403": "Seen, but not allowed.",
    "404": "No such resource, or not for you.",
    "406": "Answers are JSON; the Accept header refuses it.",
    "409": "The resource's state does not allow it.",
    "412": "Another change came first; `current` shows the resource as it is now.",
    "413": "The body is too large.",
    "415": "The body is not of a type that this route takes.",
    "422": "The content is invalid; `errors` points at each fault.",
    "428": "If-Match is missing.",
    "429": "The rate limit is used up; see Retry-After.",
    "503": "A part does not answer now; see Retry-After.",
}


class ApiSchema(AutoSchema):
    """Read our viewsets' declarations."""

    view: Any  # an ApiViewSet, as every route of the API is

    def get_request_serializer(self) -> Any:
        return self.view.input_serializers.get(self.view.action)

    def get_description(self) -> Any:  # type: ignore[override]
        """Say after what the action does what it takes, as the view's permissions explain it."""
        asked = [getattr(permission, "explain", None) for permission in self.view.get_permissions()]
        takes = [explain(self.view, self.method) for explain in asked if explain]
        return " ".join([super().get_description(), *takes])

    def get_tags(self) -> list[str]:
        """Group by the resource: the last collection in the address."""
        return [getattr(self.view, "tag", super().get_tags()[0])]

    def get_override_parameters(self) -> list[Any]:
        headers = []
        if self.method in _NEEDS_IF_MATCH and self.view.is_versioned:
            text = 'The ETag that was read, e.g. `"3"`; 428 without, 412 when stale.'
            headers.append(_header("If-Match", text, required=True))
        if self.method == "POST" and self.view.authentication_classes:  # keys are a caller's own
            text = "1 to 255 visible ASCII characters; a repeat under it is answered alike."
            headers.append(_header("Idempotency-Key", text, required=False))
        if self.view.action in self.view.unchanging:
            text = "ETags of representations that you have; 304 if it still is one of them."
            headers.append(_header("If-None-Match", text, required=False))
        return headers

    def get_filter_backends(self) -> Any:
        """Show filters and pages on every list action, not only the one named `list`."""
        return super().get_filter_backends() if self.view.action in self.view.is_list else []


def _header(name: str, description: str, *, required: bool) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, required=required, description=description
    )


def describe_problems(
    result: dict[str, Any], generator: Any, request: Any, public: Any
) -> dict[str, Any]:
    """Give each operation its problem answers; a hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _problem_schema()
    answers = {status: _problem_answer(text) for status, text in _PROBLEM_STATUSES.items()}
    for path in result.get("paths", {}).values():
        for method, operation in path.items():
            if _takes(operation, "If-None-Match"):
                operation["responses"]["304"] = {"description": "You have it: see If-None-Match."}
            for status in _possible(method, operation):
                operation["responses"].setdefault(status, answers[status])
            for status, answer in operation["responses"].items():
                if status[0] in "45" and "content" not in answer:
                    operation["responses"][status] = _problem_answer(answer["description"])
    return result


def _possible(method: str, operation: dict[str, Any]) -> list[str]:
    statuses = ["400", "406", "429", "503"]
    if operation.get("security") != [{}] or operation["operationId"].startswith("auth_token"):
        statuses += ["401", "403"]
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", [])):
        statuses += ["404", "409"]
    if operation["operationId"] in _READS_A_RANGE:  # which may lie beyond the text
        statuses.append("422")
    if _takes(operation, "If-Match"):
        statuses += ["409", "412", "428"]
    if "requestBody" in operation:
        statuses += ["413", "415", "422"]
    if method == "post":
        statuses += ["409", "422"]
    return sorted(set(statuses))


def _takes(operation: dict[str, Any], header: str) -> bool:
    return any(parameter["name"] == header for parameter in operation.get("parameters", []))


def _problem_answer(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": schema}},
    }


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    error = {
        "type": "object",
        "required": ["code", "detail"],
        "properties": {"pointer": text, "parameter": text, "code": text, "detail": text},
    }
    return {
        "type": "object",
        "description": "RFC 9457. `code` is stable; `errors` points at each invalid member.",
        "required": ["type", "title", "status", "detail", "code", "instance", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "code": text,
            "instance": text,
            "request_id": text,
            "errors": {"type": "array", "items": error},
            "current": {"type": "object", "description": "With 412: the resource as it is now."},
        },
        "example": {
            "type": "urn:postil:problem:stale_version",
            "title": "The resource has changed since the version named in If-Match.",
            "status": 412,
            "detail": "Another change came first. Read `current`, then decide and try again.",
            "code": "stale_version",
            "instance": "/api/v1/annotations/01980000-0000-7000-8000-000000000000",
            "request_id": "4f0c8a0d7c6f4f0f9d1a6f4f7c6f4f0f",
        },
    }
