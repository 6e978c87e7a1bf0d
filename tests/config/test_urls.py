"""Versions of the API stand side by side over the same services."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.utils.encoders import JSONEncoder

from documents.models import Project
from tests.client import Client

pytestmark = pytest.mark.urls("tests.config.urls_with_v2")
VERSIONS = pytest.mark.parametrize("version", ["v1", "v2"])


def send(client: Client, method: str, path: str, data: Any = None, **headers: str) -> Any:
    """Send a request to an address of any version."""
    body = JSONEncoder().encode(data) if data is not None else ""
    return client.http.generic(
        method, f"/api/{path}", body, content_type="application/json", headers=headers
    )


@VERSIONS
def test_new_resources_have_an_address_of_the_version_asked(stranger: Client, version: str) -> None:
    created = send(stranger, "POST", f"{version}/projects", {"name": "Press"})
    assert created.status_code == 201
    address = f"http://testserver/api/{version}/projects/{created.data['id']}"
    assert created["Location"] == address
    assert stranger.http.get(created["Location"]).json() == created.json()


@VERSIONS
def test_pages_link_to_pages_of_the_version_asked(stranger: Client, version: str) -> None:
    for number in range(2):
        send(stranger, "POST", "v1/projects", {"name": f"Project {number}"})
    first = send(stranger, "GET", f"{version}/projects?limit=1").json()
    assert first["next"].startswith(f"http://testserver/api/{version}/projects?")
    second = stranger.http.get(first["next"]).json()
    assert second["previous"].startswith(f"http://testserver/api/{version}/projects?")
    assert first["results"] != second["results"]


def test_versions_share_what_they_change(stranger: Client) -> None:
    created = send(stranger, "POST", "v1/projects", {"name": "Press"}).data["id"]
    changed = send(
        stranger, "PATCH", f"v2/projects/{created}", {"name": "Books"}, **{"If-Match": '"1"'}
    )
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    assert send(stranger, "GET", f"v1/projects/{created}").data["name"] == "Books"
    late = send(
        stranger, "PATCH", f"v1/projects/{created}", {"name": "Late"}, **{"If-Match": '"1"'}
    )
    assert late.status_code == 412
    assert late.json()["instance"] == f"/api/v1/projects/{created}"


def test_a_key_is_for_one_version(stranger: Client) -> None:
    key = {"Idempotency-Key": "k1"}
    assert send(stranger, "POST", "v1/projects", {"name": "Press"}, **key).status_code == 201
    assert send(stranger, "POST", "v2/projects", {"name": "Press"}, **key).status_code == 422
    assert Project.objects.count() == 1


def test_signing_in_holds_for_all_versions(stranger: Client) -> None:
    assert send(stranger, "GET", "v2/users/me").data["id"] == str(stranger.person.pk)
    assert send(stranger, "POST", "v2/auth/logout").status_code == 204
    assert send(stranger, "GET", "v1/users/me").status_code == 401
