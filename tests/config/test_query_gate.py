"""No unasked query parameter comes in, on any route and method."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from config.urls import v1
from documents.models import Project
from tests.client import BASE, Client
from tests.factories import ProjectFactory

NOBODY = "00000000-0000-7000-8000-000000000000"
ROUTES = [
    (method.upper(), str(route.name))
    for route in v1
    for method in getattr(route.callback, "actions", {})
]


def path_of(name: str) -> str:
    """Return a route's path below /api/v1, with an id that nobody has."""
    converters = next(route.pattern.converters for route in v1 if route.name == name)
    ids = {key: NOBODY if key.endswith(("pk", "id")) else 1 for key in converters}
    return reverse(f"v1:{name}", kwargs=ids).removeprefix(BASE)


def refusal(response: Any) -> tuple[str, str]:
    """Check that a query parameter was refused; return its name and why."""
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query")
    (error,) = response.json()["errors"]
    return error["parameter"], error["detail"]


@pytest.mark.parametrize(("method", "name"), ROUTES)
def test_every_route_refuses_unknown_parameters(
    stranger: Client, anonymous: Client, method: str, name: str
) -> None:
    client = anonymous if name in {"register", "token", "token-refresh"} else stranger
    response = client.send(method, f"{path_of(name)}?_connector=OR", None)
    assert refusal(response)[0] == "_connector"


@pytest.mark.parametrize(
    "query",
    [
        "name=x",
        "name__startswith=x",
        "memberships__user__password__startswith=a",
        "pk=1",
        "page=2",
        "offset=10",
        "format=json",
        "Limit=1",
        "limit[]=1",
        "=1",
        "%00=1",
        "\u0661=1",
    ],
)
def test_lists_take_declared_parameters_only(stranger: Client, query: str) -> None:
    name, detail = refusal(stranger.get(f"/projects?{query}"))
    assert name == query.partition("=")[0].replace("%00", "\x00")
    assert detail == "Unknown parameter; expected: count, cursor, deleted, fields, limit, ordering."


def test_says_when_a_route_takes_none(stranger: Client) -> None:
    assert refusal(stranger.get("/users/me?fields=name"))[1] == "Unknown parameter; expected: none."


def test_an_endless_name_is_cut(stranger: Client) -> None:
    assert refusal(stranger.get(f"/projects?{'x' * 5000}=1"))[0] == "x" * 80


def test_refuses_a_parameter_given_twice(stranger: Client) -> None:
    response = stranger.get("/projects?limit=1&limit=2")
    assert refusal(response) == ("limit", "Given more than once.")


def test_takes_a_parameter_twice_where_several_values_are_asked_for(viewer: Client) -> None:
    project = viewer.person.memberships.get().project_id
    path = f"/projects/{project}/export"
    assert viewer.get(f"{path}?state=draft&state=approved").status_code == 200
    assert refusal(viewer.get(f"{path}?state=draft&state=lost"))[0] == "state"
    assert refusal(viewer.get(f"{path}?format=jsonl&format=jsonl"))[0] == "format"


def test_refuses_a_nul(stranger: Client, viewer: Client) -> None:
    response = stranger.get("/projects?ordering=name%00")
    assert refusal(response) == ("ordering", "U+0000 cannot stand in text.")
    project = viewer.person.memberships.get().project_id
    path = f"/projects/{project}/export?state=draft&state=%00"
    assert refusal(viewer.get(path))[0] == "state"


def test_takes_broken_utf8_as_text(viewer: Client) -> None:
    project = viewer.person.memberships.get().project_id
    response = viewer.get(f"/projects/{project}/documents?tag=%ff%ed%a0%80")
    assert (response.status_code, response.json()["results"]) == (200, [])


def test_refuses_more_parameters_than_any_route_has(stranger: Client) -> None:
    response = stranger.get("/projects?" + "&".join("a=1" for _ in range(1500)))
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


LIMITS = ["0", "-1", "501", "1.0", "1e2", "", " 5", "٣", "0x10", "9" * 5000]


@pytest.mark.parametrize("limit", LIMITS)
def test_a_page_has_1_to_500_rows(stranger: Client, limit: str) -> None:
    name, detail = refusal(stranger.get(f"/projects?limit={limit}"))
    assert name == "limit"
    assert detail.startswith("Expected a number from 1 to 500, found ")


def test_leading_zeros_hide_no_larger_limit(stranger: Client) -> None:
    assert refusal(stranger.get("/projects?limit=000000001999"))[0] == "limit"
    assert stranger.get("/projects?limit=00500").status_code == 200


@pytest.mark.parametrize("count", ["1", "True", "yes", ""])
def test_a_total_is_asked_for_by_true(stranger: Client, count: str) -> None:
    detail = f"Expected true or false, found {count!r}."
    assert refusal(stranger.get(f"/projects?count={count}")) == ("count", detail)


@pytest.mark.parametrize(
    "ordering", ["id", "--name", "-", "", "?", "name,slug", "memberships", "owner__password"]
)
def test_only_declared_orderings(stranger: Client, ordering: str) -> None:
    name, detail = refusal(stranger.get(f"/projects?ordering={ordering}"))
    expected = f"Expected one of created_at, name, updated_at, found {ordering!r}."
    assert (name, detail) == ("ordering", expected)


def test_true_and_false_are_written_so(viewer: Client) -> None:
    path = f"/projects/{viewer.person.memberships.get().project_id}/documents?deleted="
    assert refusal(viewer.get(path)) == ("deleted", "Given without a value.")
    for text in ("true", "false"):
        assert viewer.get(path + text).status_code == 200
    for text in ("True", "1", "yes", "null"):
        assert refusal(viewer.get(path + text)) == ("deleted", "Expected true or false.")


def test_fields_trims_each_result(stranger: Client) -> None:
    created = stranger.post("/projects", {"name": "Press"}).data
    response = stranger.get("/projects?fields=slug,id")
    assert response.data["results"] == [{"id": created["id"], "slug": created["slug"]}]
    assert Project.objects.count() == 1


@pytest.mark.parametrize("fields", ["", "name,", "name,password", "deleted_at", "name.x", " name"])
def test_only_members_can_be_asked_for(stranger: Client, fields: str) -> None:
    ProjectFactory.create()
    name, detail = refusal(stranger.get(f"/projects?fields={fields}"))
    assert name == "fields"
    assert detail.startswith("Expected id, name, slug, description, guidelines, is_blind, ")


def test_a_route_without_a_body_takes_none(manager: Client, project: Project) -> None:
    response = manager.post(f"/projects/{project.pk}/restore", {"name": "x"})
    assert (response.status_code, response.data["code"]) == (400, "malformed_body")
    assert manager.post(f"/projects/{project.pk}/restore", {}).status_code == 200
