"""Who one is at providers: linked by the account's owner, listed, unlinked."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from tests.client import Client
from tests.factories import PASSWORD, UserFactory
from tests.threads import at_once, while_held
from tests.users.conftest import Delivered
from tests.users.oidc_front_end import come_back, sign_in
from tests.users.oidc_provider import REDIRECT_URI, Provider
from users.models import Event, ExternalIdentity, LoginSession, OidcAttempt, User
from users.services import identities

pytestmark = pytest.mark.django_db
PATH = "/users/me/identities"
ELSEWHERE = "https://id.example"


def begin(client: Client, **sent: Any) -> Any:
    """Leave for the provider."""
    asked = {"provider": "acme", "redirect_uri": REDIRECT_URI, "current_password": PASSWORD}
    return client.post(PATH, asked | sent)


def returning(client: Client, provider: Provider) -> dict[str, str]:
    """Leave for the provider and sign in there; return what a front end comes back with."""
    begun = begin(client)
    assert begun.status_code == 200, begun.json()
    code = provider.sign_in(begun.json()["authorization_url"])
    return {"state": begun.json()["state"], "code": code}


def link(client: Client, provider: Provider) -> Any:
    """Link whoever the provider signs in."""
    return client.post(f"{PATH}/confirm", returning(client, provider))


def linked_to(user: User, issuer: str = ELSEWHERE, subject: str = "ada-1") -> ExternalIdentity:
    made: ExternalIdentity = ExternalIdentity.objects.create(
        user=user, issuer=issuer, subject=subject
    )
    return made


def without_password(user: User) -> Client:
    user.set_unusable_password()
    user.save()
    return Client.of(user)


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def told(action: str) -> list[Event]:
    return list(Event.objects.filter(action=action).order_by("id"))


def texts(mails: list[EmailMessage]) -> list[tuple[list[str], str]]:
    return [(sent.to, str(sent.subject)) for sent in mails]


# Linking


def test_who_links_a_provider_signs_in_there(
    stranger: Client, provider: Provider, delivered: Delivered
) -> None:
    provider.claims |= {"email": "another@example.com", "email_verified": False}
    response, mails = delivered(lambda: link(stranger, provider))
    assert response.status_code == 200
    identity = ExternalIdentity.objects.get()
    assert response.json() == {
        "id": str(identity.pk),
        "provider": "acme",
        "issuer": provider.issuer,
        "subject": "ada-1",
        "created_at": response.json()["created_at"],
    }
    assert identity.user == stranger.person
    assert texts(mails) == [
        ([stranger.person.email], "Your account at Postil can be signed in to with Acme")
    ]
    assert sign_in(Client(), provider).status_code == 200
    assert LoginSession.objects.filter(method="oidc").get().user == stranger.person
    assert User.objects.count() == 1


def test_linking_is_told_in_the_log(stranger: Client, provider: Provider) -> None:
    link(stranger, provider)
    (event,) = told("user.identity_linked")
    assert (event.actor, event.target_id) == (stranger.person, stranger.person.pk)
    assert event.after == {"provider": "acme", "issuer": provider.issuer, "subject": "ada-1"}
    log = stranger.get("/security-log").json()["results"]
    assert "user.identity_linked" in [one["action"] for one in log]


def test_it_takes_the_password(stranger: Client, provider: Provider) -> None:
    response = begin(stranger, current_password="a guess")
    assert code_of(response) == (422, "invalid")
    assert response.json()["errors"][0]["pointer"] == "/current_password"
    missing = stranger.post(PATH, {"provider": "acme", "redirect_uri": REDIRECT_URI})
    assert missing.json()["errors"][0]["code"] == "required"
    assert not OidcAttempt.objects.exists()


def test_without_a_password_it_takes_a_recent_sign_in(provider: Provider) -> None:
    client = without_password(UserFactory.create())
    sent = {"provider": "acme", "redirect_uri": REDIRECT_URI}
    assert client.post(PATH, sent).status_code == 200
    LoginSession.objects.update(authenticated_at=timezone.now() - timedelta(minutes=11))
    assert code_of(client.post(PATH, sent)) == (403, "recent_sign_in_required")


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"provider": "other"}, "/provider"),
        ({"redirect_uri": "https://evil.example/"}, "/redirect_uri"),
        ({"redirect_uri": "http://testserver/account/oidc/callback"}, "/redirect_uri"),
    ],
)
def test_it_leads_nowhere_else(
    stranger: Client, provider: Provider, sent: dict[str, str], pointer: str
) -> None:
    response = begin(stranger, **sent)
    assert code_of(response) == (422, "invalid")
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


def test_a_state_is_good_once(stranger: Client, provider: Provider) -> None:
    back = returning(stranger, provider)
    assert stranger.post(f"{PATH}/confirm", back).status_code == 200
    assert code_of(stranger.post(f"{PATH}/confirm", back)) == (401, "invalid_state")


def test_nobody_links_what_another_began(stranger: Client, provider: Provider) -> None:
    back, other = returning(stranger, provider), Client.of(UserFactory.create())
    assert code_of(other.post(f"{PATH}/confirm", back)) == (401, "invalid_state")
    assert stranger.post(f"{PATH}/confirm", back).status_code == 200


def test_what_was_begun_to_link_signs_nobody_in(stranger: Client, provider: Provider) -> None:
    back = returning(stranger, provider)
    assert code_of(Client().post("/auth/oidc/token", back)) == (401, "invalid_state")
    assert User.objects.count() == 1


def test_what_was_begun_to_sign_in_links_nobody(stranger: Client, provider: Provider) -> None:
    back = come_back(Client(), provider)
    assert code_of(stranger.post(f"{PATH}/confirm", back)) == (401, "invalid_state")
    assert not ExternalIdentity.objects.exists()


def test_an_answer_of_another_provider_is_refused(stranger: Client, provider: Provider) -> None:
    back = returning(stranger, provider) | {"iss": ELSEWHERE}
    assert code_of(stranger.post(f"{PATH}/confirm", back)) == (401, "provider_refused")


def test_one_identity_is_one_accounts(
    stranger: Client, provider: Provider, delivered: Delivered
) -> None:
    other = linked_to(UserFactory.create(), provider.issuer)
    response, mails = delivered(lambda: link(stranger, provider))
    assert code_of(response) == (409, "identity_taken")
    assert (ExternalIdentity.objects.get(), mails) == (other, [])


def test_linking_again_changes_nothing(
    stranger: Client, provider: Provider, delivered: Delivered
) -> None:
    first = link(stranger, provider).json()
    second, mails = delivered(lambda: link(stranger, provider))
    assert (second.status_code, second.json(), mails) == (200, first, [])
    assert len(told("user.identity_linked")) == 1


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_links_one_wins(provider: Provider) -> None:
    clients = [Client.of(UserFactory.create()) for _ in range(4)]
    backs = [returning(client, provider) for client in clients]
    tries = [
        partial(client.post, f"{PATH}/confirm", back)
        for client, back in zip(clients, backs, strict=True)
    ]
    assert sorted(one.status_code for one in at_once(*tries)) == [200, 409, 409, 409]
    assert len(told("user.identity_linked")) == 1


def test_no_key_keeps_where_to_go(stranger: Client, provider: Provider) -> None:
    sent = {"provider": "acme", "redirect_uri": REDIRECT_URI, "current_password": PASSWORD}
    first, second = (stranger.post(PATH, sent, Idempotency_Key="k1") for _ in range(2))
    assert first.json()["state"]
    assert second.json() == {"authorization_url": None, "state": None}


def test_tries_are_counted_by_address(
    stranger: Client, provider: Provider, settings: Settings
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_address": "2/m"}
    sent = {"state": "guessed", "code": "guessed"}
    tries = [stranger.post(f"{PATH}/confirm", sent) for _ in range(3)]
    assert [one.status_code for one in tries] == [401, 401, 429]


def test_whose_account_is_linked_by_its_e_mail_is_told(
    provider: Provider, delivered: Delivered
) -> None:
    UserFactory.create(email="ada@example.org", email_verified_at=timezone.now())
    response, mails = delivered(lambda: sign_in(Client(), provider))
    assert response.status_code == 200
    assert texts(mails) == [
        (["ada@example.org"], "Your account at Postil can be signed in to with Acme")
    ]
    _, mails = delivered(lambda: sign_in(Client(), provider))
    assert mails == []


def test_an_account_that_a_provider_makes_is_told_of_nothing(
    provider: Provider, delivered: Delivered
) -> None:
    _, mails = delivered(lambda: sign_in(Client(), provider))
    assert mails == []


# The list


def test_ones_own_are_listed(stranger: Client, provider: Provider) -> None:
    linked_to(UserFactory.create(), provider.issuer)
    own = linked_to(stranger.person), linked_to(stranger.person, provider.issuer, "ada-2")
    shown = stranger.get(f"{PATH}?count=true").json()
    assert [(one["id"], one["provider"]) for one in shown["results"]] == [
        (str(own[0].pk), None),
        (str(own[1].pk), "acme"),
    ]


# Unlinking


def test_who_has_a_password_unlinks(
    stranger: Client, provider: Provider, delivered: Delivered
) -> None:
    identity = linked_to(stranger.person, provider.issuer)
    response, mails = delivered(lambda: stranger.delete(f"{PATH}/{identity.pk}"))
    assert response.status_code == 204
    assert not ExternalIdentity.objects.exists()
    assert texts(mails) == [
        ([stranger.person.email], "Your account at Postil is no longer linked to Acme")
    ]
    (event,) = told("user.identity_unlinked")
    assert (event.actor, event.target_id) == (stranger.person, stranger.person.pk)
    assert event.after == {"issuer": provider.issuer, "subject": "ada-1"}
    assert stranger.delete(f"{PATH}/{identity.pk}").status_code == 404


def test_a_provider_that_is_gone_is_called_by_its_issuer(
    stranger: Client, delivered: Delivered
) -> None:
    identity = linked_to(stranger.person)
    _, [sent] = delivered(lambda: stranger.delete(f"{PATH}/{identity.pk}"))
    assert f"with {ELSEWHERE} any longer" in str(sent.body)


def test_unlinking_takes_a_recent_sign_in(stranger: Client) -> None:
    identity = linked_to(stranger.person)
    LoginSession.objects.update(authenticated_at=timezone.now() - timedelta(minutes=11))
    refused = stranger.delete(f"{PATH}/{identity.pk}")
    assert code_of(refused) == (403, "recent_sign_in_required")
    assert ExternalIdentity.objects.exists()


def test_the_last_way_in_stays(provider: Provider) -> None:
    user = UserFactory.create()
    client, identity = without_password(user), linked_to(user, provider.issuer)
    linked_to(user)  # of a provider at which nobody signs in now
    assert code_of(client.delete(f"{PATH}/{identity.pk}")) == (409, "last_way_in")
    linked_to(user, provider.issuer, "ada-2")
    assert client.delete(f"{PATH}/{identity.pk}").status_code == 204


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_way_in(provider: Provider) -> None:
    user = UserFactory.create()
    client = without_password(user)
    both = [linked_to(user, provider.issuer, f"ada-{number}") for number in range(2)]
    tries = [partial(client.delete, f"{PATH}/{identity.pk}") for identity in both]
    assert sorted(one.status_code for one in while_held(user, *tries)) == [204, 409]


def test_unlinking_again_is_harmless(stranger: Client, delivered: Delivered) -> None:
    identity = linked_to(stranger.person)
    again = partial(identities.unlink, user=stranger.person, identity=identity)
    again()
    _, mails = delivered(again)
    assert (mails, len(told("user.identity_unlinked"))) == ([], 1)


def test_an_erased_person_has_nothing_under_way(stranger: Client, provider: Provider) -> None:
    returning(stranger, provider)
    assert stranger.post("/users/me/erase", {"current_password": PASSWORD}).status_code == 204
    assert not OidcAttempt.objects.exists()
