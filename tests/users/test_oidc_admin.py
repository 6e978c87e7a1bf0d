"""Signing in to the admin at an OpenID Connect provider, and showing there again who one is."""

from __future__ import annotations

import html
import re
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from tests.factories import UserFactory
from tests.staff import address_of, messages_on, page
from tests.users.oidc_front_end import asked_at
from tests.users.oidc_provider import RECOVERY_CODE, REDIRECT_URI, Provider
from users.admin import kept_forms
from users.admin.kept_forms import GONE
from users.models import LoginSession, OidcAttempt, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    """Return a browser of nobody."""
    return Browser()


@pytest.fixture
def staff(provider: Provider) -> User:
    """Return whoever the provider signs in, who may enter the admin."""
    made: User = UserFactory.create(
        email="ada@example.org", email_verified_at=timezone.now(), is_staff=True
    )
    return made


def leave(browser: Browser, **sent: str) -> str:
    """Press the provider's button; return where the browser is led."""
    response = browser.post(reverse("oidc-start", args=["acme"]), sent)
    assert response.status_code == 200, response.content
    address: str = response.context["address"]
    return address


def return_from(browser: Browser, provider: Provider, address: str, **sent: str) -> Any:
    """Sign in at the provider and come back."""
    back = {"state": asked_at(address)["state"], "code": provider.sign_in(address)} | sent
    return browser.get(reverse("oidc-callback"), back)


def enter(browser: Browser, provider: Provider, **sent: str) -> Any:
    return return_from(browser, provider, leave(browser), **sent)


def shut_out(browser: Browser, response: Any, status: int, sentence: str) -> None:
    """Check that a page tells why nobody was let in."""
    assert (response.status_code, response.context["sentence"]) == (status, sentence)
    assert browser.get(reverse("admin:index")).status_code == 302
    assert LoginSession.objects.count() == 0


def test_staff_enter_the_admin(browser: Browser, provider: Provider, staff: User) -> None:
    response = enter(browser, provider)
    assert (response.status_code, response.url) == (302, reverse("admin:index"))
    assert browser.get(reverse("admin:index")).status_code == 200
    session = LoginSession.objects.get()
    assert (session.user, session.kind, session.method) == (staff, "admin", "oidc")


def test_the_page_on_the_way_leads_on_by_itself(
    browser: Browser, provider: Provider, staff: User
) -> None:
    response = browser.post(reverse("oidc-start", args=["acme"]))
    page = response.content.decode()
    assert 'http-equiv="refresh" content="0; url=' in page
    assert response.context["address"].replace("&", "&amp;") in page
    assert asked_at(response.context["address"])["redirect_uri"] == (
        "http://testserver/account/oidc/callback"
    )


@pytest.mark.parametrize(
    ("onward", "leads_to"),
    [
        ("/admin/users/user/", "/admin/users/user/"),
        ("https://evil.example/", "/admin/"),
        ("//evil.example/", "/admin/"),
        ("", "/admin/"),
    ],
)
def test_leads_on_within_the_site(
    browser: Browser, provider: Provider, staff: User, onward: str, leads_to: str
) -> None:
    response = return_from(browser, provider, leave(browser, next=onward))
    assert (response.status_code, response.url) == (302, leads_to)


def test_only_staff_enter_and_no_account_is_made(browser: Browser, provider: Provider) -> None:
    shut_out(
        browser,
        enter(browser, provider),
        403,
        "The account may not enter the admin. Ask an administrator for an account.",
    )
    assert User.objects.count() == 0
    UserFactory.create(email="ada@example.org", email_verified_at=timezone.now())
    sentence = "The account may not enter the admin. Ask an administrator."
    shut_out(browser, enter(browser, provider), 403, sentence)


BEGUN_ELSEWHERE = (
    "The sign-in at a provider has no good `state`: begin again."
    " This browser did not begin it, or has begun another since."
)


def test_nobody_is_signed_in_by_a_link(browser: Browser, provider: Provider, staff: User) -> None:
    address = leave(Browser())  # somebody else's browser
    shut_out(browser, return_from(browser, provider, address), 401, BEGUN_ELSEWHERE)
    leave(browser)
    shut_out(browser, return_from(browser, provider, address), 401, BEGUN_ELSEWHERE)
    assert provider.asked.get("/token") is None


