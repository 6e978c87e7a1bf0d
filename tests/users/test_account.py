"""One's own account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import UserFactory
from users.models import User


def test_shows_who_one_is(stranger: Client) -> None:
    response = stranger.get("/users/me")
    assert (response.status_code, response["ETag"]) == (200, '"1"')
    assert set(response.data) == {
        "id",
        "email",
        "email_verified_at",
        "name",
        "is_staff",
        "is_service",
        "version",
        "created_at",
        "updated_at",
    }
    assert response.data["email"] == stranger.person.email


def test_a_superuser_is_shown_no_other(db: None) -> None:
    boss = Client.of(UserFactory.create(is_superuser=True))
    assert boss.get("/users/me").data["id"] == str(boss.person.pk)


def test_changes_ones_name(stranger: Client) -> None:
    response = stranger.patch("/users/me", {"name": "Ada"}, if_match="1")
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert (response.data["name"], response.data["version"]) == ("Ada", 2)
    person = stranger.person
    assert log_of(person.pk)[-1] == ("user.updated", person.pk)
    assert changed(last_event(person.pk)) == {"name": (person.name, "Ada"), "version": (1, 2)}


def test_changes_nobody_elses_name(stranger: Client) -> None:
    other = UserFactory.create(name="Other")
    stranger.patch("/users/me", {"name": "Ada"}, if_match="1")
    other.refresh_from_db()
    assert other.name == "Other"


def test_a_name_may_be_taken_back(stranger: Client) -> None:
    assert stranger.patch("/users/me", {"name": ""}, if_match="1").data["name"] == ""
    assert stranger.patch("/users/me", {}, if_match="2").data["name"] == ""


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"email": "new@example.org"}, "/email"),
        ({"is_staff": True}, "/is_staff"),
        ({"is_superuser": True}, "/is_superuser"),
        ({"password": "another good one"}, "/password"),
        ({"version": 7}, "/version"),
        ({"name": None}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": ["x"]}, "/name"),
    ],
)
def test_changes_nothing_else(stranger: Client, sent: dict[str, Any], pointer: str) -> None:
    response = stranger.patch("/users/me", sent, if_match="1")
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer
    assert User.objects.get().version == 1


def test_asks_for_the_version_and_shows_the_present_state(stranger: Client) -> None:
    assert stranger.patch("/users/me", {"name": "Ada"}).status_code == 428
    stranger.patch("/users/me", {"name": "Ada"}, if_match="1")
    late = stranger.patch("/users/me", {"name": "Late"}, if_match="1")
    assert (late.status_code, late.json()["current"]["name"]) == (412, "Ada")


def test_nobody_has_no_account(anonymous: Client, db: None) -> None:
    assert anonymous.get("/users/me").status_code == 401
    assert anonymous.patch("/users/me", {"name": "Ada"}, if_match="1").status_code == 401
