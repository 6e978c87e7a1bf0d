"""Where e-mails are confirmed: what registering tells, whom it mails, and what a link does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail, signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import PASSWORD, UserFactory
from tests.threads import at_once
from tests.users.conftest import Delivered
from tests.users.counting import CountingHasher
from users.confirmations import Purpose, issue
from users.models import Event, User
from users.services.accounts import create_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("verifying")]
ADA = {"email": "ada@example.org", "password": PASSWORD, "name": "Ada"}
OTHER_PASSWORD = "staple that wrong horse"
TokenIn = Callable[[Any], str]


def register(client: Client | None = None, **sent: Any) -> Any:
    return (client or Client()).post("/auth/register", ADA | sent)


def resend(email: str = "ada@example.org") -> Any:
    return Client().post("/auth/verify-email/resend", {"email": email})


def verify(token: str) -> Any:
    return Client().post("/auth/verify-email", {"token": token})


def told(response: Any) -> tuple[int, Any, set[str]]:
    """Return what an answer tells, without what is each request's own."""
    return response.status_code, response.json(), set(response.headers)


def refused(response: Any) -> None:
    assert (response.status_code, response.json()["code"]) == (422, "invalid_confirmation")


@pytest.fixture
def unverified(db: None) -> User:
    made: User = UserFactory.create(email="ada@example.org")
    return made


@pytest.fixture
def token(unverified: User) -> str:
    return issue(Purpose.VERIFY, unverified)


def test_a_new_account_signs_in_once_its_e_mail_is_confirmed(
    delivered: Delivered, token_in: TokenIn, signs_in: Callable[..., int]
) -> None:
    response, [sent] = delivered(register)
    assert (response.status_code, response.json()) == (
        202,
        {"email": "ada@example.org", "status": "verification_sent"},
    )
    assert sent.to == ["ada@example.org"]
    assert sent.subject == "Confirm your e-mail address for Postil"
    assert signs_in() == 401
    verified = verify(token_in(sent))
    assert verified.status_code == 200
    assert verified.json() == {"email": "ada@example.org", "status": "verified"}
    assert signs_in() == 200
    ada = User.objects.get()
    assert ada.email_verified_at is not None
    assert [action for action, _ in log_of(ada.pk)][:2] == ["user.created", "sign_in.failed"]
    assert ("user.email_verified", ada.pk) in log_of(ada.pk)


def test_only_the_right_password_tells_that_an_e_mail_is_not_confirmed(unverified: User) -> None:
    codes = []
    for password in (PASSWORD, OTHER_PASSWORD):
        sent = {"email": unverified.email, "password": password}
        codes.append(Client().post("/auth/token", sent).json()["code"])
    assert codes == ["email_unverified", "invalid_credentials"]


def test_known_and_unknown_addresses_are_answered_alike_at_the_same_cost(
    ada: User, settings: Settings, delivered: Delivered
) -> None:
    settings.PASSWORD_HASHERS = ["tests.users.counting.CountingHasher"]
    UserFactory.create(email="waiting@example.org")
    UserFactory.create(email="gone@example.org", is_active=False)
    seen = []
    for email in ("ada@example.org", "waiting@example.org", "gone@example.org", "new@example.org"):
        CountingHasher.times = 0
        with CaptureQueriesContext(connection) as queries:
            response = register(email=email)
        status, body, headers = told(response)
        assert body.pop("email") == email
        seen.append((status, body, headers, len(queries), CountingHasher.times))
    assert seen[1:] == seen[:-1]
    assert seen[0][-1] == 1


@pytest.mark.parametrize("route", ["/auth/verify-email/resend", "/auth/password-reset"])
def test_who_asks_for_a_mail_learns_nothing(ada: User, route: str) -> None:
    UserFactory.create(email="waiting@example.org")
    seen = []
    for email in ("ada@example.org", "waiting@example.org", "new@example.org"):
        with CaptureQueriesContext(connection) as queries:
            response = Client().post(route, {"email": email})
        status, body, headers = told(response)
        assert body.pop("email") == email
        seen.append((status, body, headers, len(queries)))
    assert seen[1:] == seen[:-1]
    assert seen[0][0] == 202


def test_whoever_has_an_account_is_told_so_by_mail_and_nothing_changes(
    ada: User, delivered: Delivered, signs_in: Callable[..., int]
) -> None:
    _, [sent] = delivered(lambda: register(email="ADA@example.org", password=OTHER_PASSWORD))
    assert sent.to == [ada.email]
    assert sent.subject == "You have an account at Postil already"
    assert "/account/forgot" in sent.body
    assert (signs_in(), signs_in(password=OTHER_PASSWORD)) == (200, 401)
    event = Event.objects.get(action="user.registration_repeated")
    assert (event.actor, event.target_id, event.after) == (None, ada.pk, {})


