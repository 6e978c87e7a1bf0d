"""Signing in at an OpenID Connect provider: who gets in, as whom, and who does not."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from hashlib import sha256
from hmac import new
from json import dumps
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from tests.client import Client
from tests.factories import UserFactory
from tests.threads import at_once, while_held
from tests.users.oidc_provider import (
    EC_KEY,
    ED_KEY,
    OTHER_KEY,
    RECOVERY_CODE,
    REDIRECT_URI,
    RSA_KEY,
    SHORT_RSA_KEY,
    Provider,
    member,
    public,
    real_provider,
    running_provider,
    with_second_factor,
)
from users.models import (
    Event,
    ExternalIdentity,
    LoginSession,
    OidcAttempt,
    User,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    """Return a running provider, which the site knows as "acme"."""
    with running_provider() as running:
        settings.OIDC_PROVIDERS = member(running.issuer)
        settings.OIDC_REDIRECT_URIS = [REDIRECT_URI]
        yield running


def depart(client: Client, **sent: Any) -> Any:
    """Begin a sign-in as a front end does."""
    asked = {"provider": "acme", "redirect_uri": REDIRECT_URI} | sent
    return client.post("/auth/oidc/authorize", asked)


def come_back(client: Client, provider: Provider) -> dict[str, str]:
    """Sign in at the provider; return what a front end comes back with."""
    begun = depart(client)
    assert begun.status_code == 200, begun.json()
    code = provider.sign_in(begun.data["authorization_url"])
    return {"state": begun.data["state"], "code": code}


def sign_in(client: Client, provider: Provider, **sent: Any) -> Any:
    """Sign in as a front end does; return the last answer."""
    return client.post("/auth/oidc/token", come_back(client, provider) | sent)


def refusal(response: Any) -> tuple[int, str]:
    """Return a refusal's status and code; it opened no session and tells no secret."""
    assert "s3cret" not in response.content.decode()
    assert "at-1" not in response.content.decode()
    assert LoginSession.objects.count() == 0
    return response.status_code, response.json()["code"]


def failures() -> list[dict[str, Any]]:
    """Return what the log tells of sign-ins that failed."""
    events = Event.objects.filter(action="sign_in.failed").order_by("id")
    return [
        {name: event.after[name] for name in ("reason", "method")} | {"kind": event.target_type}
        for event in events
        if event.after
    ]


def asked_at(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


# There


def test_lists_the_providers_without_their_secrets(anonymous: Client, provider: Provider) -> None:
    response = anonymous.get("/auth/oidc")
    assert response.json() == {"providers": [{"name": "acme", "title": "Acme"}]}


def test_a_site_may_have_none(anonymous: Client) -> None:
    assert anonymous.get("/auth/oidc").json() == {"providers": []}
    assert refusal(depart(anonymous)) == (422, "invalid")


def test_leads_to_the_provider_with_all_that_binds_the_sign_in(
    anonymous: Client, provider: Provider
) -> None:
    begun = depart(anonymous).data
    asked = asked_at(begun["authorization_url"])
    assert asked["state"] == begun["state"]
    assert asked["code_challenge_method"] == "S256"
    assert {len(asked[name]) for name in ("state", "nonce", "code_challenge")} == {43}
    attempt = OidcAttempt.objects.get()
    assert (attempt.provider, attempt.redirect_uri) == ("acme", REDIRECT_URI)
    assert begun["state"] not in str(attempt.__dict__)


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"provider": "other"}, "/provider"),
        ({"redirect_uri": "https://evil.example/"}, "/redirect_uri"),
        ({"redirect_uri": REDIRECT_URI + "/more"}, "/redirect_uri"),
        ({"redirect_uri": "http://testserver/account/oidc/callback"}, "/redirect_uri"),
    ],
)
def test_leads_nowhere_else(
    anonymous: Client, provider: Provider, sent: dict[str, str], pointer: str
) -> None:
    response = depart(anonymous, **sent)
    assert refusal(response) == (422, "invalid")
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert provider.asked == {}


def test_old_attempts_are_forgotten(anonymous: Client, provider: Provider) -> None:
    depart(anonymous)
    OidcAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    depart(anonymous)
    assert OidcAttempt.objects.count() == 1