@pytest.mark.parametrize("path", ["oidc-callback", "oidc-code"])
def test_pages_that_nobody_began_let_nobody_in(
    browser: Browser, provider: Provider, path: str
) -> None:
    if path == "oidc-callback":
        response = browser.get(reverse(path), {"code": "code-0"})
        shut_out(browser, response, 401, BEGUN_ELSEWHERE)
    else:
        sentence = (
            "The challenge is not valid or has expired."
            " It is older than five minutes or not ours; begin again."
        )
        shut_out(browser, browser.post(reverse(path), {"code": "123456"}), 401, sentence)


def test_what_a_front_end_began_does_not_end_in_the_admin(
    browser: Browser, provider: Provider, staff: User
) -> None:
    address = leave(browser)
    OidcAttempt.objects.update(redirect_uri=REDIRECT_URI)
    response = return_from(browser, provider, address)
    assert (response.status_code, LoginSession.objects.count()) == (401, 0)


def test_a_provider_that_refuses_is_told_of_in_our_words(
    browser: Browser, provider: Provider
) -> None:
    state = asked_at(leave(browser))["state"]
    sent = {"state": state, "error": "access_denied", "error_description": "<b>no</b>"}
    response = browser.get(reverse("oidc-callback"), sent)
    sentence = "The provider did not show who you are. It sent you back without a sign-in."
    shut_out(browser, response, 401, sentence)
    assert b"<b>" not in response.content


def test_an_unknown_provider_leads_nowhere(browser: Browser, provider: Provider) -> None:
    response = browser.post(reverse("oidc-start", args=["other"]))
    assert response.status_code == 422


def test_a_link_begins_nothing(browser: Browser, provider: Provider) -> None:
    assert browser.get(reverse("oidc-start", args=["acme"])).status_code == 405
    strict = Browser(enforce_csrf_checks=True)
    assert strict.post(reverse("oidc-start", args=["acme"])).status_code == 403


