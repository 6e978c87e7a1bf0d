"""The pages that links in mails lead to, in a browser that heeds their policies."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.factories import UserFactory
from users.confirmations import Purpose, issue
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]
NEW = "an entirely new one"


@pytest.fixture
def ada(db: None) -> User:
    made: User = UserFactory.create(email="ada@example.org")
    return made


def test_a_link_sets_a_password_once(open_page: Open, ada: User) -> None:
    link = reverse("account-reset", args=[issue(Purpose.RESET, ada)])
    page = open_page()
    page.goto(link)
    expect(page.get_by_label("New password")).to_be_focused()
    page.keyboard.type(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your new password is set")
    ada.refresh_from_db()
    assert ada.check_password(NEW)


def test_an_e_mail_is_confirmed_with_one_button(open_page: Open, ada: User) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(reverse("account-verify", args=[issue(Purpose.VERIFY, ada)]))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status")).to_contain_text("Your e-mail is confirmed")


def test_whoever_forgot_asks_for_a_link(open_page: Open) -> None:
    page = open_page()
    page.goto(reverse("account-forgot"))
    page.get_by_label("E-mail").fill("nobody@example.org")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("status")).to_contain_text("If an account has this e-mail")
