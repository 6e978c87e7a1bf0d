"""Guessing is slow, and no guesser shuts out who knows the password."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from tests.client import BASE, Client
from tests.clock import Clock, clock
from tests.factories import PASSWORD, UserFactory
from tests.threads import at_once
from tests.users.conftest import Delivered
from tests.users.counting import CountingHasher
from users.models import Event, LoginSession, User
from users.services.known_addresses import trust_address
from users.services.sign_ins import open_session

__all__ = ["clock"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.1"


def sign_in(
    email: str, password: str = "a guess", address: str = HOME, browser: Browser | None = None
) -> Any:
    """Try to sign in from an address."""
    sent = {"email": email, "password": password}
    client = browser or Browser()
    path, kind = f"{BASE}/auth/token", "application/json"
    return client.post(path, sent, content_type=kind, REMOTE_ADDR=address)


def statuses(*tries: Any) -> list[int]:
    return [one.status_code for one in tries]


@pytest.fixture
def ada(db: None) -> User:
    made: User = UserFactory.create(email="ada@example.org")
    return made


@pytest.fixture
def at_home(ada: User) -> User:
    """Return somebody who has signed in from home before."""
    open_session(user=ada, address=HOME)
    return ada


def attack(email: str = "ada@example.org", tries: int = 12) -> list[int]:
    """Guess at an account from many addresses."""
    return statuses(*(sign_in(email, address=f"198.51.100.{end}") for end in range(tries)))


PEOPLE, STRANGERS, TRIES = 50, 50, 5000


def test_a_load_of_5000_wrong_sign_ins_shuts_out_nobody_who_knows_their_password(
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    delivered: Delivered,
    token_in: Callable[[EmailMessage], str],
) -> None:
    caplog.set_level(logging.ERROR, "django.request")  # 5,000 warnings take longer than the tries
    settings.PASSWORD_HASHERS = ["tests.users.counting.CountingHasher"]
    people = UserFactory.create_batch(PEOPLE)
    homes = {user.email: f"192.0.2.{number}" for number, user in enumerate(people)}
    for user in people:
        open_session(user=user, address=homes[user.email])
    accounts = [*homes, *(f"nobody{number}@example.org" for number in range(STRANGERS))]
    CountingHasher.times = 0
    answers: Counter[tuple[str, int]] = Counter()
    browser = Browser()
    for number in range(TRIES):
        email = accounts[number % len(accounts)]
        address = f"198.51.{number % 7}.{number % 31}"
        answers[email, sign_in(email, "a guess", address, browser).status_code] += 1
    # Each account was guessed at ten times, whether it is there or not, and all else was refused.
    assert answers == {
        (email, status): 10 if status == 401 else TRIES // len(accounts) - 10
        for email in accounts
        for status in (401, 429)
    }
    assert CountingHasher.times == TRIES
    told = Counter(Event.objects.values_list("action", flat=True))
    assert told == {
        "sign_in.succeeded": PEOPLE,
        "sign_in.failed": 10 * len(accounts),
        "sign_in.limited": len(accounts),
    }
    for number, (email, home) in enumerate(homes.items()):
        assert sign_in(email, PASSWORD, home).status_code == 200
        # And where nobody has ever seen them, they let themselves in by a mail.
        try_here = partial(sign_in, email, PASSWORD, f"203.0.113.{number}")
        refused, [sent] = delivered(try_here)
        assert (refused.status_code, sent.to) == (429, [email])
        Client().post("/auth/trust-address", {"token": token_in(sent)})
        assert try_here().status_code == 200


def test_an_address_that_the_owner_has_signed_in_from_counts_on_its_own(at_home: User) -> None:
    assert attack() == [401] * 10 + [429] * 2
    assert statuses(*(sign_in(at_home.email) for _ in range(10))) == [401] * 10
    assert sign_in(at_home.email, PASSWORD).status_code == 429


@pytest.mark.parametrize("known", ["2001:db8::1", "2001:db8::ffff:1"])
def test_half_of_an_address_is_enough_to_be_known(ada: User, known: str) -> None:
    assert sign_in(ada.email, PASSWORD, "2001:db8::1").status_code == 200
    attack()
    assert sign_in(ada.email, PASSWORD, known).status_code == 200
    assert sign_in(ada.email, PASSWORD, "2001:db8:0:1::1").status_code == 429


def test_an_address_is_known_to_one_account_alone(at_home: User) -> None:
    other = UserFactory.create()
    attack(other.email)
    assert sign_in(other.email, PASSWORD, HOME).status_code == 429


def test_an_address_is_forgotten_after_three_months(at_home: User) -> None:
    LoginSession.objects.update(created_at=timezone.now() - timedelta(days=91))
    attack()
    assert sign_in(at_home.email, PASSWORD).status_code == 429


def test_an_ended_sign_in_keeps_its_address_known(at_home: User) -> None:
    LoginSession.objects.update(ended_at=timezone.now())
    attack()
    assert sign_in(at_home.email, PASSWORD).status_code == 200


def test_whoever_has_shown_themselves_by_mail_is_known_there(ada: User) -> None:
    attack()
    assert sign_in(ada.email, PASSWORD).status_code == 429
    trust_address(user=ada, address=HOME)
    assert sign_in(ada.email, PASSWORD).status_code == 200
    assert not LoginSession.objects.filter(address=HOME).live().filter(refresh_id="").exists()


def test_what_was_right_is_not_counted(ada: User) -> None:
    assert statuses(*(sign_in(ada.email, PASSWORD) for _ in range(15))) == [200] * 15
    assert attack()[:10] == [401] * 10


@pytest.mark.django_db(transaction=True)
def test_simultaneous_guesses_are_limited_alike(ada: User) -> None:
    tries = at_once(
        *(partial(sign_in, ada.email, address=f"198.51.100.{end}") for end in range(16))
    )
    assert sorted(statuses(*tries)) == [401] * 10 + [429] * 6


# Windows


def test_no_minute_holds_more_than_its_limit(ada: User, clock: Clock) -> None:
    taken: list[float] = []
    for number in range(160):
        if sign_in(ada.email, address=f"198.51.100.{number}").status_code == 401:
            taken.append(clock.now)
        clock.wait(1.7)
    assert len(taken) > 25
    for at in taken:
        assert sum(at <= other < at + 60 for other in taken) <= 10


def test_hammering_on_does_not_keep_the_door_shut(ada: User, clock: Clock) -> None:
    attack(tries=100)
    for _ in range(6):
        clock.wait(10)
        last = attack()
    assert 401 in last


def test_the_answer_tells_when_to_try_again(ada: User, clock: Clock) -> None:
    attack()
    response = sign_in(ada.email, PASSWORD)
    seconds = int(response["Retry-After"])
    assert 1 <= seconds <= 60
    clock.wait(seconds)
    assert sign_in(ada.email, PASSWORD).status_code == 200


# What the log tells


def events(action: str) -> list[Event]:
    return list(Event.objects.filter(action=action).order_by("id"))


def test_the_log_tells_of_a_failure(ada: User) -> None:
    client = Browser(REMOTE_ADDR=HOME, HTTP_USER_AGENT="guesser" * 50)
    sent = {"email": "ADA@example.org", "password": "a guess"}
    client.post(f"{BASE}/auth/token", sent, content_type="application/json")
    (event,) = events("sign_in.failed")
    assert (event.actor, event.target_type, event.target_id) == (None, "user", ada.pk)
    assert event.after == {
        "address": HOME,
        "user_agent": ("guesser" * 50)[:200],
        "reason": "password",
    }


def test_tries_at_who_is_unknown_are_grouped_without_what_was_typed(db: None) -> None:
    for email in ("nobody@example.org", "NOBODY@example.org", "correct horse battery"):
        sign_in(email)
    first, second, third = events("sign_in.failed")
    assert first.target_type == "unknown_account"
    assert first.target_id == second.target_id != third.target_id
    assert "example.org" not in str([event.after for event in (first, second, third)])


def test_the_log_tells_why_a_right_password_did_not_do(settings: Settings) -> None:
    settings.EMAIL_VERIFICATION = True
    fresh = UserFactory.create(email_verified_at=None)
    gone = UserFactory.create(is_active=False)
    answer = sign_in(fresh.email, PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (401, "email_unverified")
    answer = sign_in(gone.email, PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    told = [(event.target_id, event.after["reason"]) for event in events("sign_in.failed")]  # type: ignore[index]
    assert told == [(fresh.pk, "unverified"), (gone.pk, "inactive")]


def test_a_right_password_that_does_not_do_is_counted(settings: Settings) -> None:
    settings.EMAIL_VERIFICATION = True
    fresh = UserFactory.create(email_verified_at=None)
    tries = [sign_in(fresh.email, PASSWORD) for _ in range(11)]
    assert statuses(*tries) == [401] * 10 + [429]


def test_a_shut_door_is_told_once_in_a_window(ada: User) -> None:
    attack(tries=30)
    (event,) = events("sign_in.limited")
    assert event.after is not None
    assert event.after["limit"] == "credentials_by_account"
    assert len(events("sign_in.failed")) == 10
