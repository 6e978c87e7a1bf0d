"""A second factor: one-time codes of an app, recovery codes, and who must have one."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from tests.client import Client
from tests.clock import START, Clock, clock
from tests.factories import PASSWORD, MembershipFactory, UserFactory
from tests.threads import while_held
from users import one_time_codes
from users.models import Authenticator, Event, LoginSession, RecoveryCode, User
from users.services import second_factors

__all__ = ["clock"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
FACTOR = "/users/me/second-factor"


class App:
    """An authenticator app, set up for somebody who is signed in."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self.client, self.clock = client, clock
        begun = client.post(FACTOR, {"current_password": PASSWORD})
        assert begun.status_code == 200, begun.content
        self.secret: str = begun.json()["secret"]
        self.uri: str = begun.json()["uri"]

    def code(self, later: float = 0) -> str:
        """Return what the app shows now, or shows later."""
        return pyotp.TOTP(self.secret).at(int(self.clock.now + later))

    def confirm(self) -> list[str]:
        """Send the first code; return the recovery codes. Time goes on to the next code."""
        response = self.client.post(f"{FACTOR}/confirm", {"code": self.code()})
        assert response.status_code == 200, response.content
        self.clock.wait(30)
        codes: list[str] = response.json()["recovery_codes"]
        return codes


@pytest.fixture
def app(stranger: Client, clock: Clock) -> App:
    """Return the app of a stranger, confirmed."""
    made = App(stranger, clock)
    made.codes = made.confirm()  # type: ignore[attr-defined]
    return made


@pytest.fixture
def codes(app: App) -> list[str]:
    """Return the stranger's recovery codes."""
    made: list[str] = app.codes  # type: ignore[attr-defined]
    return made


def sign_in(user: User, code: str | None = None, password: str = PASSWORD) -> Any:
    sent = {"email": user.email, "password": password}
    return Client().post("/auth/token", sent | ({} if code is None else {"code": code}))


def refused(response: Any, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code)


def told(action: str) -> list[Event]:
    return list(Event.objects.filter(action=action).order_by("id"))


# Setting up


def test_without_one_there_is_none(stranger: Client) -> None:
    body = stranger.get(FACTOR).json()
    assert body == {"enabled": False, "confirmed_at": None, "recovery_codes_left": 0}


def test_an_app_reads_what_is_shown(stranger: Client, clock: Clock) -> None:
    app = App(stranger, clock)
    uri = urlsplit(app.uri)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert parse_qs(uri.query) == {"secret": [app.secret], "issuer": ["Postil"]}
    assert len(app.secret) == 32
    assert stranger.person.email in pyotp.parse_uri(app.uri).name
    row = Authenticator.objects.get()
    assert app.secret not in row.sealed_secret
    assert str(row) == f"of {stranger.person.pk}"


def test_it_counts_once_a_code_confirms_it(stranger: Client, clock: Clock) -> None:
    app = App(stranger, clock)
    assert stranger.get(FACTOR).json()["enabled"] is False
    assert sign_in(stranger.person).status_code == 200
    codes = app.confirm()
    assert len(set(codes)) == 10
    body = stranger.get(FACTOR).json()
    assert (body["enabled"], body["recovery_codes_left"]) == (True, 10)
    refused(sign_in(stranger.person), 401, "second_factor_required")
    (event,) = told("second_factor.enabled")
    assert (event.actor, event.target_id) == (stranger.person, stranger.person.pk)


def test_beginning_again_shows_another_secret(stranger: Client, clock: Clock) -> None:
    first, second = App(stranger, clock), App(stranger, clock)
    refused(stranger.post(f"{FACTOR}/confirm", {"code": first.code()}), 403, "wrong_second_factor")
    second.confirm()


