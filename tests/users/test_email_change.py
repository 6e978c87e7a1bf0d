"""Changing one's e-mail: by a link to the new one, where mail is sent; at once where none is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config.celery import app
from tests.client import Client
from tests.events import changed, last_event
from tests.factories import PASSWORD, UserFactory
from tests.users.conftest import Delivered
from users.confirmations import Purpose, issue
from users.models import User

pytestmark = pytest.mark.django_db
NEW = "ada@example.com"


@pytest.fixture
def client(ada: User) -> Client:
    return Client.of(ada)


def ask(client: Client, email: str = NEW) -> Any:
    return client.post("/users/me/email", {"current_password": PASSWORD, "email": email})


def confirm(token: str) -> Any:
    return Client().post("/auth/email-change/confirm", {"token": token})


def email_of(user: User) -> str:
    user.refresh_from_db()
    return user.email


@pytest.mark.usefixtures("verifying")
def test_the_new_address_is_sent_a_link_and_the_old_one_a_notice(
    ada: User, client: Client, delivered: Delivered, token_in: Callable[[Any], str]
) -> None:
    response, [link, notice] = delivered(lambda: ask(client))
    assert (response.status_code, response.json()) == (
        202,
        {"email": NEW, "status": "verification_sent"},
    )
    assert (link.to, notice.to) == ([NEW], ["ada@example.org"])
    assert notice.subject == "Your account at Postil is to have another e-mail address"
    assert email_of(ada) == "ada@example.org"
    confirmed = confirm(token_in(link))
    assert (confirmed.status_code, confirmed.json()) == (200, {"email": NEW, "status": "changed"})
    assert email_of(ada) == NEW
    assert set(changed(last_event(ada.pk))) == {"email", "email_verified_at", "version"}
    assert client.get("/users/me").status_code == 200
    assert confirm(token_in(link)).status_code == 422


@pytest.mark.usefixtures("verifying")
@pytest.mark.parametrize("password", ["another password by the owner", None])
def test_a_mail_that_is_late_bears_no_link_of_a_former_password(
    ada: User, client: Client, django_capture_on_commit_callbacks: Any, password: str | None
) -> None:
    """Whoever asked for it with a password that they had stolen has lost it meanwhile."""
    with django_capture_on_commit_callbacks() as sending:
        ask(client)
    if password:
        ada.set_password(password)
        ada.save()
    late: Any = app
    late.conf.task_always_eager = True
    for send in sending:
        send()
    late.conf.task_always_eager = False
    assert [one.to for one in mail.outbox if one.to == [NEW]] == ([] if password else [[NEW]])


@pytest.mark.usefixtures("verifying")
def test_whether_the_new_address_is_somebodys_is_told_there_alone(
    ada: User, client: Client, delivered: Delivered
) -> None:
    eve = UserFactory.create(email=NEW)
    seen = []
    for email in (NEW, "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            response, mails = delivered(lambda email=email: ask(client, email))  # type: ignore[misc]
        body = response.json()
        assert body.pop("email") == email
        assert {one.to[0] for one in mails} == {email, ada.email}
        seen.append((response.status_code, body, len(mails)))
        assert queries
    assert seen[0] == seen[1]
    assert email_of(eve) == NEW


@pytest.mark.usefixtures("verifying")
def test_asking_costs_the_same_whoever_has_the_address(ada: User, client: Client) -> None:
    UserFactory.create(email=NEW)
    costs = []
    for email in (NEW, "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            ask(client, email)
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.usefixtures("verifying")
def test_an_address_that_was_taken_meanwhile_is_refused(ada: User) -> None:
    token = issue(Purpose.CHANGE_EMAIL, ada, NEW)
    UserFactory.create(email=NEW.upper())
    response = confirm(token)
    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert email_of(ada) == "ada@example.org"


@pytest.mark.usefixtures("verifying")
def test_links_to_the_old_address_end(ada: User, client: Client) -> None:
    reset = issue(Purpose.RESET, ada)
    confirm(issue(Purpose.CHANGE_EMAIL, ada, NEW))
    sent = {"token": reset, "password": "an entirely new one"}
    assert Client().post("/auth/password-reset/confirm", sent).status_code == 422


@pytest.mark.usefixtures("verifying")
def test_nobodys_mailbox_is_flooded(client: Client, delivered: Delivered, ada: User) -> None:
    _, mails = delivered(lambda: [ask(client) for _ in range(8)])
    assert len([one for one in mails if one.to == [NEW]]) == 5


def test_where_nobody_confirms_it_changes_at_once(ada: User, client: Client) -> None:
    response = ask(client, " ada@example.com ")
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert (response.data["email"], response.data["email_verified_at"]) == (NEW, None)
    assert email_of(ada) == NEW


def test_an_e_mail_has_one_account(ada: User, client: Client) -> None:
    UserFactory.create(email=NEW)
    response = ask(client, NEW.upper())
    assert (response.status_code, response.json()["code"]) == (409, "email_taken")


@pytest.mark.parametrize("email", ["", "ada", "ada@"])
def test_an_e_mail_is_one(client: Client, settings: Settings, email: str) -> None:
    assert ask(client, email).json()["errors"][0]["pointer"] == "/email"
