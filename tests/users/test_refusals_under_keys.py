"""With an Idempotency-Key as without one, the log tells of every guess at a password or a code."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import count
from typing import Any

import pyotp
import pytest

from tests.client import Client
from tests.clock import START, Clock, clock
from tests.factories import PASSWORD
from tests.threads import at_once
from users.models import Authenticator, Event, KeptAnswer, User

__all__ = ["clock"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
FACTOR = "/users/me/second-factor"
REPLAYED = "Idempotency-Replayed"
SURE = {"current_password": PASSWORD}
BY_PASSWORD: dict[str, dict[str, Any]] = {
    "/users/me/password": {"password": "correct horse battery"},
    "/users/me/email": {"email": "new@example.org"},
    "/users/me/deactivate": {},
    "/users/me/erase": {},
    FACTOR: {},
    f"{FACTOR}/disable": {"code": "000000"},
}
BY_CODE: dict[str, dict[str, Any]] = {f"{FACTOR}/disable": SURE, f"{FACTOR}/recovery-codes": {}}


@pytest.fixture
def secret(stranger: Client, clock: Clock) -> str:
    """Return what the stranger's second factor is made of; its first code is spent."""
    secret: str = stranger.post(FACTOR, SURE).json()["secret"]
    confirmed = stranger.post(f"{FACTOR}/confirm", {"code": pyotp.TOTP(secret).at(START)})
    assert confirmed.status_code == 200
    clock.wait(30)
    return secret


@pytest.fixture(params=[True, False], ids=["with keys", "without keys"])
def headers(request: pytest.FixtureRequest) -> Any:
    """Return a function that makes the headers of one more try."""
    numbers = count()
    return lambda: {"Idempotency_Key": f"k{next(numbers)}"} if request.param else {}


def told() -> list[tuple[str, Any]]:
    """Return what the log tells of tries that failed, in order."""
    events = Event.objects.filter(action__in=("sign_in.failed", "sign_in.limited")).order_by("id")
    return [
        (event.action, told.get("reason") or told["limit"])
        for event in events
        if (told := event.after or {})
    ]


@pytest.mark.parametrize(("path", "asked"), BY_PASSWORD.items(), ids=BY_PASSWORD)
def test_twelve_wrong_passwords_are_logged(
    stranger: Client, headers: Any, path: str, asked: dict[str, Any]
) -> None:
    guess = asked | {"current_password": "a guess"}
    tries = [stranger.post(path, guess, **headers()) for _ in range(12)]
    assert Counter(one.status_code for one in tries) == {422: 10, 429: 2}
    assert tries[0].json()["errors"][0]["pointer"] == "/current_password"
    failed, limited = ("sign_in.failed", "password"), ("sign_in.limited", "credentials_by_account")
    assert told() == [failed] * 10 + [limited]
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize(("path", "asked"), BY_CODE.items(), ids=BY_CODE)
def test_twelve_wrong_codes_are_logged(
    stranger: Client, secret: str, headers: Any, path: str, asked: dict[str, Any]
) -> None:
    tries = [stranger.post(path, asked | {"code": "000000"}, **headers()) for _ in range(12)]
    assert Counter(one.status_code for one in tries) == {403: 10, 429: 2}
    assert tries[0].json()["code"] == "wrong_second_factor"
    failed, limited = ("sign_in.failed", "second_factor"), ("sign_in.limited", "second_factor")
    assert told() == [failed] * 10 + [limited]
    assert not KeptAnswer.objects.exists()


def test_the_key_of_a_wrong_password_serves_the_right_one(stranger: Client) -> None:
    send = partial(stranger.post, "/users/me/deactivate", Idempotency_Key="k1")
    assert [send({"current_password": "a guess"}).status_code for _ in range(2)] == [422, 422]
    done = send(SURE)
    assert (done.status_code, REPLAYED in done) == (204, False)
    assert not User.objects.get(pk=stranger.person.pk).is_active
    assert told() == [("sign_in.failed", "password")] * 2


def test_the_key_of_a_wrong_code_serves_the_right_one(
    stranger: Client, secret: str, clock: Clock
) -> None:
    send = partial(stranger.post, f"{FACTOR}/recovery-codes", Idempotency_Key="k1")
    assert send({"code": "000000"}).status_code == 403
    sent = {"code": pyotp.TOTP(secret).at(int(clock.now))}
    first, again = send(sent), send(sent)
    assert len(first.json()["recovery_codes"]) == 10
    assert (again.json(), again[REPLAYED]) == ({"recovery_codes": None}, "true")
    assert told() == [("sign_in.failed", "second_factor")]


def test_the_key_of_a_try_too_many_serves_a_later_one(stranger: Client, clock: Clock) -> None:
    for _ in range(10):
        stranger.post("/users/me/deactivate", {"current_password": "a guess"})
    send = partial(stranger.post, "/users/me/deactivate", SURE, Idempotency_Key="k1")
    limited = send()
    assert limited.status_code == 429
    clock.wait(int(limited["Retry-After"]))
    assert send().status_code == 204


def test_a_refusal_of_another_kind_leaves_nothing(stranger: Client) -> None:
    before = Event.objects.count()
    response = stranger.post(f"{FACTOR}/disable", SURE | {"code": "000000"}, Idempotency_Key="k1")
    assert (response.status_code, response.json()["code"]) == (409, "second_factor_missing")
    assert (Event.objects.count(), KeptAnswer.objects.exists()) == (before, False)
    assert not Authenticator.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_guesses_under_one_key_each_is_logged(stranger: Client) -> None:
    clients = [Client.of(stranger.person) for _ in range(5)]
    guess = {"current_password": "a guess"}
    sends = [partial(one.post, FACTOR, guess, Idempotency_Key="k1") for one in clients]
    assert [one.status_code for one in at_once(*sends)] == [422] * 5
    assert told() == [("sign_in.failed", "password")] * 5
    assert not KeptAnswer.objects.exists()