def test_beginning_is_limited_by_address(
    anonymous: Client, provider: Provider, settings: Settings
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_address": "2/m"}
    assert [depart(anonymous).status_code for _ in range(3)] == [200, 200, 429]


# First sign-in


def test_makes_an_account_of_whom_nobody_knows(anonymous: Client, provider: Provider) -> None:
    response = sign_in(anonymous, provider)
    assert response.status_code == 200
    assert set(response.data) == {"access", "refresh", "expires_in"}
    user = User.objects.get()
    assert (user.email, user.name) == ("ada@example.org", "Ada Lovelace")
    assert user.email_verified_at
    assert not user.has_usable_password()
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)
    identity = ExternalIdentity.objects.get()
    assert (identity.user, identity.issuer, identity.subject) == (user, provider.issuer, "ada-1")
    session = LoginSession.objects.get()
    assert (session.method, session.kind, session.has_second_factor) == ("oidc", "api", False)
    assert OidcAttempt.objects.count() == 0


def test_the_tokens_are_as_good_as_others(anonymous: Client, provider: Provider) -> None:
    pair = sign_in(anonymous, provider).data
    anonymous.http.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert anonymous.get("/users/me").data["email"] == "ada@example.org"
    assert anonymous.post("/auth/token/refresh", {"refresh": pair["refresh"]}).status_code == 200


def test_leaves_events(anonymous: Client, provider: Provider) -> None:
    sign_in(anonymous, provider)
    user = User.objects.get()
    told = {event.action: event for event in Event.objects.filter(target_id=user.pk)}
    assert set(told) == {"user.created", "user.identity_linked", "sign_in.succeeded"}
    assert told["sign_in.succeeded"].after["method"] == "oidc"
    assert told["user.identity_linked"].after == {
        "provider": "acme",
        "issuer": provider.issuer,
        "subject": "ada-1",
    }
    assert {event.actor for event in told.values()} == {user}


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.ORG"])
def test_links_the_account_whose_e_mail_was_verified(
    anonymous: Client, provider: Provider, email: str
) -> None:
    user = UserFactory.create(email="ada@example.org", email_verified_at=timezone.now())
    provider.claims["email"] = email
    assert sign_in(anonymous, provider).status_code == 200
    assert ExternalIdentity.objects.get().user == user
    assert User.objects.count() == 1


