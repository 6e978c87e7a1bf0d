"""A forgotten password is set anew by a link that is mailed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import PASSWORD, UserFactory, token_of
from tests.users.conftest import Delivered
from users.confirmations import Purpose, issue
from users.models import AccessToken, User
from users.services.sign_ins import open_session

pytestmark = pytest.mark.django_db
NEW = "an entirely new one"


def ask(email: str = "ada@example.org") -> Any:
    return Client().post("/auth/password-reset", {"email": email})


def reset(token: str, password: str = NEW) -> Any:
    return Client().post("/auth/password-reset/confirm", {"token": token, "password": password})


def refused(response: Any) -> None:
    assert (response.status_code, response.json()["code"]) == (422, "invalid_confirmation")


@pytest.fixture
def token(ada: User) -> str:
    return issue(Purpose.RESET, ada)


def test_a_mailed_link_sets_a_password(
    ada: User,
    delivered: Delivered,
    token_in: Callable[[Any], str],
    signs_in: Callable[..., int],
) -> None:
    response, [sent] = delivered(lambda: ask("ADA@example.org"))
    assert (response.status_code, response.json()) == (
        202,
        {"email": "ADA@example.org", "status": "reset_sent"},
    )
    assert (sent.to, sent.subject) == (["ada@example.org"], "Set a new password for Postil")
    response, [notice] = delivered(lambda: reset(token_in(sent)))
    assert (response.status_code, response.content) == (204, b"")
    assert notice.subject == "The password of your account at Postil was changed"
    assert (signs_in(password=PASSWORD), signs_in(password=NEW)) == (401, 200)


def test_every_sign_in_and_every_access_token_ends(ada: User, token: str) -> None:
    signed_in = Client.of(ada)
    refresh = open_session(user=ada, user_agent="tests").refresh
    script = Client.with_token(token_of(ada))
    assert (signed_in.get("/users/me").status_code, script.get("/users/me").status_code) == (
        200,
        200,
    )
    reset(token)
    assert (signed_in.get("/users/me").status_code, script.get("/users/me").status_code) == (
        401,
        401,
    )
    assert Client().post("/auth/token/refresh", {"refresh": refresh}).status_code == 401
    assert AccessToken.objects.filter(revoked_at=None).count() == 0


def test_the_log_tells_it_without_the_password(ada: User, token: str) -> None:
    reset(token)
    assert log_of(ada.pk)[-1] == ("user.password_reset", ada.pk)
    assert changed(last_event(ada.pk)) == {"token_version": (1, 2), "version": (1, 2)}


def test_it_confirms_the_e_mail(signs_in: Callable[..., int], settings: Settings) -> None:
    settings.EMAIL_VERIFICATION = True
    waiting = UserFactory.create(email="ada@example.org")
    reset(issue(Purpose.RESET, waiting))
    assert signs_in(password=NEW) == 200


def test_nobody_and_who_is_shut_out_are_sent_nothing(ada: User, delivered: Delivered) -> None:
    User.objects.update(is_active=False)
    assert delivered(ask)[1] == []
    assert delivered(lambda: ask("nobody@example.org"))[1] == []


def test_a_link_is_good_once(token: str) -> None:
    assert reset(token).status_code == 204
    refused(reset(token))


def test_a_new_password_ends_the_link(ada: User, token: str) -> None:
    ada.set_password(NEW)
    ada.save()
    refused(reset(token))


def test_a_link_is_good_for_an_hour(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now().timestamp()
    for age, status in ((timedelta(minutes=61), 422), (timedelta(minutes=59), 204)):
        with monkeypatch.context() as patch:
            patch.setattr("time.time", lambda age=age: now - age.total_seconds())
            token = issue(Purpose.RESET, ada)
        assert reset(token).status_code == status


@pytest.mark.parametrize("password", ["short1!aa", "x" * 257, "ada@example.org", "x" * 20])
def test_an_unfit_password_is_refused_and_the_link_stays_good(token: str, password: str) -> None:
    response = reset(token, password)
    assert response.status_code == 422
    assert {error["pointer"] for error in response.json()["errors"]} == {"/password"}
    assert reset(token).status_code == 204


def test_who_guesses_elsewhere_does_not_lock_the_owner_out(
    ada: User, token: str, signs_in: Callable[..., int]
) -> None:
    reset(token)
    for number in range(15):
        sent = {"email": ada.email, "password": f"guess {number}"}
        Client().http.post("/api/v1/auth/token", sent, format="json", REMOTE_ADDR="10.9.8.7")
    assert signs_in(password=NEW) == 200


def test_nobodys_mailbox_is_flooded(ada: User, delivered: Delivered) -> None:
    answers, sent = delivered(lambda: [ask() for _ in range(8)])
    assert ({answer.status_code for answer in answers}, len(sent)) == ({202}, 5)


def test_tries_are_counted_by_address(ada: User, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_address": "2/m"}
    assert [ask().status_code, reset("x").status_code, ask().status_code] == [202, 422, 429]
