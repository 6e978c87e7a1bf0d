"""ID tokens that are good and that are not, and OpenID Connect providers that fail."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from hmac import new
from json import dumps
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_django import Settings

from tests.client import Client
from tests.users.oidc_front_end import depart, failures, refusal, sign_in
from tests.users.oidc_provider import (
    EC_KEY,
    ED_KEY,
    OTHER_KEY,
    RSA_KEY,
    SHORT_RSA_KEY,
    Provider,
    member,
    public,
)
from users.models import OidcAttempt, User

pytestmark = pytest.mark.django_db

LIES: dict[str, Callable[[Provider], Any]] = {
    "another nonce": lambda p: p.claims.update(nonce="another"),
    "no nonce": lambda p: p.claims.update(nonce=None),
    "another issuer": lambda p: p.claims.update(iss="https://other.example"),
    "an issuer with a slash": lambda p: p.claims.update(iss=p.issuer + "/"),
    "no issuer": lambda p: p.claims.update(iss=None),
    "another audience": lambda p: p.claims.update(aud="other"),
    "other audiences": lambda p: p.claims.update(aud=["other", "another"]),
    "no audience": lambda p: p.claims.update(aud=None),
    "several audiences without a party": lambda p: p.claims.update(aud=["postil", "other"]),
    "another party": lambda p: p.claims.update(azp="other"),
    "several audiences, another party": lambda p: p.claims.update(
        aud=["postil", "other"], azp="other"
    ),
    "expired": lambda p: p.claims.update(exp=int(time.time()) - 61),
    "no expiry": lambda p: p.claims.update(exp=None),
    "an expiry that is no number": lambda p: p.claims.update(exp="tomorrow"),
    "issued in the future": lambda p: p.claims.update(iat=int(time.time()) + 120),
    "issued at no time": lambda p: p.claims.update(iat=float("inf")),
    "no time of issue": lambda p: p.claims.update(iat=None),
    "not yet good": lambda p: p.claims.update(nbf=int(time.time()) + 120),
    "no subject": lambda p: p.claims.update(sub=None),
    "an empty subject": lambda p: p.claims.update(sub=""),
    "a subject that is no text": lambda p: p.claims.update(sub="a\x00b"),
    "a long subject": lambda p: p.claims.update(sub="a" * 256),
    "another key": lambda p: setattr(p, "key", OTHER_KEY),
    "an unknown key": lambda p: p.header.update(kid="two"),
    "a key that is no text": lambda p: setattr(p, "keys", [p.keys[0] | {"kid": ["one"]}]),
    "a key for something else": lambda p: p.keys[0].update(use="enc"),
    "a key for another algorithm": lambda p: p.keys[0].update(alg="ES384"),
    "no keys": lambda p: p.keys.clear(),
    "keys that are none": lambda p: setattr(p, "keys", "none"),
    "a key that is none": lambda p: setattr(p, "keys", ["none", None, {"kid": "one"}]),
    "two keys of one name": lambda p: p.keys.append(public(OTHER_KEY, kid="one")),
    "no algorithm": lambda p: vars(p).update(key=None, algorithm="none"),
    "a symmetric algorithm": lambda p: vars(p).update(key="k" * 64, algorithm="HS256"),
    "a symmetric key in public": lambda p: vars(p).update(
        key="k" * 64,
        algorithm="HS256",
        keys=[{"kty": "oct", "kid": "one", "k": "a2tr" * 21 + "aw"}],
    ),
    "an algorithm that is not usual": lambda p: vars(p).update(
        key=RSA_KEY, algorithm="RS512", keys=[public(RSA_KEY, kid="one")]
    ),
    "a short key": lambda p: vars(p).update(
        key=SHORT_RSA_KEY, algorithm="RS256", keys=[public(SHORT_RSA_KEY, kid="one")]
    ),
    "an algorithm of another key": lambda p: setattr(p, "keys", [public(RSA_KEY, kid="one")]),
}


@pytest.mark.filterwarnings("ignore:The RSA key is")
@pytest.mark.parametrize("lie", LIES)
def test_no_lie_lets_anybody_in(anonymous: Client, provider: Provider, lie: str) -> None:
    LIES[lie](provider)
    assert refusal(sign_in(anonymous, provider)) == (401, "provider_refused")
    assert User.objects.count() == 0
    assert failures() == [
        {"reason": "provider_refused", "method": "oidc", "kind": "unknown_account"}
    ]


def test_the_public_key_is_no_secret_to_sign_with(
    anonymous: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.keys = [public(RSA_KEY, kid="one")]
    for pem in forged_with_public_key(provider):
        monkeypatch.setattr(provider, "id_token", lambda nonce, pem=pem: pem(nonce))
        assert refusal(sign_in(anonymous, provider)) == (401, "provider_refused")


def forged_with_public_key(provider: Provider) -> list[Callable[[str], str]]:
    """Return makers of tokens with HS256 under the RSA key's public half, as text."""

    def maker(secret: bytes) -> Callable[[str], str]:
        def make(nonce: str) -> str:
            now = int(time.time())
            header = {"alg": "HS256", "kid": "one"}
            claims = provider.claims | {
                "iss": provider.issuer, "aud": "postil", "iat": now, "exp": now + 60, "nonce": nonce
            }  # fmt: skip
            parts = [
                urlsafe_b64encode(dumps(part).encode()).rstrip(b"=") for part in (header, claims)
            ]
            signature = new(secret, b".".join(parts), sha256).digest()
            return b".".join([*parts, urlsafe_b64encode(signature).rstrip(b"=")]).decode()

        return make

    key = RSA_KEY.public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return [maker(pem), maker(pem.strip()), maker(b"")]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(EC_KEY, "ES256"), (RSA_KEY, "RS256"), (RSA_KEY, "PS256"), (ED_KEY, "EdDSA")],
)
def test_usual_algorithms_are_good(
    anonymous: Client, provider: Provider, key: Any, algorithm: str
) -> None:
    provider.key, provider.algorithm = key, algorithm
    provider.keys = [public(OTHER_KEY, kid="zero"), public(key, kid="one")]
    assert sign_in(anonymous, provider).status_code == 200