def test_nobody_squats_an_address_with_a_password_of_theirs(
    delivered: Delivered, token_in: TokenIn, signs_in: Callable[..., int]
) -> None:
    """Of two who give an address, the password is who reads its mails chooses; none names it."""
    _, [first] = delivered(lambda: register(password=OTHER_PASSWORD, name="Eve"))
    _, [second] = delivered(register)
    ada = User.objects.get()
    assert (ada.name, ada.has_usable_password(), ada.version) == ("", False, 2)
    assert changed(last_event(ada.pk)) == {"name": ("Eve", ""), "version": (1, 2)}
    refused(verify(token_in(first)))
    refused(verify(token_in(second)))
    assert second.subject == "Choose a password for Postil"
    chosen = {"token": token_in(second), "password": "an entirely new one"}
    assert Client().post("/auth/password-reset/confirm", chosen).status_code == 204
    assert signs_in(password="an entirely new one") == 200
    assert {signs_in(password=one) for one in (PASSWORD, OTHER_PASSWORD)} == {401}


def choose(token: str, password: str = "an entirely new one") -> int:
    sent = {"token": token, "password": password}
    return int(Client().post("/auth/password-reset/confirm", sent).status_code)


@pytest.mark.parametrize("which", range(1, 5))
def test_no_stranger_ends_the_links_that_were_mailed(
    delivered: Delivered, token_in: TokenIn, signs_in: Callable[..., int], which: int
) -> None:
    delivered(register)
    answers, sent = delivered(
        lambda: [register(password=OTHER_PASSWORD, name=f"Eve {time}") for time in range(6)]
    )
    assert {answer.status_code for answer in answers} == {202}
    assert [one.subject for one in sent] == ["Choose a password for Postil"] * 4
    ada = User.objects.get()
    assert (ada.name, ada.has_usable_password(), ada.version) == ("", False, 2)
    assert choose(token_in(sent[which - 1])) == 204
    assert signs_in(password="an entirely new one") == 200
    assert {signs_in(password=one) for one in (PASSWORD, OTHER_PASSWORD)} == {401}
    assert {choose(token_in(one)) for one in sent} == {422}


def test_what_ends_the_first_link_brings_another_over_the_limit_too(
    delivered: Delivered, token_in: TokenIn, signs_in: Callable[..., int]
) -> None:
    """A stranger who asks for all mails of the hour first neither shuts out nor gets in."""
    _, first = delivered(lambda: [register(password=OTHER_PASSWORD), *(resend() for _ in range(5))])
    assert [one.subject for one in first] == ["Confirm your e-mail address for Postil"] * 5
    _, [second] = delivered(register)
    assert delivered(lambda: [register(), register(), resend()])[1] == []
    for one in first:
        refused(verify(token_in(one)))
    assert choose(token_in(second)) == 204
    assert (signs_in(password="an entirely new one"), signs_in(password=OTHER_PASSWORD)) == (
        200,
        401,
    )


def test_a_new_account_is_mailed_whatever_was_asked_for_before(delivered: Delivered) -> None:
    assert delivered(lambda: [resend() for _ in range(6)])[1] == []
    assert len(delivered(register)[1]) == 1
    assert len(delivered(lambda: [register() for _ in range(6)])[1]) == 1


def test_over_the_limit_all_addresses_cost_alike(
    ada: User, settings: Settings, django_capture_on_commit_callbacks: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"mail_by_account": "0/h"}
    UserFactory.create(email="waiting@example.org")
    UserFactory.create(email="choosing@example.org", password=None)
    seen = []
    for name in ("ada", "waiting", "choosing", "new"):
        with (
            django_capture_on_commit_callbacks() as messages,
            CaptureQueriesContext(connection) as queries,
        ):
            response = register(email=f"{name}@example.org")
        seen.append((response.status_code, len(queries), len(messages)))
    assert seen[1:] == seen[:-1]
    assert seen[0][-1] == 1


def test_whoever_confirms_is_known_where_they_did_so(unverified: User, token: str) -> None:
    assert verify(token).status_code == 200
    here, away = "127.0.0.1", "198.51.100.1"
    sent = {"email": unverified.email, "password": "a wrong guess"}
    for _ in range(11):
        last = Client().http.post("/api/v1/auth/token", sent, format="json", REMOTE_ADDR=away)
    assert last.status_code == 429
    sent["password"] = PASSWORD
    statuses = [
        Client().http.post("/api/v1/auth/token", sent, format="json", REMOTE_ADDR=one).status_code
        for one in (away, here)
    ]
    assert statuses == [429, 200]


def test_the_link_is_sent_again(unverified: User, delivered: Delivered, token_in: TokenIn) -> None:
    _, [sent] = delivered(resend)
    assert verify(token_in(sent)).status_code == 200
    assert delivered(resend)[1] == []
    assert delivered(lambda: resend("nobody@example.org"))[1] == []


