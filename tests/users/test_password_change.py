"""Changing one's own password, and showing again who one is before what cannot be taken back."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.client import Client
from tests.events import log_of
from tests.factories import PASSWORD, UserFactory, token_of
from tests.users.conftest import Delivered
from users.models import LoginSession, User
from users.passwords import normalised

pytestmark = pytest.mark.django_db
NEW = "an entirely new one"
DANGEROUS = {
    "/users/me/password": {"password": NEW},
    "/users/me/email": {"email": "new@example.org"},
    "/users/me/deactivate": {},
    "/users/me/erase": {},
}
each_dangerous_step = pytest.mark.parametrize("path", DANGEROUS)


def change(client: Client, current: str = PASSWORD, new: str = NEW) -> Any:
    return client.post("/users/me/password", {"current_password": current, "password": new})


@pytest.fixture
def client(ada: User) -> Client:
    return Client.of(ada)


def test_a_new_password_holds_at_once(
    ada: User, client: Client, signs_in: Callable[..., int], delivered: Delivered
) -> None:
    response, [notice] = delivered(lambda: change(client))
    assert response.status_code == 200
    assert set(response.data) == {"access", "refresh", "expires_in"}
    assert notice.to == [ada.email]
    assert (signs_in(password=PASSWORD), signs_in(password=NEW)) == (401, 200)
    assert ("user.password_changed", ada.pk) in log_of(ada.pk)


def test_the_answers_tokens_take_the_place_of_every_sign_in(ada: User, client: Client) -> None:
    elsewhere = Client.of(ada)
    LoginSession.objects.update(has_second_factor=True)
    access = change(client).data["access"]
    assert (client.get("/users/me").status_code, elsewhere.get("/users/me").status_code) == (
        401,
        401,
    )
    here = Client().get("/users/me", Authorization=f"Bearer {access}")
    assert here.status_code == 200
    assert LoginSession.objects.latest("pk").has_second_factor


def test_every_access_token_is_revoked_and_the_notice_says_so(
    ada: User, client: Client, delivered: Delivered
) -> None:
    mine, anothers = (Client.with_token(token_of(one)) for one in (ada, UserFactory.create()))
    assert mine.get("/users/me").status_code == 200
    _, [notice] = delivered(lambda: change(client))
    assert [one.get("/users/me").status_code for one in (mine, anothers)] == [401, 200]
    token = ada.access_tokens.get()
    assert ("access_token.revoked", ada.pk) in log_of(token.pk)
    assert "every access token" in str(notice.body)


def test_the_tokens_are_kept_under_no_key(client: Client, ada: User) -> None:
    sent = {"current_password": PASSWORD, "password": NEW}
    assert client.post("/users/me/password", sent, Idempotency_Key="k").status_code == 200
    kept = ada.kept_answers.get()
    assert '"access": null' in kept.body
    assert '"refresh": null' in kept.body


@pytest.mark.parametrize("password", ["short1!aa", "ada@example.org", "x" * 20, "x" * 257])
def test_an_unfit_password_is_refused(
    client: Client, password: str, signs_in: Callable[..., int]
) -> None:
    response = change(client, new=password)
    assert response.status_code == 422
    assert {error["pointer"] for error in response.json()["errors"]} == {"/password"}
    assert signs_in() == 200


# Showing who one is


@each_dangerous_step
@pytest.mark.parametrize(("current", "code"), [("wrong", "wrong_password"), (None, "required")])
def test_it_takes_the_present_password(
    client: Client, ada: User, path: str, current: str | None, code: str
) -> None:
    sent = DANGEROUS[path] | ({"current_password": current} if current else {})
    response = client.post(path, sent)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    (error,) = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/current_password", code)
    ada.refresh_from_db()
    assert ada.version == 1


@each_dangerous_step
def test_no_access_token_does_it(ada: User, path: str) -> None:
    sent = DANGEROUS[path] | {"current_password": PASSWORD}
    response = Client.with_token(token_of(ada)).post(path, sent)
    assert (response.status_code, response.json()["code"]) == (403, "sign_in_required")


def test_wrong_tries_are_counted_with_those_to_sign_in(client: Client, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_account": "3/m"}
    assert [change(client, "wrong").status_code for _ in range(4)] == [422] * 3 + [429]


@each_dangerous_step
def test_without_a_password_a_recent_sign_in_will_do(
    client: Client, ada: User, settings: Settings, path: str
) -> None:
    ada.set_password(None)
    ada.save()
    old = timezone.now() - settings.RECENT_SIGN_IN - timedelta(seconds=1)
    LoginSession.objects.update(authenticated_at=old)
    response = client.post(path, DANGEROUS[path])
    assert (response.status_code, response.json()["code"]) == (403, "recent_sign_in_required")
    LoginSession.objects.update(authenticated_at=timezone.now())
    assert client.post(path, DANGEROUS[path]).status_code in {200, 204}


# How a password is typed

COMPOSED = "çà et là un été"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


def test_a_password_is_the_same_however_its_letters_are_typed(
    client: Client, signs_in: Callable[..., int]
) -> None:
    assert COMPOSED != DECOMPOSED
    assert normalised(DECOMPOSED) == COMPOSED
    assert change(client, new=DECOMPOSED).status_code == 200
    assert {signs_in(password=one) for one in (COMPOSED, DECOMPOSED)} == {200}
