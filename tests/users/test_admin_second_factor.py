"""The second factor in the admin: setting it up, signing in with it, having to."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from documents.models import Project, Role
from tests.clock import Clock, clock
from tests.factories import PASSWORD
from tests.staff import Staff, messages_on
from users.admin import sign_in as sign_in_page
from users.models import Authenticator, Event, LoginSession
from users.services import second_factors

__all__ = ["clock"]
pytestmark = pytest.mark.usefixtures("clock")

LOGIN = reverse("admin:login")
HOME = reverse("admin:index")
ACCOUNT = reverse("admin:account")
SET_UP = reverse("admin:second_factor")
RENEW = reverse("admin:recovery_codes")
DISABLE = reverse("admin:second_factor_off")


class App:
    """An authenticator app, which reads what a page shows."""

    def __init__(self, page: Any, clock: Clock) -> None:
        self.clock = clock
        found = re.search(r'class="secret">([A-Z2-7 ]+)<', page.content.decode())
        assert found, page.content
        self.secret = found[1].replace(" ", "")

    def code(self) -> str:
        """Return the app's next code: time goes on to it, for each is good once."""
        self.clock.wait(30)
        return pyotp.TOTP(self.secret).at(int(self.clock.now))


def begin(staff: Staff) -> Any:
    return staff.save(SET_UP, password=PASSWORD)


def hidden(response: Any, name: str) -> str:
    """Return what a page carries on in a hidden field."""
    value: str = response.context["form"][name].value()
    return value


def confirm(staff: Staff, shown: Any, code: str) -> Any:
    return staff.save(SET_UP, secret=hidden(shown, "secret"), code=code)


@pytest.fixture
def staff(project: Project) -> Staff:
    return Staff.of(project, Role.CURATOR)


@pytest.fixture
def app(staff: Staff, clock: Clock) -> App:
    """Return the app of the member of staff, confirmed; `codes` are the recovery codes."""
    shown = begin(staff)
    made = App(shown, clock)
    done = confirm(staff, shown, made.code())
    made.codes = done.context["codes"]  # type: ignore[attr-defined]
    return made


def test_a_superuser_removes_one_that_was_lost(staff: Staff, app: App) -> None:
    boss = Staff.superuser()
    assert "Remove the second factor" in boss.page_of(staff.user)
    for _ in range(2):  # the second finds nothing to remove, and that is no event
        boss.step(staff.user, "no-second-factor")
    assert not second_factors.is_enabled(staff.user)
    assert "Remove the second factor" not in boss.page_of(staff.user)
    removals = Event.objects.filter(action="second_factor.disabled", target_id=staff.user.pk)
    assert [removal.actor for removal in removals] == [boss.user]


# Setting it up


def test_it_takes_the_password_to_begin(staff: Staff) -> None:
    assert "qr-code" not in staff.get(SET_UP).content.decode()
    refused = staff.save(SET_UP, password="wrong")
    assert "This is not your password." in refused.content.decode()
    assert "qr-code" not in refused.content.decode()
    assert not Authenticator.objects.exists()


def test_the_page_shows_the_secret_as_a_qr_code_and_as_text(staff: Staff, clock: Clock) -> None:
    shown = begin(staff)
    assert shown.context["qr_code"].startswith("data:image/svg+xml")
    secret = App(shown, clock).secret
    assert len(secret) == 32
    assert not second_factors.is_enabled(staff.user)


def test_a_code_of_the_app_enables_it_and_shows_recovery_codes_once(staff: Staff, app: Any) -> None:
    assert len(app.codes) == 10
    assert second_factors.is_enabled(staff.user)
    assert staff.session.get().has_second_factor
    shown = staff.get(ACCOUNT).content.decode()
    assert "Recovery codes left: 10" in shown
    assert not any(code in shown for code in app.codes)


def test_a_wrong_code_shows_the_same_secret_again(staff: Staff, clock: Clock) -> None:
    shown = begin(staff)
    app = App(shown, clock)
    again = confirm(staff, shown, "000000")
    assert "The code is wrong" in again.content.decode()
    assert App(again, clock).secret == app.secret
    assert confirm(staff, again, app.code()).context["codes"]


@pytest.mark.parametrize("secret", ["", "nonsense"])
def test_a_page_that_is_none_of_ours_begins_again(staff: Staff, secret: str) -> None:
    begin(staff)
    response = staff.save(SET_UP, secret=secret, code="123456")
    assert (response.status_code, response.url) == (302, SET_UP)


def test_it_is_not_set_up_over_one_that_is(staff: Staff, app: App) -> None:
    response = begin(staff)
    assert "disable it to set up another" in response.content.decode()


def test_who_has_no_password_begins_with_a_recent_sign_in(staff: Staff, clock: Clock) -> None:
    staff.user.set_unusable_password()
    staff.user.save()
    staff = Staff(staff.user)
    assert 'name="password"' not in staff.get(SET_UP).content.decode()
    shown = staff.save(SET_UP, sent="yes")
    assert confirm(staff, shown, App(shown, clock).code()).context["codes"]
    staff.session.update(authenticated_at=timezone.now() - timedelta(minutes=11))
    refused = staff.save(DISABLE, code="123456")
    assert "Sign in again" in refused.content.decode()


# Renewing and disabling it