def test_a_single_key_needs_no_name(anonymous: Client, provider: Provider) -> None:
    provider.header.clear()
    assert sign_in(anonymous, provider).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["postil"]},
        {"aud": ["postil", "other"], "azp": "postil"},
        {"azp": "postil"},
        {"exp": int(time.time()) - 1},
        {"iat": int(time.time()) + 30},
    ],
)
def test_other_ways_to_say_the_same_are_good(
    anonymous: Client, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims |= claims | {"exp": int(time.time()) - 30}
    assert sign_in(anonymous, provider).status_code == 200


def test_a_new_key_is_asked_for_at_most_once_a_minute(
    anonymous: Client, provider: Provider
) -> None:
    assert sign_in(anonymous, provider).status_code == 200
    assert provider.asked["/keys"] == 1
    provider.key, provider.header = OTHER_KEY, {"kid": "two"}
    provider.keys = [public(OTHER_KEY, kid="two")]
    assert sign_in(anonymous, provider).status_code == 200
    assert provider.asked["/keys"] == 2
    provider.header = {"kid": "three"}
    for _ in range(3):
        assert sign_in(anonymous, provider).status_code == 401
    assert provider.asked["/keys"] == 2
    assert provider.asked["/.well-known/openid-configuration"] == 1


# A provider that fails

BAD: dict[str, tuple[str, tuple[int, bytes]]] = {
    "no metadata": ("/.well-known/openid-configuration", (404, b"{}")),
    "metadata that are no JSON": ("/.well-known/openid-configuration", (200, b"<html>")),
    "metadata that are a list": ("/.well-known/openid-configuration", (200, b"[]")),
    "metadata of another": (
        "/.well-known/openid-configuration",
        (200, b'{"issuer": "https://other.example"}'),
    ),
    "a redirect": ("/.well-known/openid-configuration", (302, b"{}")),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_provider_that_does_not_say_where_to_go(
    anonymous: Client, provider: Provider, fault: str
) -> None:
    path, answer = BAD[fault]
    provider.answers[path] = answer
    response = depart(anonymous)
    assert refusal(response) == (503, "provider_unavailable")
    assert response["Retry-After"]
    assert OidcAttempt.objects.count() == 0
    provider.answers.clear()
    assert depart(anonymous).status_code == 200


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("address", [None, 7, "", "http://other.example/", "javascript:alert(1)"])
def test_no_endpoint_is_in_the_clear_elsewhere(
    anonymous: Client, provider: Provider, endpoint: str, address: Any
) -> None:
    provider.metadata[endpoint] = address
    assert refusal(depart(anonymous)) == (503, "provider_unavailable")


@pytest.mark.parametrize(
    "inside", ["https://127.0.0.1/token", "https://10.0.0.1/", "https://[::1]/"]
)
def test_a_provider_does_not_send_us_inside(
    anonymous: Client, provider: Provider, inside: str
) -> None:
    provider.metadata["token_endpoint"] = inside
    assert refusal(sign_in(anonymous, provider)) == (503, "provider_unavailable")


FAILING: dict[str, tuple[str, tuple[int, bytes], int]] = {
    "a fault": ("/token", (500, b"Traceback"), 503),
    "no JSON": ("/token", (200, b"<html>"), 503),
    "a refusal": ("/token", (400, b'{"error": "invalid_client"}'), 401),
    "a redirect": ("/token", (302, b""), 401),
    "no ID token": ("/token", (200, b'{"access_token": "at-1"}'), 401),
    "an ID token that is a number": ("/token", (200, b'{"id_token": 7}'), 401),
    "an ID token that is none": ("/token", (200, b'{"id_token": "a.b.c"}'), 401),
    "an ID token that is no text": ("/token", (200, b'{"id_token": "\\ud800"}'), 401),
    "no keys": ("/keys", (404, b""), 503),
    "keys that do not answer": ("/keys", (500, b"{}"), 503),
}


@pytest.mark.parametrize("fault", FAILING)
def test_a_provider_that_fails_is_no_fault_of_ours(
    anonymous: Client, provider: Provider, fault: str
) -> None:
    path, answer, status = FAILING[fault]
    provider.answers[path] = answer
    code = {401: "provider_refused", 503: "provider_unavailable"}[status]
    assert refusal(sign_in(anonymous, provider)) == (status, code)


def test_a_provider_that_is_away(anonymous: Client, provider: Provider, settings: Settings) -> None:
    settings.OIDC_PROVIDERS = member("http://127.0.0.1:1")
    assert refusal(depart(anonymous)) == (503, "provider_unavailable")


def test_a_client_may_show_itself_in_the_body(anonymous: Client, provider: Provider) -> None:
    provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert sign_in(anonymous, provider).status_code == 200
