"""The pages that links in mails lead to: forms without a script, one plain sentence for faults."""

from __future__ import annotations

import logging.config
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config import gunicorn
from tests.factories import PASSWORD, UserFactory
from tests.users.conftest import Delivered
from users.confirmations import Purpose, issue
from users.models import LoginSession, User

pytestmark = pytest.mark.django_db
ADDRESS = "/account/reset/WyIwMWEyMDgxMy0xMTkyLTc1YmUtOWUyMy1hMzdiYzkzZTdiYzQi:1xVRpN:C0Ol13WlM"
NEW = "an entirely new one"
PURPOSES = {"account-verify": Purpose.VERIFY, "account-reset": Purpose.RESET}
PURPOSES |= {"account-email": Purpose.CHANGE_EMAIL, "account-address": Purpose.TRUST_ADDRESS}
each_linked_page = pytest.mark.parametrize("name", PURPOSES)


@pytest.fixture
def waiting(db: None) -> User:
    """Return somebody who has not confirmed their e-mail."""
    made: User = UserFactory.create(email="ada@example.org")
    return made


@pytest.fixture
def address_of(waiting: User) -> Callable[[str], str]:
    """Return a function that returns the address of a page with a good link."""

    def make(name: str) -> str:
        return reverse(name, args=[issue(PURPOSES[name], waiting, "ada@example.com")])

    return make


def shown(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    page: str = response.content.decode()
    return page


def send(address: str, **fields: str) -> Any:
    """Open a page and send its form, as a browser does."""
    browser = Client(enforce_csrf_checks=True)
    form = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown(browser.get(address)))
    assert form
    return browser.post(address, {"csrfmiddlewaretoken": form[1], **fields})


def test_a_mailed_link_leads_to_a_page(
    settings: Settings, delivered: Delivered, waiting: User
) -> None:
    _, [sent] = delivered(lambda: send(reverse("account-forgot"), email="ADA@example.org"))
    (link,) = re.findall(r"^http://testserver(/account/reset/\S+)$", str(sent.body), re.MULTILINE)
    assert "Your new password is set" in shown(send(link, password=NEW))
    waiting.refresh_from_db()
    assert waiting.check_password(NEW)


def test_an_e_mail_is_confirmed(waiting: User, address_of: Callable[[str], str]) -> None:
    assert "Your e-mail is confirmed" in shown(send(address_of("account-verify")))
    waiting.refresh_from_db()
    assert waiting.email_verified_at is not None
    assert LoginSession.objects.filter(user=waiting, address="127.0.0.1").exists()


def test_a_new_e_mail_is_confirmed(waiting: User, address_of: Callable[[str], str]) -> None:
    assert "has the new e-mail" in shown(send(address_of("account-email")))
    waiting.refresh_from_db()
    assert waiting.email == "ada@example.com"


@each_linked_page
def test_opening_a_link_does_not_spend_it(
    waiting: User, address_of: Callable[[str], str], name: str
) -> None:
    address = address_of(name)
    for _ in range(2):
        assert "<form" in shown(Client().get(address))
        assert Client().head(address).status_code == 200
    waiting.refresh_from_db()
    assert waiting.version == 1


@each_linked_page
def test_a_link_is_good_once(address_of: Callable[[str], str], name: str) -> None:
    address = address_of(name)
    assert send(address, password=NEW).status_code == 200
    page = shown(send(address, password=NEW), 422)
    assert "The link is not valid, was used before, or has expired." in page


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_nobody_learns_whose_address_it_is(waiting: User, email: str) -> None:
    page = shown(send(reverse("account-forgot"), email=email))
    assert "If an account has this e-mail, a link is on its way." in page
    assert email not in page


def test_nobodys_mailbox_is_flooded(waiting: User, delivered: Delivered) -> None:
    address = reverse("account-forgot")
    _, sent = delivered(lambda: [send(address, email="ada@example.org") for _ in range(7)])
    assert len(sent) == 5


@pytest.mark.parametrize(
    ("password", "sentence"), [("short", "too short"), ("x" * 20, "repeats itself"), ("", "field")]
)
def test_an_unfit_password_is_told(
    address_of: Callable[[str], str], password: str, sentence: str
) -> None:
    page = shown(send(address_of("account-reset"), password=password), 422)
    assert sentence in page
    assert PASSWORD not in page


def test_what_is_no_e_mail_is_told() -> None:
    assert "valid email" in shown(send(reverse("account-forgot"), email="ada"), 422)


@each_linked_page
def test_no_other_site_and_no_cache_learns_the_link(
    address_of: Callable[[str], str], name: str
) -> None:
    response = Client().get(address_of(name))
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    page = shown(response)
    assert not re.search(r"<script|style=|<style|https?://", page)


@each_linked_page
def test_a_form_is_ours(address_of: Callable[[str], str], name: str) -> None:
    forged = Client(enforce_csrf_checks=True).post(address_of(name), {"password": NEW})
    assert forged.status_code == 403


def test_no_log_line_holds_a_link(
    address_of: Callable[[str], str], capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    """Django logs the address of whatever it refuses, the forged form's too."""
    logging.config.dictConfig(settings.LOGGING)
    address = address_of("account-reset")
    send(address, password="short")
    Client(enforce_csrf_checks=True).post(address)
    told = capsys.readouterr().err
    assert re.findall("/account/reset/(.*)", told) == ["…", "…"]
    assert address not in told


def test_nor_does_the_web_server_s_access_log() -> None:
    assert gunicorn.accesslog == "-"
    (filtered,) = logging.getLogger("gunicorn.access").filters[:1]
    asked = logging.makeLogRecord({"msg": "%(m)s %(U)s", "args": {"m": "GET", "U": ADDRESS}})
    assert filtered.filter(asked)  # type: ignore[union-attr]
    assert asked.getMessage() == "GET /account/reset/…"


def test_requests_are_counted_by_address(settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"default": "2/m"}
    address = reverse("account-forgot")
    assert [Client().get(address).status_code for _ in range(3)] == [200, 200, 429]


def test_tries_are_counted_by_address(settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_address": "2/m"}
    address = reverse("account-verify", args=["x"])
    answers = [Client().post(address) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert "try again in" in shown(answers[-1], 429)
    assert int(answers[-1]["Retry-After"]) > 0


@pytest.mark.parametrize("method", ["put", "delete", "options"])
def test_other_methods_do_nothing(method: str) -> None:
    response = getattr(Client(), method)(reverse("account-forgot"))
    assert response.status_code == 405
