"""A refresh token is good once; a second use ends its whole family."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.client import Client
from tests.factories import UserFactory
from tests.threads import at_once
from users.models import Event, LoginSession, User
from users.services.sign_ins import TokenPair, open_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db: None) -> User:
    made: User = UserFactory.create()
    return made


@pytest.fixture
def tokens(ada: User) -> TokenPair:
    return open_session(user=ada, user_agent="tests")


def refresh(token: str) -> Any:
    return Client().post("/auth/token/refresh", {"refresh": token})


def opens(access: str) -> bool:
    """Return whether an access token is taken."""
    status: int = Client().get("/users/me", Authorization=f"Bearer {access}").status_code
    assert status in {200, 401}
    return status == 200


def ended(response: Any) -> None:
    assert (response.status_code, response.json()["code"]) == (401, "invalid_refresh_token")


def test_gives_a_new_pair(tokens: TokenPair) -> None:
    before = LoginSession.objects.get()
    response = refresh(tokens.refresh)
    assert response.status_code == 200
    assert set(response.data) == {"access", "refresh", "expires_in"}
    assert response.data["refresh"] != tokens.refresh
    assert opens(response.data["access"])
    after = LoginSession.objects.get()
    assert after.pk == before.pk
    assert after.seen_at > before.seen_at
    assert after.expires_at >= before.expires_at


def test_goes_on_and_on(tokens: TokenPair) -> None:
    token = tokens.refresh
    for _ in range(5):
        response = refresh(token)
        assert response.status_code == 200
        token = response.data["refresh"]


def test_a_replay_ends_the_family(tokens: TokenPair) -> None:
    new = refresh(tokens.refresh).data
    ended(refresh(tokens.refresh))
    assert not opens(tokens.access)
    assert not opens(new["access"])
    ended(refresh(new["refresh"]))
    assert LoginSession.objects.get().ended_at is not None


def test_the_log_tells_of_a_replay(ada: User, tokens: TokenPair) -> None:
    refresh(tokens.refresh)
    for _ in range(2):
        ended(refresh(tokens.refresh))
    event = Event.objects.get(action="sign_in.replayed")
    assert (event.actor, event.target_id) == (None, ada.pk)
    assert event.after is not None
    assert event.after["session"] == str(LoginSession.objects.get().pk)


def test_a_replay_of_a_token_long_spent_ends_the_family(tokens: TokenPair) -> None:
    last = refresh(refresh(tokens.refresh).data["refresh"]).data
    ended(refresh(tokens.refresh))
    assert not opens(last["access"])


def test_a_replay_ends_no_other_family(ada: User, tokens: TokenPair) -> None:
    other = open_session(user=ada, user_agent="elsewhere")
    refresh(tokens.refresh)
    ended(refresh(tokens.refresh))
    assert opens(other.access)
    assert refresh(other.refresh).status_code == 200


@pytest.mark.parametrize("changes", [{"is_active": False}, {"token_version": 2}])
def test_who_is_shut_out_gets_no_new_pair(
    ada: User, tokens: TokenPair, changes: dict[str, Any]
) -> None:
    User.objects.filter(pk=ada.pk).update(**changes)
    ended(refresh(tokens.refresh))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30", "x" * 2001, "é.é.é"])
def test_refuses_what_is_no_token(db: None, token: str) -> None:
    response = refresh(token)
    assert response.status_code == (422 if token in {"", "x" * 2001} else 401)


def test_refuses_an_access_token(tokens: TokenPair) -> None:
    ended(refresh(tokens.access))
    assert opens(tokens.access)


@pytest.mark.django_db(transaction=True)
def test_of_12_simultaneous_uses_one_succeeds_and_the_family_ends(tokens: TokenPair) -> None:
    responses = at_once(*[partial(refresh, tokens.refresh)] * 12)
    statuses = sorted(response.status_code for response in responses)
    assert statuses == [200] + [401] * 11
    (winner,) = (response for response in responses if response.status_code == 200)
    assert not opens(winner.data["access"])
    ended(refresh(winner.data["refresh"]))
    assert LoginSession.objects.get().ended_at is not None
