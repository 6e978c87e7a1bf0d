"""Every error is a problem with a stable code, and none tells what is not the client's business."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client as Browser
from rest_framework.exceptions import ErrorDetail

from config.api.errors import field_errors
from config.api.problems import Problem
from documents.models import Project
from tests.client import BASE, Client
from tests.config.away import database_away
from tests.config.urls_with_faults import SECRET
from tests.factories import DocumentFactory
from users.authentication import TokenAuthentication

FAULTY = pytest.mark.urls("tests.config.urls_with_faults")
MEMBERS = {"type", "title", "status", "detail", "code", "instance", "request_id"}
NOBODY = "00000000-0000-7000-8000-000000000000"


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Check what every problem holds, and return it."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert set(body) >= MEMBERS
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:postil:problem:{code}"
    assert body["request_id"] == response["X-Request-ID"]
    assert body["instance"] == response.wsgi_request.path
    assert body["title"]
    assert body["detail"]
    return body


def problems(of: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Yield every kind of problem that the site has."""
    for kind in of.__subclasses__():
        yield kind
        yield from problems(kind)


def test_each_problem_has_a_code_of_its_own_and_a_sentence() -> None:
    kinds = [kind for kind in problems() if not kind.__module__.startswith("tests.")]
    assert len({kind.code for kind in kinds}) == len(kinds) > 20
    for kind in kinds:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)
        assert kind.status in range(400, 600)
        assert kind.status != 500
        assert re.fullmatch(r"[A-Z].*\.", kind.title())


def test_what_is_not_there_is_a_problem(stranger: Client) -> None:
    body = problem(stranger.get(f"/projects/{NOBODY}"), 404, "not_found")
    assert body["detail"] == "No such resource, or not for you."


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/projects/", "/api/v2/projects"])
def test_what_is_no_route_is_a_problem_below_api(path: str) -> None:
    body = problem(Browser().get(path), 404, "not_found")
    assert body["detail"] == "There is nothing at this address."


def test_what_is_no_route_is_a_sentence_elsewhere() -> None:
    response = Browser().get("/nothing")
    assert response.status_code == 404
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content == b"There is nothing at this address."


def test_a_host_that_is_not_ours_is_refused() -> None:
    body = problem(Browser().get("/api/v1/projects", HTTP_HOST="evil.example"), 400, "bad_request")
    assert body["detail"] == "The request cannot be read."


def test_a_method_that_is_not_there_is_refused_with_those_that_are(stranger: Client) -> None:
    for method in ("PUT", "POST", "OPTIONS", "TRACE", "BREW"):
        response = stranger.send(method, f"/projects/{NOBODY}", None)
        problem(response, 405, "method_not_allowed")
        assert response["Allow"] == "GET, PATCH, DELETE, HEAD"


def test_who_takes_no_json_is_refused(stranger: Client) -> None:
    problem(stranger.get("/projects", Accept="text/html"), 406, "not_acceptable")


def test_nobody_is_told_how_to_sign_in(anonymous: Client, db: None) -> None:
    response = anonymous.get("/projects")
    body = problem(response, 401, "not_authenticated")
    assert body["detail"] == "Authentication credentials were not provided."
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_members_that_are_wrong_are_pointed_at(stranger: Client) -> None:
    sent = {"slug": "two words", "is_blind": "perhaps", "a/b~c": 1}
    body = problem(stranger.post("/projects", sent), 422, "invalid")
    assert body["errors"] == [
        {
            "pointer": "/a~1b~0c",
            "code": "unknown",
            "detail": "Unknown member; expected one of: "
            "allows_overlap, description, duplicates, four_eyes, guidelines, is_blind, max_bytes, "
            "max_documents, name, slug.",
        }
    ]
    del sent["a/b~c"]
    body = problem(stranger.post("/projects", sent), 422, "invalid")
    assert [(error["pointer"], error["code"]) for error in body["errors"]] == [
        ("/name", "required"),
        ("/slug", "invalid"),
        ("/is_blind", "invalid"),
    ]
    assert body["detail"] == "/name: This field is required."


def test_members_of_items_are_pointed_at(annotator: Client, project: Project) -> None:
    document = DocumentFactory.create(project=project)
    sent = {"annotations": [{"label": NOBODY}, {"label": "x", "start": -1}]}
    response = annotator.post(f"/documents/{document.pk}/annotations/bulk", sent)
    body = problem(response, 422, "invalid")
    pointers = [error["pointer"] for error in body["errors"]]
    assert pointers == ["/annotations/1/start", "/annotations/1/label"]


