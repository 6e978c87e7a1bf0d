"""Making an account."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from pytest_django import Settings

from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import PASSWORD, UserFactory
from tests.threads import at_once
from users.models import Event, LoginSession, User

pytestmark = pytest.mark.django_db
ADA = {"email": "ada@example.org", "password": PASSWORD, "name": "Ada"}


def register(client: Client, **sent: Any) -> Any:
    return client.post("/auth/register", ADA | sent)


def faults(response: Any) -> list[tuple[str, str]]:
    """Check that no account was made; return what was wrong, by pointer and code."""
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert User.objects.count() == 0
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def test_makes_an_account_that_can_sign_in(anonymous: Client) -> None:
    response = register(anonymous)
    assert (response.status_code, response["ETag"]) == (201, '"1"')
    user = User.objects.get()
    members = {"id", "email", "email_verified_at", "name", "is_staff", "is_service"}
    assert set(response.data) == members | {"version", "created_at", "updated_at"}
    assert response.data["email_verified_at"] is None
    assert response.data["id"] == str(user.pk)
    assert (response.data["email"], response.data["name"]) == ("ada@example.org", "Ada")
    signed_in = anonymous.post("/auth/token", {"email": ADA["email"], "password": PASSWORD})
    assert signed_in.status_code == 200


def test_a_new_account_may_do_nothing_special(anonymous: Client) -> None:
    register(anonymous)
    user = User.objects.get()
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)
    assert LoginSession.objects.count() == 0


def test_leaves_an_event_without_the_password(anonymous: Client) -> None:
    register(anonymous)
    user = User.objects.get()
    assert log_of(user.pk) == [("user.created", user.pk)]
    told = changed(last_event(user.pk))
    assert told["email"] == (None, "ada@example.org")
    assert {"password", "last_login"}.isdisjoint(told)


def test_a_name_may_be_left_out(anonymous: Client) -> None:
    sent = {name: ADA[name] for name in ("email", "password")}
    assert anonymous.post("/auth/register", sent).data["name"] == ""


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@EXAMPLE.ORG", " Ada@Example.org "])
def test_an_e_mail_has_one_account_in_any_letter_case(anonymous: Client, email: str) -> None:
    register(anonymous)
    response = register(anonymous, email=email)
    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert (User.objects.count(), Event.objects.count()) == (1, 1)


def test_a_deactivated_account_keeps_its_e_mail(anonymous: Client) -> None:
    UserFactory.create(email="ada@example.org", is_active=False)
    assert register(anonymous).status_code == 409


NO_E_MAILS = ["", "ada", "ada@", "@example.org", "a b@c.org", f"{'a' * 250}@b.org"]


@pytest.mark.parametrize("email", NO_E_MAILS)
def test_an_e_mail_is_one(anonymous: Client, email: str) -> None:
    assert faults(register(anonymous, email=email))[0][0] == "/email"


@pytest.mark.parametrize(
    "password", ["short1!aa", "password1234", "1234567890123", "ada@example.org", "x" * 257]
)
def test_a_password_is_not_easily_guessed(anonymous: Client, password: str) -> None:
    assert {pointer for pointer, _ in faults(register(anonymous, password=password))} == {
        "/password"
    }


def test_a_password_is_not_the_name(anonymous: Client) -> None:
    sent = {"name": "Augusta Ada King", "password": "augusta ada king"}
    assert set(faults(register(anonymous, **sent))) == {("/password", "invalid")}


def test_a_password_is_taken_as_it_is(anonymous: Client) -> None:
    password = "  Ünïcode 😀 and blanks  "
    assert register(anonymous, password=password).status_code == 201
    assert User.objects.get().check_password(password)


@pytest.mark.parametrize("member", ["is_staff", "is_superuser", "id", "token_version", "groups"])
def test_nobody_gives_themselves_more(anonymous: Client, member: str) -> None:
    assert faults(register(anonymous, **{member: True})) == [(f"/{member}", "unknown")]


@pytest.mark.parametrize(
    ("how", "whom"), [("closed", "Ask an administrator"), ("invitation", "ask a manager")]
)
def test_a_site_may_make_accounts_itself_alone(
    anonymous: Client, settings: Settings, how: str, whom: str
) -> None:
    settings.REGISTRATION = how
    response = register(anonymous)
    assert whom in response.json()["detail"]
    assert (response.status_code, response.json()["code"]) == (403, "registration_closed")
    assert User.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_registrations_one_wins() -> None:
    spellings = ["ada@example.org", "ADA@example.org", "Ada@Example.Org", "adA@example.org"] * 2
    responses = at_once(*(partial(register, Client(), email=email) for email in spellings))
    assert sorted(response.status_code for response in responses) == [201] + [409] * 7
    assert User.objects.count() == 1