def test_a_code_renews_the_recovery_codes(staff: Staff, app: Any) -> None:
    assert "takes" not in staff.get(RENEW).content.decode()
    assert "The code is wrong" in staff.save(RENEW, code="000000").content.decode()
    renewed = staff.save(RENEW, code=app.code()).context["codes"]
    assert set(renewed).isdisjoint(app.codes)


def test_password_and_code_disable_it(staff: Staff, app: App) -> None:
    wrong = staff.save(DISABLE, password="wrong", code=app.code())
    assert "This is not your password." in wrong.content.decode()
    assert second_factors.is_enabled(staff.user)
    told = staff.messages_after(staff.save(DISABLE, password=PASSWORD, code=app.code()))
    assert told == ["The second factor is disabled."]
    assert not second_factors.is_enabled(staff.user)


# Signing in with it


def sign_in(staff: Staff, password: str = PASSWORD) -> Any:
    """Send the password in a new browser; return the answer, with the browser as `client`."""
    sent = {"username": staff.user.email, "password": password, "next": ACCOUNT}
    return Browser().post(LOGIN, sent)


def send_code(asked: Any, code: str) -> Any:
    sent = {"shown": hidden(asked, "shown"), "next": asked.context["next"], "code": code}
    return asked.client.post(LOGIN, sent)


def test_the_password_alone_lets_nobody_in(staff: Staff, app: App) -> None:
    asked = sign_in(staff)
    assert asked.status_code == 200
    assert "One step is left." in asked.content.decode()
    assert asked.client.get(HOME).status_code == 302


def test_the_password_lies_open_on_no_page(staff: Staff, app: App) -> None:
    assert PASSWORD not in sign_in(staff).content.decode()


def test_the_code_lets_in_and_leads_on(staff: Staff, app: App) -> None:
    response = send_code(sign_in(staff), app.code())
    assert (response.status_code, response.url) == (302, ACCOUNT)
    assert response.client.get(HOME).status_code == 200
    assert LoginSession.objects.latest("id").has_second_factor


def test_a_recovery_code_lets_in_once(staff: Staff, app: Any) -> None:
    assert send_code(sign_in(staff), app.codes[0]).status_code == 302
    again = send_code(sign_in(staff), app.codes[0])
    assert again.status_code == 200
    assert again.client.get(HOME).status_code == 302


def test_a_wrong_code_asks_again(staff: Staff, app: App) -> None:
    wrong = send_code(sign_in(staff), "000000")
    assert "The second factor's code is wrong" in wrong.content.decode().replace("&#x27;", "'")
    assert send_code(wrong, app.code()).status_code == 302


def test_guessing_codes_is_slow(staff: Staff, app: App, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"second_factor": "1/h"}
    asked = sign_in(staff)
    send_code(asked, "000000")
    refused = send_code(asked, app.code())
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)


def test_the_second_step_may_not_take_too_long(
    staff: Staff, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sign_in(staff)
    monkeypatch.setattr(sign_in_page, "CODE_WITHIN", -1)
    assert "That took too long." in send_code(asked, app.code()).content.decode()


def test_nobody_makes_up_a_right_password(staff: Staff, app: App) -> None:
    response = Browser().post(LOGIN, {"shown": "nonsense", "code": app.code()})
    assert "Begin again, please." in response.content.decode()


def test_being_asked_again_takes_the_code_too(staff: Staff, app: App) -> None:
    address = reverse("admin:users_accesstoken_add")
    staff.session.update(authenticated_at=timezone.now() - timedelta(minutes=11))
    assert 'name="identity_code"' in staff.get(address).content.decode()
    sent = {"identity_for": "GET", "identity_password": PASSWORD}
    assert staff.save(address, **sent).status_code == 200
    assert staff.save(address, **sent, identity_code="000000").status_code == 200
    assert staff.save(address, **sent, identity_code=app.code()).status_code == 302


# Having to


def test_staff_set_one_up_before_anything_else(
    staff: Staff, settings: Settings, clock: Clock
) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    entered = sign_in(staff)
    browser = entered.client
    for address in (HOME, ACCOUNT, reverse("admin:users_user_changelist"), RENEW):
        led = browser.get(address)
        assert (led.status_code, led.url) == (302, SET_UP)
    assert "Set up a second factor" in browser.get(SET_UP).content.decode()
    shown = browser.post(SET_UP, {"password": PASSWORD})
    code = App(shown, clock).code()
    done = browser.post(SET_UP, {"secret": hidden(shown, "secret"), "code": code})
    assert len(done.context["codes"]) == 10
    assert browser.get(HOME).status_code == 200


def test_who_must_set_one_up_may_sign_out(staff: Staff, settings: Settings) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    assert staff.save(reverse("admin:logout")).status_code == 200
    assert staff.get(HOME).url.startswith(LOGIN)


def test_a_sign_in_from_before_one_was_set_up_elsewhere_ends(
    staff: Staff, app: App, settings: Settings
) -> None:
    other = Staff(staff.user)
    assert other.get(HOME).status_code == 200
    settings.STAFF_NEED_SECOND_FACTOR = True
    response = other.get(HOME)
    assert response.url.startswith(LOGIN)
    assert "with your second factor" in messages_on(other.get(response.url))[0]
    assert staff.get(HOME).status_code == 200


def test_without_the_setting_nobody_must(staff: Staff) -> None:
    assert staff.get(HOME).status_code == 200