def test_buttons_are_limited_like_passwords(
    browser: Browser, provider: Provider, settings: Settings
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_address": "1/m"}
    leave(browser)
    response = browser.post(reverse("oidc-start", args=["acme"]))
    assert response.status_code == 429
    assert response["Retry-After"]


def test_the_admin_asks_for_the_second_factor_too(
    browser: Browser, provider: Provider, guarded: User
) -> None:
    User.objects.update(is_staff=True)
    response = enter(browser, provider)
    assert (response.status_code, response.url) == (302, reverse("oidc-code"))
    assert browser.get(reverse("admin:index")).status_code == 302
    assert browser.get(response.url).status_code == 200
    assert b"Log in" in browser.post(response.url, {"code": ""}).content
    wrong = browser.post(response.url, {"code": "000000"})
    assert "is wrong" in wrong.content.decode()
    assert LoginSession.objects.count() == 0
    right: Any = browser.post(response.url, {"code": RECOVERY_CODE})
    assert (right.status_code, right.url) == (302, reverse("admin:index"))
    assert LoginSession.objects.get().has_second_factor


def test_who_is_no_longer_staff_is_not_let_in_by_a_code(
    browser: Browser, provider: Provider, guarded: User
) -> None:
    User.objects.update(is_staff=True)
    enter(browser, provider)
    User.objects.update(is_staff=False)
    response = browser.post(reverse("oidc-code"), {"code": RECOVERY_CODE})
    sentence = "The account may not enter the admin. Ask an administrator."
    shut_out(browser, response, 403, sentence)


# Showing again who one is


@pytest.fixture
def boss(browser: Browser, provider: Provider, staff: User) -> User:
    """Return whoever came in a while ago, has no password here and may do everything."""
    User.objects.filter(pk=staff.pk).update(is_superuser=True, password="!")
    enter(browser, provider)
    LoginSession.objects.update(authenticated_at=timezone.now() - timedelta(minutes=11))
    return staff


@pytest.fixture
def person(db: None) -> User:
    """Return somebody to be deactivated."""
    made: User = UserFactory.create(email="bea@example.org")
    return made


def deactivate(browser: Browser, person: User, **sent: Any) -> Any:
    address = address_of(person, "deactivate")
    came = f"http://testserver{page(person)}"
    return browser.post(address, {"version": person.version} | sent, headers={"referer": came})


def came_back(browser: Browser, provider: Provider, asked: Any) -> Any:
    """Sign in anew as the page that asks has it; return the page that this leads to."""
    assert b"You have no password here." in asked.content
    back = return_from(browser, provider, leave(browser, next=asked.context["next"]))
    assert back.status_code == 302
    return browser.get(back.url, follow=True)


def is_active(person: User) -> bool:
    return bool(User.objects.filter(pk=person.pk, is_active=True).exists())


def refused(response: Any) -> None:
    assert response.redirect_chain == [(reverse("admin:index"), 302)]
    assert messages_on(response)[-1:] == [GONE]


def test_who_signs_in_anew_goes_on_by_a_button(
    browser: Browser, provider: Provider, boss: User, person: User
) -> None:
    asked = deactivate(browser, person, back='/admin/?q="&')
    shown = came_back(browser, provider, asked)
    content = shown.content.decode()
    assert is_active(person)
    assert "http-equiv" not in content
    (form,) = re.findall(r'<form method="post" action="([^"]+)" class="own">', content)
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', content)
    sent = {name: html.unescape(value) for name, value in found}
    assert form == address_of(person, "deactivate")
    assert sent.pop("csrfmiddlewaretoken")
    assert sent == {"version": "1", "back": '/admin/?q="&'}
    assert browser.get(shown.request["PATH_INFO"]).status_code == 200  # to be looked at again
    assert browser.post(form, sent).status_code == 302
    assert not is_active(person)
    refused(browser.get(shown.request["PATH_INFO"], follow=True))


def test_only_looking_brings_nothing_about(
    browser: Browser, provider: Provider, boss: User, person: User
) -> None:
    shown = came_back(browser, provider, deactivate(browser, person))
    assert browser.post(shown.request["PATH_INFO"]).status_code == 405
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post(address_of(person, "deactivate"), {"version": 1}).status_code == 403
    assert is_active(person)


def test_somebody_else_is_not_shown_what_was_sent(
    browser: Browser, provider: Provider, boss: User, person: User
) -> None:
    asked = deactivate(browser, person)
    now = timezone.now()
    UserFactory.create(email="eve@example.org", email_verified_at=now, is_staff=True)
    provider.claims |= {"sub": "eve-1", "email": "eve@example.org"}
    refused(came_back(browser, provider, asked))


def test_what_was_sent_is_nobody_elses_whatever_the_session_holds(
    browser: Browser, provider: Provider, boss: User, person: User
) -> None:
    asked = deactivate(browser, person)
    session: Any = browser.session
    session["kept_form"] = session["kept_form"] | {"user": str(person.pk)}
    session.save()
    refused(came_back(browser, provider, asked))


def test_what_was_sent_is_kept_for_a_quarter_of_an_hour(
    browser: Browser, provider: Provider, boss: User, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = deactivate(browser, person)
    monkeypatch.setattr(kept_forms, "time", SimpleNamespace(time=lambda: time.time() + 901))
    refused(came_back(browser, provider, asked))


def test_of_two_forms_the_later_is_kept(
    browser: Browser, provider: Provider, boss: User, person: User
) -> None:
    first = deactivate(browser, person)
    deactivate(browser, person, back="/admin/users/user/")
    refused(came_back(browser, provider, first))


def test_too_long_a_form_leads_back_to_its_page(
    browser: Browser, provider: Provider, boss: User, person: User
) -> None:
    asked = deactivate(browser, person, reason="x" * 64_000)
    assert came_back(browser, provider, asked).request["PATH_INFO"] == page(person)
    assert is_active(person)


def test_what_was_sent_is_shown_to_who_is_signed_in(browser: Browser) -> None:
    response: Any = browser.get(reverse("admin:kept_form", args=["x"]))
    assert (response.status_code, response.url.partition("?")[0]) == (302, reverse("admin:login"))