def test_takes_the_password(stranger: Client) -> None:
    response = stranger.post(FACTOR, {"current_password": "a guess"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/current_password"
    assert stranger.post(FACTOR, {}).status_code == 422
    assert not Authenticator.objects.exists()


def test_cannot_be_set_up_over_one_that_is(app: App) -> None:
    begun = app.client.post(FACTOR, {"current_password": PASSWORD})
    refused(begun, 409, "second_factor_enabled")
    confirmed = app.client.post(f"{FACTOR}/confirm", {"code": app.code()})
    refused(confirmed, 409, "second_factor_enabled")


def test_cannot_be_confirmed_unbegun(stranger: Client) -> None:
    response = stranger.post(f"{FACTOR}/confirm", {"code": "123456"})
    refused(response, 409, "second_factor_missing")


def test_secrets_are_shown_once_under_one_idempotency_key(stranger: Client, clock: Clock) -> None:
    send = partial(stranger.post, FACTOR, {"current_password": PASSWORD}, Idempotency_Key="a")
    secret = send().json()["secret"]
    assert send().json() == {"secret": None, "uri": None}
    sent = {"code": pyotp.TOTP(secret).at(START)}
    confirm = partial(stranger.post, f"{FACTOR}/confirm", sent, Idempotency_Key="b")
    assert len(confirm().json()["recovery_codes"]) == 10
    assert confirm().json() == {"recovery_codes": None}


def test_the_database_keeps_no_recovery_code(codes: list[str]) -> None:
    rows = str(list(RecoveryCode.objects.values())) + str(list(Event.objects.values()))
    assert not any(code in rows or code.replace("-", "") in rows for code in codes)


# Signing in


def test_signs_in_with_the_apps_code(app: App) -> None:
    response = sign_in(app.client.person, app.code())
    assert response.status_code == 200
    assert LoginSession.objects.latest("created_at").has_second_factor


def test_is_asked_for_after_a_right_password_alone(app: App) -> None:
    refused(sign_in(app.client.person, app.code(), "a guess"), 401, "invalid_credentials")
    refused(sign_in(app.client.person, ""), 401, "second_factor_required")


def test_a_code_is_good_once(app: App) -> None:
    code = app.code()
    assert sign_in(app.client.person, code).status_code == 200
    refused(sign_in(app.client.person, code), 401, "invalid_second_factor")
    assert told("sign_in.failed")[-1].after["reason"] == "second_factor"  # type: ignore[index]


@pytest.mark.django_db(transaction=True)
def test_of_8_simultaneous_uses_of_a_code_one_succeeds(app: App) -> None:
    user = app.client.person
    responses = while_held(user, *[partial(sign_in, user, app.code())] * 8)
    assert sorted(response.status_code for response in responses) == [200] + [401] * 7


@pytest.mark.django_db(transaction=True)
def test_of_8_simultaneous_uses_of_a_recovery_code_one_succeeds(codes: list[str]) -> None:
    user = User.objects.get()
    responses = while_held(user, *[partial(sign_in, user, codes[0])] * 8)
    assert sorted(response.status_code for response in responses) == [200] + [401] * 7


@pytest.mark.parametrize(
    ("later", "status"), [(-60, 401), (-30, 401), (0, 200), (30, 200), (60, 401)]
)
def test_a_code_is_good_about_its_time(app: App, later: int, status: int) -> None:
    # The one before the present one was spent to confirm the app.
    assert sign_in(app.client.person, app.code(later)).status_code == status


def test_a_code_of_before_is_good_a_while_longer(app: App) -> None:
    code = app.code()
    app.clock.wait(30)
    assert sign_in(app.client.person, code).status_code == 200


def test_a_code_before_one_that_was_used_is_not_good(app: App) -> None:
    earlier, later = app.code(), app.code(30)
    assert sign_in(app.client.person, later).status_code == 200
    assert sign_in(app.client.person, earlier).status_code == 401


@pytest.mark.parametrize("code", ["", "x", "12345", "1234567", "\u0661" * 6, "x" * 41, "abcd-efgh"])
def test_what_is_no_code_is_refused(app: App, code: str) -> None:
    assert sign_in(app.client.person, code).status_code in {401, 422}


def test_without_a_second_factor_a_code_is_no_matter(stranger: Client) -> None:
    assert sign_in(stranger.person, "123456").status_code == 200


def test_a_secret_that_cannot_be_read_leaves_the_recovery_codes(
    app: App, codes: list[str], settings: Settings
) -> None:
    Authenticator.objects.update(sealed_secret="sealed under a key that is gone")
    refused(sign_in(app.client.person, app.code()), 401, "invalid_second_factor")
    assert sign_in(app.client.person, codes[0]).status_code == 200


# Recovery codes


@pytest.mark.parametrize("spelt", [str, str.upper, lambda code: f" {code.replace('-', ' ')} "])
def test_a_recovery_code_is_good_once(app: App, codes: list[str], spelt: Any) -> None:
    assert sign_in(app.client.person, spelt(codes[3])).status_code == 200
    refused(sign_in(app.client.person, codes[3]), 401, "invalid_second_factor")
    assert app.client.get(FACTOR).json()["recovery_codes_left"] == 9
    (event,) = told("second_factor.used_recovery_code")
    assert event.after == {"left": 9}
    assert str(RecoveryCode.objects.first()) == f"of {app.client.person.pk}"


def test_a_recovery_code_is_ones_own(app: App, codes: list[str], clock: Clock) -> None:
    other = App(Client.of(UserFactory.create()), clock)
    other.confirm()
    assert sign_in(other.client.person, codes[0]).status_code == 401


def test_new_recovery_codes_take_the_place_of_the_old(app: App, codes: list[str]) -> None:
    wrong = app.client.post(f"{FACTOR}/recovery-codes", {"code": "abcd"})
    refused(wrong, 403, "wrong_second_factor")
    new = app.client.post(f"{FACTOR}/recovery-codes", {"code": codes[0]}).json()["recovery_codes"]
    assert len(new) == 10
    assert not set(new) & set(codes)
    assert sign_in(app.client.person, codes[1]).status_code == 401
    assert sign_in(app.client.person, new[0]).status_code == 200
    assert len(told("second_factor.renewed")) == 1


def test_without_a_second_factor_there_are_no_recovery_codes(stranger: Client) -> None:
    response = stranger.post(f"{FACTOR}/recovery-codes", {"code": "123456"})
    refused(response, 409, "second_factor_missing")


# The end


def test_is_disabled_with_password_and_code(app: App) -> None:
    path = f"{FACTOR}/disable"
    sent = {"current_password": "a guess", "code": app.code()}
    assert app.client.post(path, sent).status_code == 422
    sent = {"current_password": PASSWORD, "code": app.code(-300)}
    refused(app.client.post(path, sent), 403, "wrong_second_factor")
    sent = {"current_password": PASSWORD, "code": app.code()}
    response = app.client.post(path, sent)
    assert (response.status_code, response.content) == (204, b"")
    assert app.client.get(FACTOR).json()["enabled"] is False
    assert not RecoveryCode.objects.exists()
    assert sign_in(app.client.person).status_code == 200
    refused(app.client.post(path, sent), 409, "second_factor_missing")
    assert len(told("second_factor.disabled")) == 1


def test_a_code_that_comes_after_the_end_is_not_good(app: App) -> None:
    Authenticator.objects.all().delete()
    assert not second_factors.take(user=app.client.person, code=app.code())


# Limits


def test_codes_are_tried_ten_times_an_hour(app: App, clock: Clock) -> None:
    for _ in range(10):
        refused(sign_in(app.client.person, "000000"), 401, "invalid_second_factor")
    limit = sign_in(app.client.person, app.code())
    assert (limit.status_code, limit["RateLimit-Policy"]) == (429, '"second_factor";q=10;w=3600')
    assert [event.after["limit"] for event in told("sign_in.limited")] == ["second_factor"]  # type: ignore[index]
    clock.wait(int(limit["Retry-After"]))
    assert sign_in(app.client.person, app.code()).status_code == 200


def test_right_codes_are_not_counted(app: App, clock: Clock) -> None:
    for _ in range(12):
        assert sign_in(app.client.person, app.code()).status_code == 200
        clock.wait(30)


def test_wrong_passwords_use_up_none_of_the_codes_limit(app: App, clock: Clock) -> None:
    for _ in range(12):
        sign_in(app.client.person, "000000", "a guess")
        clock.wait(30)
    assert sign_in(app.client.person, app.code()).status_code == 200


# Who must have one


@pytest.fixture
def strict(settings: Settings) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True


@pytest.fixture
def staff(strict: None) -> Client:
    member = MembershipFactory.create(user__is_staff=True, role="manager")
    return Client.of(member.user)


def test_staff_without_one_reach_what_sets_one_up_alone(staff: Client, clock: Clock) -> None:
    project = staff.person.memberships.get().project_id
    for path in ("/projects", f"/projects/{project}", "/users/me", "/users/me/devices"):
        refused(staff.get(path), 403, "second_factor_setup_required")
    refused(staff.delete(f"/projects/{project}"), 403, "second_factor_setup_required")
    App(staff, clock).confirm()
    for path in ("/projects", f"/projects/{project}", "/users/me", "/users/me/devices"):
        assert staff.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/auth/logout", "/auth/logout-everywhere"])
def test_staff_without_one_can_sign_out(staff: Client, path: str) -> None:
    assert staff.post(path).status_code == 204


def test_a_superuser_is_asked_alike(strict: None) -> None:
    boss = Client.of(UserFactory.create(is_superuser=True))
    refused(boss.get("/projects"), 403, "second_factor_setup_required")


def test_who_is_no_staff_is_not_asked(strict: None, stranger: Client) -> None:
    assert stranger.get("/projects").status_code == 200


def test_staff_who_do_without_are_asked_at_once(staff: Client, clock: Clock) -> None:
    app = App(staff, clock)
    app.confirm()
    sent = {"current_password": PASSWORD, "code": app.code()}
    assert staff.post(f"{FACTOR}/disable", sent).status_code == 204
    refused(staff.get("/projects"), 403, "second_factor_setup_required")


def test_a_sign_in_with_a_code_reaches_everything(staff: Client, clock: Clock) -> None:
    app = App(staff, clock)
    app.confirm()
    token = sign_in(staff.person, app.code()).json()["access"]
    assert Client().get("/projects", Authorization=f"Bearer {token}").status_code == 200


# Codes, as figures

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of RFC 6238, appendix B


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(at: int, code: str) -> None:
    assert one_time_codes.code_at(SECRET, at // 30) == code
    assert one_time_codes.matching_step(SECRET, code, now=at, after=0) == at // 30


@given(
    now=st.integers(min_value=10**9, max_value=10**10),
    off=st.integers(min_value=-3, max_value=3),
    ahead=st.integers(min_value=-3, max_value=3),
)
def test_a_code_is_taken_within_a_step_and_after_the_last(now: int, off: int, ahead: int) -> None:
    here = now // 30
    code = one_time_codes.code_at(SECRET, here + off)
    found = one_time_codes.matching_step(SECRET, code, now=now, after=here + ahead)
    is_near, is_later = abs(off) <= 1, off > ahead
    if is_near and is_later:
        assert found is not None
    if found is not None:  # of six digits, two may be alike
        assert here - 1 <= found <= here + 1
        assert found > here + ahead
        assert one_time_codes.code_at(SECRET, found) == code


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_whatever_is_sent_as_a_code_is_read(code: str) -> None:
    found = one_time_codes.matching_step(SECRET, code, now=START, after=0)
    assert found is None or one_time_codes.is_of_app(code)
    assert len(one_time_codes.digest_of(code)) == 64
