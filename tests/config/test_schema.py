"""The description of the API is complete, valid, and what openapi.yaml holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from jsonschema import Draft202012Validator

from config.urls import v1

KEPT = settings.BASE_DIR / "openapi.yaml"
SCHEMA: dict[str, Any] = yaml.safe_load(KEPT.read_text())


# What has no version: it is ended, never changed, or grows by pieces that say where they begin.
UNCHANGING = {
    "annotation-sets/{id}/content",
    "annotations/{id}",
    "documents/{id}/layout",
    "documents/{id}/text",
    "labels/{id}",
    "relations/{id}",
}
UNVERSIONED = {
    "/api/v1/uploads/{id}",
    "/api/v1/users/me/devices/{id}",
    "/api/v1/users/me/identities/{id}",
}


class Operation(NamedTuple):
    """One method of one address."""

    method: str
    path: str
    told: dict[str, Any]


def operations() -> Iterator[Operation]:
    for path, methods in SCHEMA["paths"].items():
        for method, told in methods.items():
            yield Operation(method, path, told)


each_operation = pytest.mark.parametrize(
    "operation", list(operations()), ids=lambda operation: f"{operation.method} {operation.path}"
)


def resolved(reference: str) -> Any:
    """Return what a reference within the schema leads to."""
    found: Any = SCHEMA
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(told: Any) -> Iterator[str]:
    """Yield every reference in a part of the schema."""
    if isinstance(told, dict):
        if isinstance(told.get("$ref"), str):
            yield told["$ref"]
        for inner in told.values():
            yield from references(inner)
    elif isinstance(told, list):
        for inner in told:
            yield from references(inner)


def test_the_kept_file_is_what_is_described_without_a_warning(tmp_path: Path) -> None:
    made = tmp_path / "openapi.yaml"
    options = {"api_version": "v1", "validate": True, "fail_on_warn": True}
    call_command("spectacular", file=str(made), **options)
    assert made.read_text() == KEPT.read_text()


def test_is_openapi_3_1() -> None:
    assert SCHEMA["openapi"].startswith("3.1.")
    assert SCHEMA["info"]["description"]


def test_every_route_and_method_is_described() -> None:
    described = {(operation.method, operation.path) for operation in operations()}
    routes = {
        (method, "/api/v1/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(route.pattern)))
        for route in v1
        for method in getattr(route.callback, "actions", {})
        if method not in {"head", "options"}
    }
    assert {(method, path.replace("{pk}", "{id}")) for method, path in routes} == described


def test_every_reference_leads_somewhere() -> None:
    for reference in references(SCHEMA):
        assert resolved(reference), reference


def test_every_component_is_a_valid_json_schema() -> None:
    for component in SCHEMA["components"]["schemas"].values():
        Draft202012Validator.check_schema(component)


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation.told["operationId"] for operation in operations()]
    assert len(set(names)) == len(names)


@each_operation
def test_every_operation_is_explained(operation: Operation) -> None:
    assert operation.told["description"].rstrip().endswith(".")
    assert operation.told["tags"]


@each_operation
def test_every_operation_tells_how_it_succeeds_and_fails(operation: Operation) -> None:
    statuses = set(operation.told["responses"])
    assert any(status.startswith("2") for status in statuses)
    assert {"400", "429", "503"} <= statuses
    for status, answer in operation.told["responses"].items():
        if status.startswith(("4", "5")):
            assert set(answer["content"]) == {"application/problem+json"}
            assert answer["description"]


@each_operation
def test_every_parameter_is_explained(operation: Operation) -> None:
    for parameter in operation.told.get("parameters", []):
        is_plain = parameter["in"] == "path" or "enum" in parameter["schema"]
        assert is_plain or parameter.get("description"), parameter["name"]


@each_operation
def test_every_json_body_has_an_example_that_fits(operation: Operation) -> None:
    body = operation.told.get("requestBody", {"content": {}})["content"].get("application/json")
    if body is None:
        assert operation.method in {"get", "delete", "post"} or operation.path in UNVERSIONED
        return
    assert body["examples"]
    validator = Draft202012Validator({**body["schema"], "components": SCHEMA["components"]})
    for example in body["examples"].values():
        assert list(validator.iter_errors(example["value"])) == []


@each_operation
def test_changes_ask_for_the_version_and_creations_take_a_key(operation: Operation) -> None:
    headers = {
        parameter["name"]: parameter.get("required", False)
        for parameter in operation.told.get("parameters", [])
        if parameter["in"] == "header" and not parameter["name"].startswith(("Tus-", "Upload-"))
    }
    is_of_somebody = {} not in operation.told.get("security", [])
    of_a_version = {} if operation.path in UNVERSIONED else {"If-Match": True}
    expected = {
        "put": of_a_version,
        "patch": of_a_version,
        "delete": of_a_version,
        "post": {"Idempotency-Key": False} if is_of_somebody else {},
    }
    if operation.path.endswith("/events/stream"):
        expected["get"] = {"Last-Event-ID": False}
    if operation.path.removeprefix("/api/v1/") in UNCHANGING:
        expected["get"] = {"If-None-Match": False}
    assert headers == expected.get(operation.method, {})
