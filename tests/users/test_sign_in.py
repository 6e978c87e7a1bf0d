"""Signing in and out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings as site
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from pytest_django import Settings

from config import settings as written
from tests.client import Client
from tests.factories import PASSWORD, UserFactory
from tests.users.counting import CountingHasher
from users.models import Event, LoginSession, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db: None) -> User:
    made: User = UserFactory.create(email="ada@example.org")
    return made


def sign_in(
    client: Client, email: str = "ada@example.org", password: str = PASSWORD, **headers: str
) -> Any:
    return client.post("/auth/token", {"email": email, "password": password}, **headers)


def me(token: str) -> Any:
    return Client().get("/users/me", Authorization=f"Bearer {token}")


def refused(response: Any) -> dict[str, Any]:
    """Check a refusal that opens nothing; return what it tells, without what is each request's."""
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["code"]) == (401, "invalid_credentials")
    assert LoginSession.objects.count() == 0
    return {name: value for name, value in body.items() if name != "request_id"}


def test_gives_tokens_that_open_the_api(anonymous: Client, ada: User) -> None:
    response = sign_in(anonymous)
    assert response.status_code == 200
    assert set(response.data) == {"access", "refresh", "expires_in"}
    assert response.data["expires_in"] == 600
    assert me(response.data["access"]).data["id"] == str(ada.pk)


def test_tokens_are_short_and_name_their_family(anonymous: Client, ada: User) -> None:
    tokens = sign_in(anonymous).data
    session = LoginSession.objects.get()
    for kind, life in (("access", timedelta(minutes=10)), ("refresh", timedelta(days=7))):
        claims = jwt.decode(tokens[kind], options={"verify_signature": False})
        assert claims["exp"] - claims["iat"] == life.total_seconds()
        assert (claims["iss"], claims["aud"], claims["token_type"]) == ("postil", "postil", kind)
        assert (claims["sub"], claims["sid"], claims["ver"]) == (str(ada.pk), str(session.pk), 1)
        assert set(claims) == {"exp", "iat", "iss", "aud", "token_type", "sub", "sid", "ver", "jti"}
        assert jwt.get_unverified_header(tokens[kind])["alg"] == "HS256"


def test_notes_when_and_with_what(anonymous: Client, ada: User) -> None:
    before = timezone.now()
    sign_in(anonymous, User_Agent="x" * 300)
    ada.refresh_from_db()
    assert ada.last_login is not None
    assert ada.last_login >= before
    session = LoginSession.objects.get()
    assert (session.user_agent, session.ended_at) == ("x" * 200, None)
    assert str(session) == f"{ada.pk} since {session.created_at:%Y-%m-%d}"


def test_the_log_tells_when_and_from_where(anonymous: Client, ada: User) -> None:
    sign_in(anonymous, User_Agent="x" * 300)
    event = Event.objects.get(action="sign_in.succeeded")
    assert (event.actor, event.target_type, event.target_id) == (ada, "user", ada.pk)
    assert event.after == {
        "session": str(LoginSession.objects.get().pk),
        "kind": "api",
        "method": "password",
        "address": "127.0.0.1",
        "user_agent": "x" * 200,
    }


@pytest.mark.parametrize("email", ["ADA@EXAMPLE.ORG", "Ada@example.org", "  ada@example.org  "])
def test_letter_case_and_blanks_of_the_e_mail_are_no_matter(
    anonymous: Client, ada: User, email: str
) -> None:
    assert sign_in(anonymous, email).status_code == 200


@pytest.mark.parametrize("password", [PASSWORD.upper(), f" {PASSWORD}", "", "x" * 257])
def test_a_password_is_exact(anonymous: Client, ada: User, password: str) -> None:
    assert sign_in(anonymous, password=password).status_code in {401, 422}
    assert LoginSession.objects.count() == 0


def test_who_is_unknown_is_answered_like_who_is_wrong(anonymous: Client, ada: User) -> None:
    UserFactory.create(email="gone@example.org", is_active=False)
    UserFactory.create(email="none@example.org", password=None)
    wrong = refused(sign_in(anonymous, password="a wrong guess"))
    assert wrong == refused(sign_in(anonymous, "nobody@example.org"))
    assert wrong == refused(sign_in(anonymous, "gone@example.org"))
    assert wrong == refused(sign_in(anonymous, "none@example.org"))


@pytest.mark.parametrize("email", ["ada@example.org", "gone@example.org", "nobody@example.org"])
def test_who_is_unknown_costs_as_much_as_who_is_wrong(
    anonymous: Client, ada: User, settings: Settings, email: str
) -> None:
    settings.PASSWORD_HASHERS = ["tests.users.counting.CountingHasher"]
    for user in (ada, UserFactory.create(email="gone@example.org", is_active=False)):
        user.set_password(PASSWORD)
        user.save()
    CountingHasher.times = 0
    refused(sign_in(anonymous, email, "a wrong guess"))
    assert CountingHasher.times == 1


def test_passwords_are_kept_as_argon2id_and_older_hashes_become_so(
    anonymous: Client, ada: User, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = written.PASSWORD_HASHERS
    assert make_password("x").startswith("argon2$argon2id$")
    ada.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    ada.save()
    assert sign_in(anonymous).status_code == 200
    ada.refresh_from_db()
    assert ada.password.startswith("argon2$argon2id$")
    assert ada.version == 1


@pytest.mark.parametrize("member", ["otp", "username", "is_staff"])
def test_takes_e_mail_and_password_alone(anonymous: Client, ada: User, member: str) -> None:
    sent = {"email": ada.email, "password": PASSWORD, member: "x"}
    assert anonymous.post("/auth/token", sent).json()["errors"][0]["pointer"] == f"/{member}"


# Signing out


def test_signing_out_ends_the_tokens_at_once(anonymous: Client, ada: User) -> None:
    tokens = sign_in(anonymous).data
    out = Client().post("/auth/logout", Authorization=f"Bearer {tokens['access']}")
    assert (out.status_code, out.content) == (204, b"")
    assert me(tokens["access"]).json()["code"] == "token_ended"
    refreshed = anonymous.post("/auth/token/refresh", {"refresh": tokens["refresh"]})
    assert refreshed.json()["code"] == "invalid_refresh_token"
    again = Client().post("/auth/logout", Authorization=f"Bearer {tokens['access']}")
    assert again.status_code == 401


def test_signing_out_ends_this_sign_in_alone(anonymous: Client, ada: User) -> None:
    here, there = (sign_in(anonymous).data["access"] for _ in range(2))
    Client().post("/auth/logout", Authorization=f"Bearer {here}")
    assert (me(here).status_code, me(there).status_code) == (401, 200)
    assert LoginSession.objects.exclude(ended_at=None).count() == 1


def test_who_is_nobody_cannot_sign_out(anonymous: Client) -> None:
    assert anonymous.post("/auth/logout").status_code == 401


def test_settings_hold_what_is_promised() -> None:
    lives = site.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"], site.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]
    assert lives == (timedelta(minutes=10), timedelta(days=7))
