"""Which access tokens are taken: those that we signed, that have not ended, of this version."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from tests.client import Client
from tests.factories import UserFactory
from users.models import LoginSession, User
from users.services.sign_ins import TokenPair, open_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db: None) -> User:
    made: User = UserFactory.create()
    return made


@pytest.fixture
def tokens(ada: User) -> TokenPair:
    return open_session(user=ada, user_agent="tests")


@pytest.fixture
def claims(tokens: TokenPair) -> dict[str, Any]:
    """Return the claims of a good access token."""
    return jwt.decode(tokens.access, options={"verify_signature": False})


def ask(header: str) -> Any:
    return Client().get("/users/me", Authorization=header)


def signed(claims: dict[str, Any], key: str = settings.SECRET_KEY, algorithm: str = "HS256") -> str:
    return f"Bearer {jwt.encode(claims, key, algorithm=algorithm)}"


def refused(response: Any, code: str) -> None:
    body = response.json()
    assert (response.status_code, body["code"]) == (401, code)
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert "{" not in body["detail"]


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_takes_what_we_signed(claims: dict[str, Any], ada: User) -> None:
    assert ask(signed(claims)).data["id"] == str(ada.pk)


def test_refuses_what_was_tampered_with(tokens: TokenPair, claims: dict[str, Any]) -> None:
    header, _, signature = tokens.access.split(".")
    changed = encoded(claims | {"sub": str(UserFactory.create().pk)})
    refused(ask(f"Bearer {header}.{changed}.{signature}"), "invalid_token")
    refused(ask(f"Bearer {tokens.access[:-4]}AAAA"), "invalid_token")


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", ""])
def test_refuses_what_nobody_signed(claims: dict[str, Any], algorithm: str) -> None:
    head = encoded({"alg": algorithm, "typ": "JWT"})
    for signature in ("", "AAAA"):
        refused(ask(f"Bearer {head}.{encoded(claims)}.{signature}"), "invalid_token")


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_refuses_other_algorithms(claims: dict[str, Any], algorithm: str) -> None:
    refused(ask(signed(claims, algorithm=algorithm)), "invalid_token")


def test_refuses_another_key(claims: dict[str, Any]) -> None:
    refused(ask(signed(claims, key="another key that is long enough for HMAC")), "invalid_token")


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"exp": "soon"},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"aud": "another"},
        {"iss": "another"},
        {"token_type": "refresh"},
        {"token_type": "sliding"},
        {"jti": None},
    ],
)
def test_refuses_claims_that_do_not_hold(claims: dict[str, Any], change: dict[str, Any]) -> None:
    kept = {name: value for name, value in (claims | change).items() if value is not None}
    refused(ask(signed(kept)), "invalid_token")


@pytest.mark.parametrize("claim", ["exp", "aud", "iss", "token_type", "jti"])
def test_refuses_a_token_that_lacks_a_claim(claims: dict[str, Any], claim: str) -> None:
    del claims[claim]
    refused(ask(signed(claims)), "invalid_token")


@pytest.mark.parametrize(
    "change", [{"sid": None}, {"sid": str(uuid4())}, {"ver": None}, {"ver": 2}, {"ver": "1"}]
)
def test_refuses_a_token_of_no_sign_in(claims: dict[str, Any], change: dict[str, Any]) -> None:
    kept = {name: value for name, value in (claims | change).items() if value is not None}
    refused(ask(signed(kept)), "token_ended")


def test_refuses_a_refresh_token(tokens: TokenPair) -> None:
    refused(ask(f"Bearer {tokens.refresh}"), "invalid_token")


def test_refuses_a_token_that_has_expired(claims: dict[str, Any]) -> None:
    refused(ask(signed(claims | {"exp": int(time.time()) - 1})), "invalid_token")


@pytest.mark.parametrize("changes", [{"is_active": False}, {"token_version": 2}])
def test_who_is_shut_out_is_out_with_the_next_request(
    tokens: TokenPair, ada: User, changes: dict[str, Any]
) -> None:
    assert ask(f"Bearer {tokens.access}").status_code == 200
    User.objects.filter(pk=ada.pk).update(**changes)
    refused(ask(f"Bearer {tokens.access}"), "token_ended")


def test_an_ended_sign_in_is_out_with_the_next_request(tokens: TokenPair) -> None:
    LoginSession.objects.update(ended_at=timezone.now())
    refused(ask(f"Bearer {tokens.access}"), "token_ended")


@pytest.mark.parametrize("over", [{"expires_at": timezone.now()}, {"token_version": 2}])
def test_a_sign_in_that_is_over_is_out_with_the_next_request(
    tokens: TokenPair, over: dict[str, Any]
) -> None:
    LoginSession.objects.update(**over)
    refused(ask(f"Bearer {tokens.access}"), "token_ended")


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer a, Bearer b"])
def test_says_how_a_token_is_sent(header: str) -> None:
    response = ask(header)
    refused(response, "bad_authorization_header")
    assert response.json()["detail"] == "Expected one token: `Authorization: Bearer …`."


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Token x", "session=x"])
def test_knows_no_other_way_to_sign_in(header: str) -> None:
    refused(ask(header), "not_authenticated")


def test_the_admins_session_opens_no_route_of_the_api(ada: User) -> None:
    client = Client()
    client.http.force_login(ada)
    refused(client.get("/users/me"), "not_authenticated")


@tries(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=255), min_size=1, max_size=80))
def test_no_token_is_a_fault_of_ours(db: None, token: str) -> None:
    assert ask(f"Bearer {token}").status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_has_no_case(stranger: Client, scheme: str) -> None:
    token = open_session(user=stranger.person, user_agent="tests").access
    response = Client().get("/users/me", Authorization=f"{scheme} {token}")
    assert response.status_code == 200
