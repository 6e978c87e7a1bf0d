"""A new password and signing out everywhere end what a thief may have left behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from tests.client import Client
from tests.events import log_of
from tests.factories import PASSWORD, token_of
from tests.staff import Staff, browser_of
from users.confirmations import Purpose, issue
from users.models import LoginSession, User
from users.services.sign_ins import open_session

pytestmark = pytest.mark.django_db
HERE, HOME, THIEF = "127.0.0.1", "198.51.100.1", "203.0.113.66"
NEW = "an entirely new one"


@pytest.fixture
def owner(ada: User) -> User:
    """Return whose account a thief has signed in to."""
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    for address in (HOME, THIEF):
        open_session(user=ada, address=address)
    ada.refresh_from_db()
    return ada


def known(user: User) -> set[str]:
    """Return where somebody is known."""
    addresses = (HERE, HOME, THIEF)
    of_user = LoginSession.objects.filter(user=user)
    return {address for address in addresses if of_user.known_at(address).exists()}


def sign_out(owner: User) -> Any:
    return Client.of(owner).post("/auth/logout-everywhere")


def sign_out_in_the_admin(owner: User) -> Any:
    return browser_of(owner).post(reverse("admin:end_sign_ins"))


def change(owner: User) -> Any:
    sent = {"current_password": PASSWORD, "password": NEW}
    return Client.of(owner).post("/users/me/password", sent)


def change_in_the_admin(owner: User) -> Any:
    names = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    path = reverse("admin:users_user_password", args=[owner.pk])
    return browser_of(owner).post(path, names)


def reset(owner: User) -> Any:
    sent = {"token": issue(Purpose.RESET, owner), "password": NEW}
    return Client().post("/auth/password-reset/confirm", sent)


WAYS = [sign_out, sign_out_in_the_admin, change, change_in_the_admin, reset]


@pytest.mark.parametrize("way", WAYS)
def test_only_the_address_of_who_asks_stays_known(owner: User, way: Callable[[User], Any]) -> None:
    open_session(user=owner, address=HERE)
    assert known(owner) == {HERE, HOME, THIEF}
    assert way(owner).status_code in {200, 204, 302}
    assert known(owner) == {HERE}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("purpose", Purpose)
def test_links_that_were_mailed_before_are_good_for_nothing(
    owner: User, way: Callable[[User], Any], purpose: Purpose
) -> None:
    addresses = {
        Purpose.VERIFY: ("/auth/verify-email", {}),
        Purpose.RESET: ("/auth/password-reset/confirm", {"password": "quite another one"}),
        Purpose.CHANGE_EMAIL: ("/auth/email-change/confirm", {}),
        Purpose.TRUST_ADDRESS: ("/auth/trust-address", {}),
    }
    carried = "thief@example.org" if purpose == Purpose.CHANGE_EMAIL else "192.0.2.66"
    token = issue(purpose, owner, carried)
    way(owner)
    path, sent = addresses[purpose]
    refused = Client().post(path, {"token": token, **sent})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_confirmation")
    owner.refresh_from_db()
    assert owner.email == "ada@example.org"


def test_guesses_from_where_a_thief_was_count_with_those_of_strangers(owner: User) -> None:
    open_session(user=owner, address=HERE)
    sign_out(owner)

    def guess(address: str) -> int:
        asked = {"email": owner.email, "password": "a guess"}
        client = Client()
        client.http.defaults["REMOTE_ADDR"] = address
        return int(client.post("/auth/token", asked).status_code)

    assert [guess(f"198.51.100.{end}") for end in range(2, 12)] == [401] * 10
    assert (guess(THIEF), guess(HERE)) == (429, 401)


def test_a_superuser_who_signs_somebody_out_leaves_no_address_known(owner: User) -> None:
    boss = Staff.superuser()
    assert known(boss.user) == set()
    told = boss.step(owner, "sign-out")
    assert told == ["Ada: every sign-in has ended."]
    assert known(owner) == set()
    assert log_of(owner.pk)[-1] == ("user.signed_out", boss.user.pk)


def test_access_tokens_outlast_signing_out(owner: User) -> None:
    script = Client.with_token(token_of(owner))
    sign_out(owner)
    assert script.get("/users/me").status_code == 200