def test_does_not_link_an_account_of_which_nobody_has_shown_that_the_e_mail_is_theirs(
    anonymous: Client, provider: Provider
) -> None:
    user = UserFactory.create(email="ada@example.org")
    assert refusal(sign_in(anonymous, provider)) == (409, "account_exists")
    assert ExternalIdentity.objects.count() == 0
    assert failures() == [{"reason": "account_exists", "method": "oidc", "kind": "unknown_account"}]
    assert not user.external_identities.exists()


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email": ""},
        {"email": ["ada@example.org"]},
        {"email": "ada"},
        {"email": "ada@example.org\x00"},
        {"email": "ada\ud800@example.org"},
        {"email": f"{'a' * 250}@example.org"},
        {"email": "ada@b\u00fccher.example"},
        {"email": "\u212aim@example.org"},
    ],
)
def test_an_e_mail_must_be_vouched_for(
    anonymous: Client, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims |= claims
    assert refusal(sign_in(anonymous, provider)) == (403, "provider_email_unverified")
    assert User.objects.count() == 0


@pytest.mark.parametrize("registration", ["closed", "invitation"])
def test_makes_no_account_where_that_is_not_open(
    anonymous: Client, provider: Provider, settings: Settings, registration: str
) -> None:
    settings.REGISTRATION = registration
    assert refusal(sign_in(anonymous, provider)) == (403, "registration_closed")
    assert User.objects.count() == 0
    assert ExternalIdentity.objects.count() == 0


@pytest.mark.parametrize("name", [None, 7, "A\x00da", "Ada\nKing", "\ud800", "a" * 201])
def test_a_name_that_is_none_is_left_out(anonymous: Client, provider: Provider, name: Any) -> None:
    provider.claims["name"] = name
    assert sign_in(anonymous, provider).status_code == 200
    assert User.objects.get().name == ""


def test_asks_for_what_the_id_token_does_not_tell(anonymous: Client, provider: Provider) -> None:
    provider.claims |= {"email": None, "email_verified": None, "name": None}
    provider.userinfo = {"sub": "ada-1", "email": "ada@example.org", "email_verified": True}
    assert sign_in(anonymous, provider).status_code == 200
    assert User.objects.get().email == "ada@example.org"


@pytest.mark.parametrize("told", [{}, {"sub": "eve-1"}])
def test_what_it_tells_of_somebody_else_is_refused(
    anonymous: Client, provider: Provider, told: dict[str, str]
) -> None:
    provider.claims["email"] = None
    provider.userinfo = told | {"email": "ada@example.org", "email_verified": True}
    assert refusal(sign_in(anonymous, provider)) == (401, "provider_refused")


def test_userinfo_may_fail_or_not_be_there(anonymous: Client, provider: Provider) -> None:
    provider.claims["email"] = None
    provider.answers["/userinfo"] = 500, b"Traceback"
    assert refusal(sign_in(anonymous, provider)) == (503, "provider_unavailable")
    for address in (None, "http://other.example/userinfo"):  # where the token would lie open
        provider.metadata["userinfo_endpoint"] = address
        cache.clear()
        assert refusal(sign_in(anonymous, provider)) == (403, "provider_email_unverified")


# Later sign-ins


def test_knows_somebody_by_the_subject_whatever_their_e_mail_is_now(
    anonymous: Client, provider: Provider
) -> None:
    sign_in(anonymous, provider)
    UserFactory.create(email="other@example.org", email_verified_at=timezone.now())
    provider.claims |= {"email": "other@example.org", "email_verified": False}
    assert sign_in(anonymous, provider).status_code == 200
    assert LoginSession.objects.filter(user__email="ada@example.org").count() == 2
    assert ExternalIdentity.objects.count() == 1


def test_the_same_subject_elsewhere_is_somebody_else(anonymous: Client, provider: Provider) -> None:
    other = UserFactory.create()
    ExternalIdentity.objects.create(user=other, issuer="https://other.example", subject="ada-1")
    assert sign_in(anonymous, provider).status_code == 200
    assert ExternalIdentity.objects.get(issuer=provider.issuer).user != other


@pytest.mark.parametrize("known", [True, False])
def test_who_was_deactivated_does_not_get_in(
    anonymous: Client, provider: Provider, known: bool
) -> None:
    user = UserFactory.create(
        email="ada@example.org", email_verified_at=timezone.now(), is_active=False
    )
    if known:
        ExternalIdentity.objects.create(user=user, issuer=provider.issuer, subject="ada-1")
    assert refusal(sign_in(anonymous, provider)) == (403, "account_inactive")
    kind = "user" if known else "unknown_account"
    assert failures() == [{"reason": "account_inactive", "method": "oidc", "kind": kind}]
    assert ExternalIdentity.objects.exists() is known


# State and code


def test_a_state_is_good_once(anonymous: Client, provider: Provider) -> None:
    back = come_back(anonymous, provider)
    assert anonymous.post("/auth/oidc/token", back).status_code == 200
    LoginSession.objects.all().delete()
    assert refusal(anonymous.post("/auth/oidc/token", back)) == (401, "invalid_state")


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_uses_of_a_state_one_wins(provider: Provider) -> None:
    back = come_back(Client(), provider)
    tries = [partial(Client().post, "/auth/oidc/token", back) for _ in range(6)]
    assert sorted(response.status_code for response in at_once(*tries)) == [200] + [401] * 5
    assert LoginSession.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_somebody_who_comes_twice_at_once_has_one_account(provider: Provider) -> None:
    backs = [come_back(Client(), provider) for _ in range(4)]
    tries = [partial(Client().post, "/auth/oidc/token", back) for back in backs]
    assert [response.status_code for response in at_once(*tries)] == [200] * 4
    assert (User.objects.count(), ExternalIdentity.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_somebody_who_is_linked_twice_at_once_has_one_link(provider: Provider) -> None:
    user = UserFactory.create(email="ada@example.org", email_verified_at=timezone.now())
    backs = [come_back(Client(), provider) for _ in range(3)]
    tries = [partial(Client().post, "/auth/oidc/token", back) for back in backs]
    # Each finds no link, and waits for the account to write its own.
    assert [response.status_code for response in while_held(user, *tries)] == [200] * 3
    assert ExternalIdentity.objects.get().user == user


def test_a_state_is_spent_by_a_sign_in_that_fails(anonymous: Client, provider: Provider) -> None:
    back = come_back(anonymous, provider)
    wrong = anonymous.post("/auth/oidc/token", back | {"code": "guessed"})
    assert refusal(wrong) == (401, "provider_refused")
    assert refusal(anonymous.post("/auth/oidc/token", back)) == (401, "invalid_state")


def test_a_state_is_good_for_ten_minutes(anonymous: Client, provider: Provider) -> None:
    back = come_back(anonymous, provider)
    OidcAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    assert refusal(anonymous.post("/auth/oidc/token", back)) == (401, "invalid_state")


@pytest.mark.parametrize("state", ["x", "\u00e4", "0" * 43, "' OR 1=1"])
def test_a_state_is_one_that_was_given(anonymous: Client, provider: Provider, state: str) -> None:
    response = sign_in(anonymous, provider, state=state)
    assert refusal(response) == (401, "invalid_state")
    assert failures() == [{"reason": "invalid_state", "method": "oidc", "kind": "unknown_account"}]


def test_what_was_begun_at_the_admins_door_does_not_end_here(
    anonymous: Client, provider: Provider
) -> None:
    back = come_back(anonymous, provider)
    OidcAttempt.objects.update(redirect_uri="http://testserver/account/oidc/callback")
    assert refusal(anonymous.post("/auth/oidc/token", back)) == (401, "invalid_state")


def test_a_provider_that_is_gone_lets_nobody_in(
    anonymous: Client, provider: Provider, settings: Settings
) -> None:
    back = come_back(anonymous, provider)
    settings.OIDC_PROVIDERS = {}
    assert refusal(anonymous.post("/auth/oidc/token", back)) == (422, "invalid")


def test_an_answer_of_another_provider_is_refused(anonymous: Client, provider: Provider) -> None:
    other = sign_in(anonymous, provider, iss="https://other.example")
    assert refusal(other) == (401, "provider_refused")
    assert sign_in(anonymous, provider, iss=provider.issuer).status_code == 200


@pytest.mark.parametrize("member", ["state", "code"])
@pytest.mark.parametrize("value", [None, [], "", {}, "a\u0000b"])
def test_what_is_no_text_is_refused(
    anonymous: Client, provider: Provider, member: str, value: Any
) -> None:
    response = sign_in(anonymous, provider, **{member: value})
    assert response.status_code in (400, 422)


def test_coming_back_is_limited_by_address(
    anonymous: Client, provider: Provider, settings: Settings
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_address": "2/m"}
    sent = {"state": "guessed", "code": "guessed"}
    tries = [anonymous.post("/auth/oidc/token", sent) for _ in range(3)]
    assert [response.status_code for response in tries] == [401, 401, 429]


# The ID token

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


# A second factor of ours


@pytest.fixture
def guarded(provider: Provider) -> User:
    """Return whoever the provider signs in, who has a second factor here."""
    user = UserFactory.create(email="ada@example.org", email_verified_at=timezone.now())
    return with_second_factor(user)


def challenged(client: Client, provider: Provider) -> str:
    response = sign_in(client, provider)
    assert refusal(response) == (401, "second_factor_required")
    challenge: str = response.json()["challenge"]
    return challenge


def answer(client: Client, challenge: str, code: str = RECOVERY_CODE) -> Any:
    return client.post("/auth/oidc/second-factor", {"challenge": challenge, "code": code})


def test_a_second_factor_is_asked_for_all_the_same(
    anonymous: Client, provider: Provider, guarded: User
) -> None:
    challenge = challenged(anonymous, provider)
    assert answer(anonymous, challenge).status_code == 200
    session = LoginSession.objects.get()
    assert (session.user, session.method, session.has_second_factor) == (guarded, "oidc", True)


def test_a_wrong_code_is_refused_and_may_be_put_right(
    anonymous: Client, provider: Provider, guarded: User
) -> None:
    challenge = challenged(anonymous, provider)
    for wrong in ("000000", "wxyz-wxyz-wxyz-wxyz"):
        assert refusal(answer(anonymous, challenge, wrong)) == (401, "invalid_second_factor")
    assert answer(anonymous, challenge).status_code == 200


def test_codes_are_counted(
    anonymous: Client, provider: Provider, guarded: User, settings: Settings
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"second_factor": "2/h"}
    challenge = challenged(anonymous, provider)
    tries = [answer(anonymous, challenge, "000000").status_code for _ in range(3)]
    assert tries == [401, 401, 429]


@pytest.mark.parametrize("challenge", ["x", "eyJ1c2VyIjoiMSJ9:1:x", "a:b", "\u00e4"])
def test_a_challenge_is_one_of_ours(
    anonymous: Client, provider: Provider, guarded: User, challenge: str
) -> None:
    assert refusal(answer(anonymous, challenge)) == (401, "invalid_challenge")


def test_a_challenge_is_good_for_minutes(
    anonymous: Client, provider: Provider, guarded: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    challenge = challenged(anonymous, provider)
    monkeypatch.setattr("users.services.oidc.CHALLENGE_SECONDS", -1)
    assert refusal(answer(anonymous, challenge)) == (401, "invalid_challenge")


def test_a_challenge_ends_with_all_sign_ins(
    anonymous: Client, provider: Provider, guarded: User
) -> None:
    challenge = challenged(anonymous, provider)
    User.objects.update(token_version=2)
    assert refusal(answer(anonymous, challenge)) == (401, "invalid_challenge")


# A real provider

ADA = {
    "sub": "ada-1",
    "email": "ada@example.org",
    "email_verified": True,
    "name": "Ada Lovelace",
}


def test_signs_in_at_a_real_provider(anonymous: Client, settings: Settings) -> None:
    with real_provider(ADA) as issuer:
        settings.OIDC_PROVIDERS = member(issuer)
        settings.OIDC_REDIRECT_URIS = [REDIRECT_URI]
        begun = depart(anonymous).data
        pressed = httpx.post(begun["authorization_url"], data={"sub": "ada-1"})
        back = asked_at(pressed.headers["Location"])
        assert back["state"] == begun["state"]
        sent = {"state": back["state"], "code": back["code"]}
        assert anonymous.post("/auth/oidc/token", sent).status_code == 200
    assert User.objects.get().name == "Ada Lovelace"


# The admin


@pytest.fixture
def browser() -> Browser:
    """Return a browser of nobody."""
    return Browser()


@pytest.fixture
def staff(provider: Provider) -> User:
    """Return whoever the provider signs in, who may enter the admin."""
    made: User = UserFactory.create(
        email="ada@example.org", email_verified_at=timezone.now(), is_staff=True
    )
    return made


def leave(browser: Browser, **sent: str) -> str:
    """Press the provider's button; return where the browser is led."""
    response = browser.post(reverse("oidc-start", args=["acme"]), sent)
    assert response.status_code == 200, response.content
    address: str = response.context["address"]
    return address


def return_from(browser: Browser, provider: Provider, address: str, **sent: str) -> Any:
    """Sign in at the provider and come back."""
    back = {"state": asked_at(address)["state"], "code": provider.sign_in(address)} | sent
    return browser.get(reverse("oidc-callback"), back)


def enter(browser: Browser, provider: Provider, **sent: str) -> Any:
    return return_from(browser, provider, leave(browser), **sent)


def shut_out(browser: Browser, response: Any, status: int, sentence: str) -> None:
    """Check that a page tells why nobody was let in."""
    assert (response.status_code, response.context["sentence"]) == (status, sentence)
    assert browser.get(reverse("admin:index")).status_code == 302
    assert LoginSession.objects.count() == 0


def test_staff_enter_the_admin(browser: Browser, provider: Provider, staff: User) -> None:
    response = enter(browser, provider)
    assert (response.status_code, response.url) == (302, reverse("admin:index"))
    assert browser.get(reverse("admin:index")).status_code == 200
    session = LoginSession.objects.get()
    assert (session.user, session.kind, session.method) == (staff, "admin", "oidc")


def test_the_page_on_the_way_leads_on_by_itself(
    browser: Browser, provider: Provider, staff: User
) -> None:
    response = browser.post(reverse("oidc-start", args=["acme"]))
    page = response.content.decode()
    assert 'http-equiv="refresh" content="0; url=' in page
    assert response.context["address"].replace("&", "&amp;") in page
    assert asked_at(response.context["address"])["redirect_uri"] == (
        "http://testserver/account/oidc/callback"
    )


@pytest.mark.parametrize(
    ("onward", "leads_to"),
    [
        ("/admin/users/user/", "/admin/users/user/"),
        ("https://evil.example/", "/admin/"),
        ("//evil.example/", "/admin/"),
        ("", "/admin/"),
    ],
)
def test_leads_on_within_the_site(
    browser: Browser, provider: Provider, staff: User, onward: str, leads_to: str
) -> None:
    response = return_from(browser, provider, leave(browser, next=onward))
    assert (response.status_code, response.url) == (302, leads_to)


def test_only_staff_enter_and_no_account_is_made(browser: Browser, provider: Provider) -> None:
    shut_out(
        browser,
        enter(browser, provider),
        403,
        "The account may not enter the admin. Ask an administrator for an account.",
    )
    assert User.objects.count() == 0
    UserFactory.create(email="ada@example.org", email_verified_at=timezone.now())
    sentence = "The account may not enter the admin. Ask an administrator."
    shut_out(browser, enter(browser, provider), 403, sentence)


BEGUN_ELSEWHERE = (
    "The sign-in at a provider has no good `state`: begin again."
    " This browser did not begin it, or has begun another since."
)


def test_nobody_is_signed_in_by_a_link(browser: Browser, provider: Provider, staff: User) -> None:
    address = leave(Browser())  # somebody else's browser
    shut_out(browser, return_from(browser, provider, address), 401, BEGUN_ELSEWHERE)
    leave(browser)
    shut_out(browser, return_from(browser, provider, address), 401, BEGUN_ELSEWHERE)
    assert provider.asked.get("/token") is None


@pytest.mark.parametrize("path", ["oidc-callback", "oidc-code"])
def test_pages_that_nobody_began_let_nobody_in(
    browser: Browser, provider: Provider, path: str
) -> None:
    if path == "oidc-callback":
        response = browser.get(reverse(path), {"code": "code-0"})
        shut_out(browser, response, 401, BEGUN_ELSEWHERE)
    else:
        sentence = (
            "The challenge is not valid or has expired."
            " It is older than five minutes or not ours; begin again."
        )
        shut_out(browser, browser.post(reverse(path), {"code": "123456"}), 401, sentence)


def test_what_a_front_end_began_does_not_end_in_the_admin(
    browser: Browser, provider: Provider, staff: User
) -> None:
    address = leave(browser)
    OidcAttempt.objects.update(redirect_uri=REDIRECT_URI)
    response = return_from(browser, provider, address)
    assert (response.status_code, LoginSession.objects.count()) == (401, 0)


def test_a_provider_that_refuses_is_told_of_in_our_words(
    browser: Browser, provider: Provider
) -> None:
    state = asked_at(leave(browser))["state"]
    sent = {"state": state, "error": "access_denied", "error_description": "<b>no</b>"}
    response = browser.get(reverse("oidc-callback"), sent)
    sentence = "The provider did not show who you are. It sent you back without a sign-in."
    shut_out(browser, response, 401, sentence)
    assert b"<b>" not in response.content


def test_an_unknown_provider_leads_nowhere(browser: Browser, provider: Provider) -> None:
    response = browser.post(reverse("oidc-start", args=["other"]))
    assert response.status_code == 422


def test_a_link_begins_nothing(browser: Browser, provider: Provider) -> None:
    assert browser.get(reverse("oidc-start", args=["acme"])).status_code == 405
    strict = Browser(enforce_csrf_checks=True)
    assert strict.post(reverse("oidc-start", args=["acme"])).status_code == 403


def test_buttons_are_limited_like_passwords(
    browser: Browser, provider: Provider, settings: Settings
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_address": "1/m"}
    leave(browser)
    response = browser.post(reverse("oidc-start", args=["acme"]))
    assert response.status_code == 429
    assert response["Retry-After"]


def test_the_admin_asks_for_the_second_factor_too(
    browser: Browser, provider: Provider, guarded: User
) -> None:
    User.objects.update(is_staff=True)
    response = enter(browser, provider)
    assert (response.status_code, response.url) == (302, reverse("oidc-code"))
    assert browser.get(reverse("admin:index")).status_code == 302
    assert browser.get(response.url).status_code == 200
    assert b"Log in" in browser.post(response.url, {"code": ""}).content
    wrong = browser.post(response.url, {"code": "000000"})
    assert "is wrong" in wrong.content.decode()
    assert LoginSession.objects.count() == 0
    right: Any = browser.post(response.url, {"code": RECOVERY_CODE})
    assert (right.status_code, right.url) == (302, reverse("admin:index"))
    assert LoginSession.objects.get().has_second_factor


def test_who_is_no_longer_staff_is_not_let_in_by_a_code(
    browser: Browser, provider: Provider, guarded: User
) -> None:
    User.objects.update(is_staff=True)
    enter(browser, provider)
    User.objects.update(is_staff=False)
    response = browser.post(reverse("oidc-code"), {"code": RECOVERY_CODE})
    sentence = "The account may not enter the admin. Ask an administrator."
    shut_out(browser, response, 403, sentence)