def test_a_link_is_good_once(token: str) -> None:
    assert verify(token).status_code == 200
    refused(verify(token))


def test_a_link_is_good_for_a_day(unverified: User, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now().timestamp()
    for age, status in ((timedelta(hours=23, minutes=59), 200), (timedelta(hours=24.1), 422)):
        User.objects.update(email_verified_at=None)
        with monkeypatch.context() as patch:
            patch.setattr("time.time", lambda age=age: now - age.total_seconds())
            token = issue(Purpose.VERIFY, unverified)
        assert verify(token).status_code == status


@pytest.mark.parametrize(
    "changes", [{"is_active": False}, {"token_version": 2}, {"email": "new@example.org"}]
)
def test_a_link_ends_with_what_it_was_made_for(
    unverified: User, token: str, changes: dict[str, Any]
) -> None:
    User.objects.update(**changes)
    refused(verify(token))


@pytest.mark.parametrize("purpose", [Purpose.RESET, Purpose.CHANGE_EMAIL])
def test_a_link_is_for_one_thing(unverified: User, purpose: Purpose) -> None:
    refused(verify(issue(purpose, unverified, "new@example.org")))


@pytest.mark.parametrize("token", ["x", "a:b:c", "ü" * 9, "x" * 2000])
def test_what_is_no_link_is_refused(unverified: User, token: str) -> None:
    refused(verify(token))


def test_nothing_of_the_account_can_be_read_in_a_link(unverified: User) -> None:
    content = signing.b64_decode(issue(Purpose.VERIFY, unverified).split(":")[0].encode())
    assert unverified.email.encode() not in content
    assert unverified.password.encode() not in content


def test_nobodys_mailbox_is_flooded(unverified: User, delivered: Delivered) -> None:
    answers, sent = delivered(
        lambda: [resend("ADA@example.org"), *(register() for _ in range(6)), resend()]
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len(sent) == 5


def test_tries_are_counted_by_address(settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_address": "2/m"}
    asked = [resend(), verify("x"), register()]
    assert [response.status_code for response in asked] == [202, 422, 429]


def test_mails_hold_no_text_of_whoever_asked(delivered: Delivered) -> None:
    _, [sent] = delivered(lambda: register(name="Win at https://evil.example"))
    assert "evil" not in f"{sent.subject}{sent.body}"


def test_links_lead_to_the_front_end_if_there_is_one(
    settings: Settings, delivered: Delivered
) -> None:
    settings.FRONTEND_URL = "https://front.example"
    _, [sent] = delivered(register)
    assert "https://front.example/account/verify/" in sent.body


def test_a_mail_that_fails_is_tried_again_and_logged_without_whose_it_is(
    delivered: Delivered, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "tests.users.failing_mail.EmailBackend"
    response, _ = delivered(register)
    assert response.status_code == 202
    failures = [text for text in caplog.messages if text.startswith("A mail (verify) was not sent")]
    assert failures == ["A mail (verify) was not sent: SMTPRecipientsRefused"] * 6
    assert "ada@example.org" not in caplog.text
    assert "/account/verify" not in caplog.text


def test_whoever_is_gone_by_then_is_sent_nothing(
    unverified: User, django_capture_on_commit_callbacks: Any, delivered: Delivered
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        resend()
    User.objects.update(is_active=False)
    for callback in callbacks:
        callback()
    assert mail.outbox == []


@pytest.mark.parametrize("how", ["invitation", "closed"])
def test_a_site_may_take_nobody(settings: Settings, delivered: Delivered, how: str) -> None:
    settings.REGISTRATION = how
    response, sent = delivered(register)
    assert (response.status_code, response.json()["code"]) == (403, "registration_closed")
    assert (User.objects.count(), sent) == (0, [])


def test_whoever_was_invited_takes_over_what_nobody_confirmed(
    unverified: User, ada_s_link: str, signs_in: Callable[..., int]
) -> None:
    person = create_person(email="ADA@example.org", password="an entirely new one", name="Ada")
    assert (person.pk, person.name) == (unverified.pk, "Ada")
    assert signs_in(password="an entirely new one") == 200
    refused(verify(ada_s_link))


@pytest.fixture
def ada_s_link(token: str) -> str:
    return token


def test_whoever_was_invited_needs_no_link(signs_in: Callable[..., int]) -> None:
    create_person(email="ada@example.org", password=PASSWORD)
    assert signs_in() == 200


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_registrations_one_makes_the_account() -> None:
    spellings = ["ada@example.org", "ADA@example.org", "Ada@Example.Org"] * 2
    responses = at_once(*(partial(register, email=email) for email in spellings))
    assert {response.status_code for response in responses} == {202}
    assert User.objects.count() == 1
    actions = list(Event.objects.order_by("id").values_list("action", flat=True))
    repeated = ["user.registration_repeated"] * 4
    assert actions == ["user.created", "user.registered_again", *repeated]
