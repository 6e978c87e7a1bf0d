"""Who knows their password gets in from a new address while strangers guess; no guesser does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from config.api.throttling import is_within
from tests.client import Client
from tests.clock import Clock, clock
from tests.config.away import closed_port, redis_at
from tests.factories import PASSWORD, UserFactory
from tests.threads import at_once
from tests.users.conftest import Delivered
from tests.users.counting import CountingHasher
from tests.users.guessing import NEW, Steps, guess, shown, sign_in, trust
from tests.users.oidc_provider import RECOVERY_CODE, with_second_factor
from users import tasks
from users.confirmations import Purpose, issue
from users.models import Event, LoginSession, User
from users.sealing import seal
from users.services.credentials import WAY_IN
from users.services.sign_ins import open_session

__all__ = ["clock"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ADMIN = reverse("admin:login")
TokenIn = Callable[[EmailMessage], str]


# The owner


def test_who_knows_the_password_gets_in_by_a_mail(
    ada: User, delivered: Delivered, token_in: TokenIn
) -> None:
    guess()
    refused, [sent] = delivered(sign_in)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert sent.to == [ada.email]
    assert sent.subject == f"Is it you who signs in to Postil from {NEW}?"
    assert "for 30 minutes" in " ".join(str(sent.body).split())
    response = trust(token_in(sent))
    assert response.status_code == 200
    assert response.json() == {"email": ada.email, "status": "address_trusted"}
    assert sign_in().status_code == 200
    assert sign_in(address="192.0.2.10").status_code == 429
    assert [sign_in("a guess").status_code for _ in range(11)] == [401] * 10 + [429]


def test_the_log_tells_who_let_an_address_in(
    ada: User, delivered: Delivered, token_in: TokenIn
) -> None:
    guess()
    _, [sent] = delivered(sign_in)
    trust(token_in(sent))
    event = Event.objects.get(action="sign_in.address_trusted")
    assert (event.actor, event.target_id, event.after) == (ada, ada.pk, {"address": NEW})
    assert not LoginSession.objects.filter(user=ada).live().exists()


def test_the_page_of_the_link_does_the_same(ada: User, delivered: Delivered) -> None:
    guess()
    _, [sent] = delivered(sign_in)
    (path,) = re.findall(r"^http://testserver(/account/address/\S+)$", str(sent.body), re.MULTILINE)
    browser = Browser(REMOTE_ADDR="203.0.113.5")
    assert b"<form" in browser.get(path).content
    assert sign_in().status_code == 429
    assert b"The address is known as yours now." in browser.post(path).content
    assert sign_in().status_code == 200
    assert browser.post(path).status_code == 422


def test_of_an_ipv6_address_the_network_is_let_in(
    ada: User, delivered: Delivered, token_in: TokenIn
) -> None:
    guess()
    _, [sent] = delivered(partial(sign_in, address="2001:db8::1"))
    assert "2001:db8::/64" in str(sent.body)
    assert trust(token_in(sent)).status_code == 200
    assert sign_in(address="2001:db8::ffff").status_code == 200


def test_the_admin_s_door_lets_in_alike(ada: User, delivered: Delivered, token_in: TokenIn) -> None:
    User.objects.update(is_staff=True)
    guess()
    browser = Browser(REMOTE_ADDR=NEW)
    given = {"username": ada.email, "password": PASSWORD}
    pages, mails = delivered(
        lambda: [browser.post(ADMIN, given | {"password": one}) for one in ("a guess", PASSWORD)]
    )
    wrong, right = (
        re.sub(r'(?<=name="csrfmiddlewaretoken" value=")\w+|nonce-\S+', "", page.content.decode())
        for page in pages
    )
    assert wrong == right
    assert {page.status_code for page in pages} == {429}
    [sent] = mails
    trust(token_in(sent))
    assert browser.post(ADMIN, given).status_code == 302


@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "k1"}])
def test_who_is_signed_in_and_moves_on_is_let_in_alike(
    ada: User, delivered: Delivered, token_in: TokenIn, headers: dict[str, str]
) -> None:
    client = Client.of(ada)
    guess()

    def change() -> Any:
        sent = {"current_password": PASSWORD, "password": "an entirely new one"}
        client.http.defaults["REMOTE_ADDR"] = NEW
        return client.post("/users/me/password", sent, **headers)

    refused, [sent] = delivered(change)
    assert refused.status_code == 429
    trust(token_in(sent))
    assert change().status_code == 200


def test_wrong_codes_of_others_shut_nobody_out_either(
    ada: User, delivered: Delivered, token_in: TokenIn
) -> None:
    with_second_factor(ada)
    guess(PASSWORD, code="000000")
    refused, [sent] = delivered(partial(sign_in, code=RECOVERY_CODE))
    assert (refused.status_code, refused.headers["RateLimit-Policy"]) == (
        429,
        '"second_factor";q=10;w=3600',
    )
    trust(token_in(sent))
    assert sign_in(code=RECOVERY_CODE).status_code == 200


@pytest.mark.parametrize("is_sent", [True, False])
def test_the_refusal_tells_of_the_mail_where_mail_is_sent(
    ada: User, settings: Settings, is_sent: bool
) -> None:
    settings.EMAIL_IS_SENT = is_sent
    guess()
    assert (WAY_IN in sign_in("a guess").json()["detail"]) is is_sent


# The guesser


def test_a_guesser_learns_nothing_by_the_answer(ada: User) -> None:
    UserFactory.create(email="gone@example.org", is_active=False)
    for email in (ada.email, "gone@example.org", "nobody@example.org"):
        cache.clear()
        guess(email=email)
        tries = [sign_in(password, email=email) for password in ("a guess", PASSWORD) * 3]
        answers = [shown(one) for one in tries]
        assert answers == answers[:1] * 6
        assert answers[0][0] == 429


def test_a_guesser_learns_nothing_by_the_time(
    ada: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Steps(settings, monkeypatch)
    ada.set_password(PASSWORD)
    ada.save()
    gone = UserFactory.create(email="gone@example.org", is_active=False)
    for email in (ada.email, gone.email, "nobody@example.org"):
        guess(email=email)
    sign_in(email="somebody@example.org")  # of the first request from an address more is kept
    seen = [
        steps.of(partial(sign_in, password, email=email))
        for email in (ada.email, gone.email, "nobody@example.org")
        for password in ("a guess", *[PASSWORD] * 7)  # beyond the limit of mails too
    ]
    assert seen == seen[:1] * len(seen)
    taken, statements, hashed = seen[0]
    assert taken[-1][:2] == ("message", "trust_address")
    assert (len(statements), hashed) == (1, 1)


def test_a_right_guess_has_no_hash_renewed(ada: User, settings: Settings) -> None:
    hashers = settings.PASSWORD_HASHERS
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", *hashers]
    guess()
    assert sign_in().status_code == 429
    assert User.objects.get().password == ada.password


def test_nobody_gets_more_guesses_than_the_limit(ada: User) -> None:
    guess(tries=40)
    for password in ("a guess", PASSWORD) * 10:
        assert sign_in(password).status_code == 429
    assert Event.objects.filter(action="sign_in.failed").count() == 10
    assert not LoginSession.objects.exists()


@pytest.mark.parametrize(
    "state", [{"is_active": False}, {"email_verified_at": None}], ids=["inactive", "unverified"]
)
@pytest.mark.usefixtures("verifying")
def test_an_account_that_is_not_to_be_used_gets_no_mail(
    ada: User, delivered: Delivered, state: dict[str, Any]
) -> None:
    User.objects.update(**state)
    guess()
    refused, sent = delivered(sign_in)
    assert (refused.status_code, sent) == (429, [])


def test_where_the_owner_is_known_there_is_nothing_to_mail(ada: User, delivered: Delivered) -> None:
    open_session(user=ada, address=NEW)
    assert [sign_in("a guess").status_code for _ in range(10)] == [401] * 10
    refused, sent = delivered(sign_in)
    assert (refused.status_code, sent) == (429, [])


def test_a_wrong_password_mails_nobody(ada: User, delivered: Delivered) -> None:
    guess()
    _, sent = delivered(partial(sign_in, "a guess"))
    assert sent == []


def test_who_tries_too_often_from_one_address_is_not_looked_at(
    ada: User, settings: Settings, delivered: Delivered
) -> None:
    settings.PASSWORD_HASHERS = ["tests.users.counting.CountingHasher"]
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_address": "2/m"}
    guess()
    for _ in range(2):
        sign_in("a guess")
    CountingHasher.times = 0
    refused, sent = delivered(sign_in)
    assert (refused.status_code, sent, CountingHasher.times) == (429, [], 0)
    assert WAY_IN not in refused.json()["detail"]


# The mails


def test_nobody_s_mailbox_is_flooded(ada: User, delivered: Delivered, clock: Clock) -> None:
    guess()
    _, sent = delivered(lambda: [sign_in() for _ in range(8)])
    assert len(sent) == 5
    clock.wait(3600)
    guess()
    _, sent = delivered(sign_in)
    assert len(sent) == 1


def test_what_strangers_have_mailed_does_not_use_the_mails_up(
    ada: User, delivered: Delivered
) -> None:
    for _ in range(8):
        Client().post("/auth/password-reset", {"email": ada.email})
    guess()
    _, sent = delivered(sign_in)
    assert len(sent) == 1


def test_nobody_is_mailed_without_a_cache_to_count_in() -> None:
    with redis_at(closed_port()):
        assert is_within("mail_by_account", "ada") is False


def test_a_mail_that_comes_late_is_not_sent(ada: User) -> None:
    open_session(user=ada, address=NEW)
    task: Any = tasks.send_mail
    assert task.apply(args=["trust_address", str(ada.pk), "", seal(NEW)]).successful()
    assert mail.outbox == []


# The link


@pytest.fixture
def token(ada: User) -> str:
    return issue(Purpose.TRUST_ADDRESS, ada, NEW)


def refused(response: Any) -> None:
    assert (response.status_code, response.json()["code"]) == (422, "invalid_confirmation")


def test_a_link_is_good_once(ada: User, token: str) -> None:
    assert trust(token).status_code == 200
    refused(trust(token))
    assert LoginSession.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_uses_of_a_link_one_wins(token: str) -> None:
    answers = at_once(*[partial(trust, token)] * 4)
    assert sorted(one.status_code for one in answers) == [200, 422, 422, 422]


def test_a_link_is_good_for_half_an_hour(
    ada: User, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minutes, status in ((31, 422), (29, 200)):
        later = timezone.now() + timedelta(minutes=minutes)
        monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
        assert trust(token).status_code == status


@pytest.mark.parametrize(
    "change", [{"password": "!"}, {"token_version": 2}, {"email": "b@example.org"}]
)
def test_a_link_ends_with_what_it_was_sent_for(
    ada: User, token: str, change: dict[str, Any]
) -> None:
    User.objects.update(**change)
    refused(trust(token))


@pytest.mark.parametrize("purpose", [one for one in Purpose if one != Purpose.TRUST_ADDRESS])
def test_no_other_link_lets_an_address_in(ada: User, purpose: Purpose, token: str) -> None:
    refused(trust(issue(purpose, ada, NEW)))
    sent = {"token": token, "password": "an entirely new one"}
    refused(Client().post("/auth/password-reset/confirm", sent))
    refused(Client().post("/auth/verify-email", {"token": token}))


def test_a_link_lets_in_nobody_else(ada: User, token: str) -> None:
    bea = UserFactory.create(email="bea@example.org")
    trust(token)
    guess(email=bea.email)
    assert sign_in(email=bea.email).status_code == 429


def test_links_are_tried_at_a_limited_rate(ada: User, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_address": "2/m"}
    assert [trust("x").status_code for _ in range(3)] == [422, 422, 429]