def test_errors_of_the_whole_point_at_the_whole() -> None:
    detail = {"non_field_errors": [ErrorDetail("Odd.", code="odd")]}
    assert field_errors(detail) == [{"pointer": "", "code": "odd", "detail": "Odd."}]


def test_parameters_that_are_wrong_are_named(stranger: Client, viewer: Client) -> None:
    project = viewer.person.memberships.get().project_id
    response = viewer.get(f"/projects/{project}/documents?status=lost&created_after=noon")
    body = problem(response, 400, "invalid_query")
    assert [(error["parameter"], error["code"]) for error in body["errors"]] == [
        ("status", "invalid_choice"),
        ("created_after", "invalid"),
    ]


def test_parameters_of_a_post_are_named_as_such(annotator: Client, project: Project) -> None:
    document = DocumentFactory.create(project=project)
    path = f"/documents/{document.pk}/annotations?offset_unit=inches"
    body = problem(annotator.post(path, {"label": NOBODY}), 400, "invalid_query")
    assert [error["parameter"] for error in body["errors"]] == ["offset_unit"]


@FAULTY
@pytest.mark.parametrize("path", ["/api/v1/faults/ours", "/api/plain/ours"])
def test_a_fault_of_ours_tells_nothing_and_is_logged(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(raise_request_exception=False)
    response = browser.get(path, headers={"X-Request-ID": "call-7"})
    body = problem(response, 500, "server_error")
    assert SECRET not in str(body)
    assert body["request_id"] == "call-7"
    told = [record for record in caplog.records if record.exc_info]
    assert [str(record.exc_info[1]) for record in told if record.exc_info] == [SECRET]
    assert [record.levelno for record in told] == [logging.ERROR]


@FAULTY
@pytest.mark.parametrize("name", ["operational", "interface", "pool"])
def test_a_database_that_does_not_answer_is_told_as_a_pause(name: str) -> None:
    response = Browser().get(f"/api/v1/faults/{name}")
    body = problem(response, 503, "unavailable")
    assert SECRET not in str(body)
    assert response["Retry-After"] == "5"


def test_a_database_that_is_away_is_told_as_a_pause(stranger: Client) -> None:
    with database_away():
        response = stranger.get("/projects")
    problem(response, 503, "unavailable")
    assert response["Retry-After"] == "5"
    assert stranger.get("/projects").status_code == 200


def test_a_database_that_is_away_is_waited_for_once(
    stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second question who calls, as for their rate, would wait for a connection once more."""
    asked = []

    def away(*given: Any) -> Any:
        asked.append(given)
        raise OperationalError("It is away.")

    monkeypatch.setattr(TokenAuthentication, "get_user", away)
    problem(stranger.get("/projects"), 503, "unavailable")
    assert len(asked) == 1


@FAULTY
@pytest.mark.parametrize(
    ("name", "status", "code", "detail"),
    [
        ("permission", 403, "permission_denied", "Not today."),
        ("suspicious", 400, "bad_request", "Too many fields."),
        ("parse", 400, "malformed_body", "No form."),
    ],
)
def test_errors_of_the_frameworks_are_problems(
    name: str, status: int, code: str, detail: str
) -> None:
    body = problem(Browser().get(f"/api/v1/faults/{name}"), status, code)
    assert body["detail"] == detail


@FAULTY
@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [
        ("permission", 403, b"You may not do this."),
        ("suspicious", 400, b"The request cannot be read."),
        ("ours", 500, b"Our fault; it is logged under the request's id."),
    ],
)
def test_errors_outside_of_the_api_are_sentences(name: str, status: int, sentence: bytes) -> None:
    response = Browser(raise_request_exception=False).get(f"/plain/{name}")
    assert (response.status_code, response.content) == (status, sentence)
    assert response["Content-Type"] == "text/plain; charset=utf-8"


def test_forms_larger_than_memory_allows_are_refused(
    manager: Client, project: Project, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = manager.upload(f"/projects/{project.pk}/documents", title="x" * 200)
    body = problem(response, 413, "payload_too_large")
    assert body["detail"] == "Form fields hold at most 100 bytes."
    assert BASE in body["instance"]
