"""Where somebody is signed in, and how that ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from tests.client import BASE, Client
from tests.factories import PASSWORD, UserFactory
from users.models import Event, LoginSession, SessionKind, User
from users.services.sign_ins import (
    end_session,
    is_alive,
    open_admin_session,
    open_session,
    touch,
)

pytestmark = pytest.mark.django_db


def devices(client: Client) -> list[dict[str, Any]]:
    response = client.get("/users/me/devices")
    assert response.status_code == 200
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def session_of(client: Client) -> LoginSession:
    """Return the sign-in of a client: its user's latest one."""
    rows = LoginSession.objects.filter(user=client.person)
    latest: LoginSession = rows.latest("created_at")
    return latest


def told_of(user: User, action: str) -> list[Any]:
    rows = Event.objects.filter(action=action, target_id=user.pk).order_by("id")
    return list(rows.values_list("actor_id", "after"))


def test_lists_ones_own_sign_ins(stranger: Client) -> None:
    open_session(user=UserFactory.create())
    Browser(REMOTE_ADDR="2001:db8::1", HTTP_USER_AGENT="a phone").post(
        f"{BASE}/auth/token",
        {"email": stranger.person.email, "password": PASSWORD},
        content_type="application/json",
    )
    here, phone = devices(stranger)
    assert (here["current"], here["user_agent"], here["kind"]) == (True, "tests", "api")
    assert (phone["current"], phone["user_agent"]) == (False, "a phone")
    assert phone["address"] == "2001:db8::/64"
    assert (phone["method"], phone["has_second_factor"]) == ("password", False)
    assert phone["created_at"] < phone["expires_at"]
    assert phone["seen_at"] < phone["expires_at"]


def test_a_sign_in_to_the_admin_is_one_too(stranger: Client) -> None:
    opened = open_admin_session(user=stranger.person, user_agent="a browser", address="192.0.2.1")
    assert is_alive(opened)
    assert opened.expires_at - timezone.now() <= timedelta(hours=12)
    assert [one["kind"] for one in devices(stranger)] == ["api", "admin"]
    assert told_of(stranger.person, "sign_in.succeeded")[-1] == (
        stranger.person.pk,
        {
            "session": str(opened.pk),
            "kind": SessionKind.ADMIN,
            "method": "password",
            "address": "192.0.2.1",
            "user_agent": "a browser",
        },
    )


@pytest.mark.parametrize(
    "over",
    [
        {"ended_at": timezone.now()},
        {"expires_at": timezone.now()},
        {"token_version": 7},
    ],
)
def test_what_is_over_is_not_listed(stranger: Client, over: dict[str, Any]) -> None:
    open_session(user=stranger.person)
    LoginSession.objects.filter(pk=session_of(stranger).pk).update(**over)
    assert len(devices(stranger)) == 1
    assert not is_alive(session_of(stranger))


def test_ends_a_sign_in_at_once(stranger: Client) -> None:
    other = Client.of(stranger.person)
    there = session_of(other)
    path = f"/users/me/devices/{there.pk}"
    ended = stranger.delete(path)
    assert (ended.status_code, ended.content) == (204, b"")
    assert other.get("/users/me").json()["code"] == "token_ended"
    assert stranger.delete(path).status_code == 404
    ((actor, told),) = told_of(stranger.person, "sign_in.ended")
    assert (actor, told["session"]) == (stranger.person.pk, str(there.pk))


def test_ends_the_sign_in_at_hand_too(stranger: Client) -> None:
    assert stranger.delete(f"/users/me/devices/{session_of(stranger).pk}").status_code == 204
    assert stranger.get("/users/me").status_code == 401


def test_ends_nobody_elses(stranger: Client) -> None:
    other = Client.of(UserFactory.create())
    assert stranger.delete(f"/users/me/devices/{session_of(other).pk}").status_code == 404
    assert other.get("/users/me").status_code == 200


def test_ending_twice_tells_once(stranger: Client) -> None:
    session = session_of(stranger)
    for _ in range(2):
        end_session(actor=stranger.person, session=session)
    assert len(told_of(stranger.person, "sign_in.ended")) == 1


def test_logs_out_everywhere(stranger: Client) -> None:
    other, bystander = Client.of(stranger.person), Client.of(UserFactory.create())
    admins = open_admin_session(user=stranger.person)
    response = stranger.post("/auth/logout-everywhere")
    assert (response.status_code, response.content) == (204, b"")
    assert [client.get("/users/me").status_code for client in (stranger, other)] == [401, 401]
    admins.refresh_from_db()
    assert not is_alive(admins)
    assert bystander.get("/users/me").status_code == 200
    assert len(told_of(stranger.person, "sign_in.ended")) == 3


@pytest.mark.parametrize(("ago", "moves"), [(30, False), (90, True)])
def test_notes_its_use_once_a_minute(stranger: Client, ago: int, moves: bool) -> None:
    then = timezone.now() - timedelta(seconds=ago)
    LoginSession.objects.update(seen_at=then)
    stranger.get("/users/me")
    assert (session_of(stranger).seen_at > then) is moves
    touch(session_of(stranger))
    assert (session_of(stranger).seen_at > then) is moves
