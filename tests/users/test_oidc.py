"""Signing in at an OpenID Connect provider: who gets in, as whom, and who does not."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.utils import timezone
from pytest_django import Settings

from tests.client import Client
from tests.factories import UserFactory
from tests.threads import at_once, while_held
from tests.users.oidc_front_end import asked_at, come_back, depart, failures, refusal, sign_in
from tests.users.oidc_provider import (
    RECOVERY_CODE,
    REDIRECT_URI,
    Provider,
    member,
    real_provider,
)
from users.models import (
    Event,
    ExternalIdentity,
    LoginSession,
    OidcAttempt,
    User,
)

pytestmark = pytest.mark.django_db


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


# A second factor of ours


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
