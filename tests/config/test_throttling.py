"""Rates are limited by user, address and account, whoever claims what, with Redis or without."""

from __future__ import annotations

import contextlib
import itertools
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client as Browser
from pytest_django import Settings

from config.api.problems import TooManyRequests, Unavailable
from config.api.throttling import Usage, count, give_back, is_first
from tests.client import BASE, Client
from tests.clock import Clock, clock
from tests.config.away import closed_port, redis_at
from tests.factories import PASSWORD, UserFactory

__all__ = ["clock"]
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def few(settings: Settings) -> None:
    """Allow three requests a minute."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "default": "3/m"}


def statuses(*responses: Any) -> list[int]:
    return [response.status_code for response in responses]


def limited(response: Any, limit: str) -> None:
    """Check the refusal by a limit such as `"default";q=3;w=60`."""
    assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
    name = limit.partition(";")[0]
    assert response["RateLimit-Policy"] == limit
    assert response["RateLimit"] == f"{name};r=0;t={response['Retry-After']}"
    assert 1 <= int(response["Retry-After"]) <= 60
    assert f"try again in {response['Retry-After']} s." in response.json()["detail"]


# The general limit


@pytest.mark.usefixtures("few")
def test_a_user_is_limited_over_all_routes(stranger: Client) -> None:
    paths = ["/projects", "/users/me", "/projects"]
    left = []
    for path in paths:
        response = stranger.get(path)
        assert response["RateLimit-Policy"] == '"default";q=3;w=60'
        left.append(response["RateLimit"].partition(";t=")[0])
    assert left == ['"default";r=2', '"default";r=1', '"default";r=0']
    limited(stranger.get("/projects"), '"default";q=3;w=60')
    limited(stranger.post("/projects", {"name": "x"}), '"default";q=3;w=60')


@pytest.mark.usefixtures("few")
def test_users_at_one_address_are_limited_apart(stranger: Client) -> None:
    other = Client.of(UserFactory.create())
    assert statuses(*(stranger.get("/projects") for _ in range(4))) == [200, 200, 200, 429]
    assert statuses(other.get("/projects")) == [200]


@pytest.mark.usefixtures("few", "db")
def test_nobody_is_limited_by_address() -> None:
    def ask(address: str) -> int:
        return Browser(REMOTE_ADDR=address).get(f"{BASE}/projects").status_code

    assert [ask("192.0.2.1") for _ in range(4)] == [401, 401, 401, 429]
    assert ask("192.0.2.2") == 401
    assert [ask("2001:db8::1"), ask("2001:db8::2"), ask("2001:db8:0:0:ffff::")] == [401] * 3
    assert [ask("2001:db8::3"), ask("2001:db8:0:1::3")] == [429, 401]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/projects", {"Authorization": "Bearer no.such.token"}, 401),
        ("GET", "/projects", {"Authorization": "Bearer"}, 401),
        ("BREW", "/projects", {}, 401),
        ("POST", "/auth/register", {}, 422),
        ("PUT", "/auth/register", {}, 405),
        ("POST", "/auth/register", {"Accept": "text/html"}, 406),
        ("POST", "/auth/register?x=1", {}, 400),
    ],
)
def test_who_is_refused_is_counted_too(
    anonymous: Client, db: None, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answers = [anonymous.send(method, path, None, **headers) for _ in range(4)]
    assert statuses(*answers) == [status] * 3 + [429]


@pytest.mark.usefixtures("few", "db")
def test_the_page_of_the_description_is_limited() -> None:
    browser = Browser()
    assert statuses(*(browser.get("/api/docs") for _ in range(4))) == [200, 200, 200, 429]


def test_a_counter_that_was_thrown_out_refuses(
    stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches["rates"], "add", lambda *_: False)
    response = stranger.get("/projects")
    assert (response.status_code, response["Retry-After"]) == (429, "1")


def test_headers_never_promise_less_than_nothing() -> None:
    usage = Usage("default", limit=3, count=7, window=60, resets_in=5)
    assert usage.headers()["RateLimit"] == '"default";r=0;t=5'


# Signing in

BY_ACCOUNT = '"credentials_by_account";q=10;w=60'
BY_ADDRESS = '"credentials_by_address";q=60;w=60'


def sign_in(email: str, password: str = "guess", **environ: Any) -> Any:
    """Try to sign in by the API."""
    sent = {"email": email, "password": password}
    return Browser(**environ).post(f"{BASE}/auth/token", sent, content_type="application/json")


def enter_admin(email: str, password: str = "guess", **environ: Any) -> Any:
    """Try to sign in by the admin."""
    return Browser(**environ).post("/admin/login/", {"username": email, "password": password})


def test_an_account_is_tried_ten_times_a_minute(db: None) -> None:
    UserFactory.create(email="ada@example.org")
    assert statuses(*(sign_in("ada@example.org") for _ in range(10))) == [401] * 10
    limited(sign_in("ada@example.org", PASSWORD), BY_ACCOUNT)
    assert sign_in("eve@example.org").status_code == 401


def test_an_account_that_is_not_there_is_limited_alike(db: None) -> None:
    assert statuses(*(sign_in("nobody@example.org") for _ in range(10))) == [401] * 10
    limited(sign_in("nobody@example.org"), BY_ACCOUNT)


def test_letter_case_and_blanks_make_no_other_account(db: None) -> None:
    spellings = ["ivy@example.org", "IVY@EXAMPLE.ORG", " Ivy@Example.org ", "iVY@example.ORG"]
    for spelling in (spellings * 3)[:10]:
        assert sign_in(spelling).status_code == 401
    for spelling in spellings:
        limited(sign_in(spelling, REMOTE_ADDR="192.0.2.9"), BY_ACCOUNT)


def test_an_account_is_limited_whatever_the_address(db: None) -> None:
    tries = [sign_in("ada@example.org", REMOTE_ADDR=f"192.0.2.{end}") for end in range(11)]
    assert statuses(*tries) == [401] * 10 + [429]


def test_an_address_tries_sixty_times_a_minute(db: None) -> None:
    tries = [sign_in(f"person{number}@example.org") for number in range(60)]
    assert statuses(*tries) == [401] * 60
    limited(sign_in("person60@example.org"), BY_ADDRESS)
    assert sign_in("person60@example.org", REMOTE_ADDR="192.0.2.1").status_code == 401


def test_registering_and_refreshing_count_as_tries(anonymous: Client, db: None) -> None:
    for _ in range(30):
        assert anonymous.post("/auth/register", {}).status_code == 422
        assert anonymous.post("/auth/token/refresh", {"refresh": "x"}).status_code == 401
    limited(anonymous.post("/auth/register", {}), BY_ADDRESS)
    limited(anonymous.post("/auth/token/refresh", {"refresh": "x"}), BY_ADDRESS)
    limited(sign_in("ada@example.org"), BY_ADDRESS)


def test_the_admins_door_counts_with_the_apis(db: None) -> None:
    UserFactory.create(email="ada@example.org", is_staff=True)
    for _ in range(5):
        assert enter_admin("ADA@example.org").status_code == 200
        assert sign_in("ada@example.org").status_code == 401
    refused = enter_admin("ada@example.org", PASSWORD)
    assert refused.status_code == 429
    assert refused["RateLimit-Policy"] == BY_ACCOUNT
    assert b"The rate limit is used up. At most 10/m here;" in refused.content
    limited(sign_in("ada@example.org", PASSWORD), BY_ACCOUNT)
    assert Browser().get("/admin/login/").status_code == 200


def test_the_admins_door_opens_within_the_limit(db: None) -> None:
    UserFactory.create(email="ada@example.org", is_staff=True)
    assert enter_admin("Ada@Example.org", PASSWORD).status_code == 302


# Guesses, in slices of a window


def ask(limit: str = "credentials_by_account", who: str = "ada") -> Usage | None:
    return count(limit, who)


def test_a_guess_that_is_given_back_is_not_counted() -> None:
    for _ in range(30):
        usage = ask()
        assert usage is not None
        assert (usage.count, usage.headers()["RateLimit"]) == (
            1,
            '"credentials_by_account";r=9;t=60',
        )
        give_back(usage)


def test_what_is_given_back_late_is_no_matter() -> None:
    give_back(Usage("credentials_by_account", 10, 1, 60, 60, "gone"))
    give_back(None)


def test_a_counter_of_guesses_that_was_thrown_out_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "add", lambda *_: False)
    with pytest.raises(Unavailable):
        ask()


def test_no_stretch_of_a_window_holds_more_than_the_limit(clock: Clock) -> None:
    clock.wait(59.9)
    for _ in range(10):
        ask()
    clock.wait(0.2)
    with pytest.raises(TooManyRequests):
        ask()
    clock.wait(59.7)
    with pytest.raises(TooManyRequests) as refused:
        ask()
    clock.wait(int(refused.value.headers["Retry-After"]))
    ask()


@pytest.mark.parametrize("waited", [0, 1, 9.9, 10, 35, 59])
def test_nobody_waits_longer_than_the_window(clock: Clock, waited: float) -> None:
    clock.wait(waited)
    for _ in range(10):
        ask()
    for passed, left in ((0, 60), (0.5, 60), (1, 59), (57.5, 1)):
        clock.wait(passed)
        with pytest.raises(TooManyRequests) as refused:
            ask()
        assert int(refused.value.headers["Retry-After"]) == left
    clock.wait(1)
    ask()


def test_who_is_refused_is_not_counted(clock: Clock) -> None:
    for _ in range(10):
        ask()
    for _ in range(5):
        clock.wait(11)
        for _ in range(20):
            with contextlib.suppress(TooManyRequests):
                ask()
    clock.wait(5)
    usage = ask()
    assert usage is not None


def test_a_thing_is_told_first_once_in_a_window(clock: Clock) -> None:
    told = [is_first("credentials_by_account", who) for who in ("ada", "ada", "bob")]
    assert told == [True, False, True]
    clock.wait(60)
    assert is_first("credentials_by_account", "ada")


# Who tells of the client's address


@pytest.fixture
def proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "fd00::/8"]


def tries(count: int, forwarded: list[str], **environ: str) -> list[int]:
    """Try to sign in with a new account each time, told to come from an address each."""
    return [
        sign_in(f"person{number}@example.org", HTTP_X_FORWARDED_FOR=told, **environ).status_code
        for number, told in zip(range(count), itertools.cycle(forwarded), strict=False)
    ]


STRANGERS = [f"198.51.100.{number}" for number in range(100)]


@pytest.mark.usefixtures("db", "proxies")
def test_what_a_stranger_tells_of_its_address_is_ignored() -> None:
    assert tries(61, STRANGERS, REMOTE_ADDR="192.0.2.1") == [401] * 60 + [429]


@pytest.mark.usefixtures("db")
def test_without_proxies_nobody_is_believed() -> None:
    assert tries(61, STRANGERS, REMOTE_ADDR="10.0.0.1") == [401] * 60 + [429]


@pytest.mark.usefixtures("db", "proxies")
@pytest.mark.parametrize("proxy", ["10.1.2.3", "fd00::1", "::ffff:10.1.2.3"])
def test_what_a_trusted_proxy_tells_is_believed(proxy: str) -> None:
    assert tries(61, STRANGERS, REMOTE_ADDR=proxy) == [401] * 61
    assert tries(61, ["192.0.2.1"], REMOTE_ADDR=proxy) == [401] * 60 + [429]


@pytest.mark.usefixtures("db", "proxies")
def test_what_a_client_told_the_proxy_is_ignored() -> None:
    told = [f"{stranger}, 192.0.2.1, 10.9.9.9" for stranger in STRANGERS]
    assert tries(61, told, REMOTE_ADDR="10.1.2.3") == [401] * 60 + [429]


# Without Redis


@pytest.fixture(params=["closed", "silent"])
def redis_away(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take a Redis that is not there, or that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_port: int = silent.getsockname()[1]
        with redis_at(closed_port() if request.param == "closed" else silent_port):
            yield


def within_two_seconds(ask: Any) -> Any:
    started = time.monotonic()
    response = ask()
    assert time.monotonic() - started < 2
    return response


@pytest.mark.usefixtures("redis_away")
def test_without_redis_the_general_limit_lets_pass(stranger: Client) -> None:
    response = within_two_seconds(lambda: stranger.post("/projects", {"name": "x"}))
    assert (response.status_code, "RateLimit" in response) == (201, False)


@pytest.mark.usefixtures("redis_away", "db")
def test_without_redis_nobody_signs_in() -> None:
    UserFactory.create(email="ada@example.org", is_staff=True)
    response = within_two_seconds(lambda: sign_in("ada@example.org", PASSWORD))
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert response["Retry-After"] == "5"
    response = within_two_seconds(lambda: enter_admin("ada@example.org", PASSWORD))
    assert (response.status_code, response["Retry-After"]) == (503, "5")


@pytest.mark.usefixtures("redis_away")
def test_without_redis_nothing_is_told_first() -> None:
    assert is_first("credentials_by_account", "ada") is False


@pytest.mark.usefixtures("redis_away", "db")
def test_without_redis_nobody_registers_or_refreshes(anonymous: Client) -> None:
    for path in ("/auth/register", "/auth/token/refresh"):
        response = within_two_seconds(lambda path=path: anonymous.post(path, {}))
        assert response.status_code == 503
