"""Signing in to the admin at a real provider, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from tests.factories import UserFactory
from tests.users.oidc_provider import RECOVERY_CODE, member, real_provider, with_second_factor
from users.models import Event, LoginSession, User

ADA = {"sub": "ada-1", "email": "ada@example.org", "email_verified": True, "name": "Ada"}
EVE = {"sub": "eve-1", "email": "eve@example.org", "email_verified": True, "name": "Eve"}


@pytest.fixture
def ada(transactional_db: None) -> User:
    """Return a superuser whom the provider knows too."""
    made: User = UserFactory.create(
        email="ada@example.org",
        email_verified_at=timezone.now(),
        is_staff=True,
        is_superuser=True,
        name="Ada",
    )
    return made


@pytest.fixture
def provider(settings: Settings, live_server: Any) -> Iterator[str]:
    """Return the issuer of a running provider."""
    with real_provider(ADA, EVE) as issuer:
        settings.OIDC_PROVIDERS = member(issuer)
        settings.SITE_URL = live_server.url
        yield issuer


def leave(page: Page) -> None:
    """Press the provider's button on the page to sign in."""
    # Its own pages want a style sheet from afar and an icon, which are no concern of ours.
    page.route(re.compile(r"https://|/favicon\.ico"), lambda route: route.fulfill(body=""))
    page.goto(reverse("admin:login"))
    page.get_by_role("button", name="Log in with Acme").click()
    page.wait_for_url("**/oauth2/authorize?*")


def test_staff_sign_in_at_their_provider(
    provider: str, ada: User, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    leave(page)
    page.get_by_role("button", name="ada-1").click()
    page.wait_for_url(f"**{reverse('admin:index')}")
    expect(page.get_by_role("heading", name="Curation")).to_be_visible()
    session = LoginSession.objects.get()
    assert (session.user, session.kind, session.method) == (ada, "admin", "oidc")


def test_the_second_factor_is_asked_for_after_the_provider(
    provider: str, ada: User, open_page: Callable[..., Page]
) -> None:
    with_second_factor(ada)
    page = open_page()
    leave(page)
    page.get_by_role("button", name="ada-1").click()
    page.wait_for_url(f"**{reverse('oidc-code')}")
    page.get_by_label("Code").fill(RECOVERY_CODE)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{reverse('admin:index')}")
    assert LoginSession.objects.get().has_second_factor


def test_others_and_who_says_no_are_told_so(
    provider: str, ada: User, live_server: Any, browser: Browser
) -> None:
    page = browser.new_page(base_url=live_server.url)
    leave(page)
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("The provider did not show who you are.")).to_be_visible()
    leave(page)
    page.get_by_role("button", name="eve-1").click()
    expect(page.get_by_text("The account may not enter the admin.")).to_be_visible()
    assert Event.objects.filter(action="sign_in.failed").count() == 1
    assert LoginSession.objects.count() == 0
