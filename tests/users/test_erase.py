"""Shutting and erasing one's own account: who somebody was goes, what they annotated stays."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from config.api.concurrency import ANY_VERSION, Precondition
from config.api.problems import StaleVersion
from documents.models import Invitation, Membership, Project, Role
from documents.services.person_erasure import erase_person
from tests.client import Client
from tests.events import log_of
from tests.factories import (
    PASSWORD,
    AnnotationFactory,
    MembershipFactory,
    ProjectFactory,
    UserFactory,
    token_of,
)
from tests.threads import at_once
from users.errors import AccountErased
from users.models import Authenticator, Event, RecoveryCode, User
from users.services import accounts
from users.services.erasure import ERASED

pytestmark = pytest.mark.django_db
SURE = {"current_password": PASSWORD}
SECRETS = re.compile("ada[ '@]|lovelace|10\\.1\\.2\\.3|tests-of-ada|subject-7", re.IGNORECASE)


@pytest.fixture
def ada(ada: User) -> User:
    """Return somebody of whom much is kept, all of it telling."""
    User.objects.filter(pk=ada.pk).update(name="Ada Lovelace")
    ada.refresh_from_db()
    return ada


@pytest.fixture
def client(ada: User) -> Client:
    return Client.of(ada)


@pytest.fixture
def boss(db: None) -> User:
    made: User = UserFactory.create(email="boss@example.com", name="Boss", is_superuser=True)
    return made


def everything_kept() -> str:
    """Return every row of every table as text."""
    with connection.cursor() as cursor:
        told = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            told += [f"{table}: {row}" for (row,) in cursor.fetchall()]
    return "\n".join(told)


def live(client: Client) -> bool:
    return bool(client.get("/users/me").status_code == 200)


# Deactivating


def test_who_deactivates_their_account_is_out_at_once(
    client: Client, ada: User, signs_in: Callable[..., int]
) -> None:
    elsewhere, script = Client.of(ada), Client.with_token(token_of(ada))
    assert client.post("/users/me/deactivate", SURE).status_code == 204
    assert [live(one) for one in (client, elsewhere, script)] == [False] * 3
    assert signs_in() == 401
    assert ("user.deactivated", ada.pk) in log_of(ada.pk)
    accounts.activate(actor=UserFactory.create(), user=ada, precondition=ANY_VERSION)
    assert [live(one) for one in (client, elsewhere)] == [False] * 2
    assert signs_in() == 200


def test_who_deactivates_their_account_leaves_every_project_a_manager(
    client: Client, ada: User, signs_in: Callable[..., int]
) -> None:
    alone = MembershipFactory.create(user=ada, role=Role.MANAGER).project
    MembershipFactory.create(project=alone, role=Role.MANAGER, user__is_active=False)
    gone = ProjectFactory.create(deleted_at=timezone.now())
    MembershipFactory.create(user=ada, role=Role.MANAGER, project=gone)
    shared = MembershipFactory.create(user=ada, role=Role.MANAGER).project
    MembershipFactory.create(project=shared, role=Role.MANAGER)
    MembershipFactory.create(user=ada, role=Role.CURATOR)
    response = client.post("/users/me/deactivate", SURE)
    assert (response.status_code, response.json()["code"]) == (409, "last_manager")
    assert response.json()["projects"] == [{"id": str(alone.pk), "name": alone.name}]
    assert live(client)
    MembershipFactory.create(project=alone, role=Role.MANAGER)
    assert client.post("/users/me/deactivate", SURE).status_code == 204
    assert ada.memberships.count() == 4
    assert signs_in() == 401


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_leave_at_once_do_not_both_go(project: Project) -> None:
    both = [MembershipFactory.create(project=project, role=Role.MANAGER).user for _ in range(2)]
    clients = [Client.of(one) for one in both]
    calls = [lambda c=c: c.post("/users/me/deactivate", SURE) for c in clients]
    assert sorted(answer.status_code for answer in at_once(*calls)) == [204, 409]


def test_an_administrator_shuts_out_a_last_manager_at_once(ada: User, boss: User) -> None:
    MembershipFactory.create(user=ada, role=Role.MANAGER)
    assert not accounts.deactivate(actor=boss, user=ada, precondition=ANY_VERSION).is_active


# Erasing


def test_nothing_tells_who_it_was(client: Client, ada: User, project: Project) -> None:
    MembershipFactory.create(project=project, user=ada, role=Role.CURATOR)
    token_of(ada, name="Ada's script")
    client.post("/users/me/tokens", {"name": "Ada's other", "scope": "read"})
    client.patch("/users/me", {"name": "Augusta Ada Lovelace"}, if_match="1")
    signed_in = {"email": ada.email, "password": PASSWORD}
    Client().http.post(
        "/api/v1/auth/token",
        signed_in,
        format="json",
        REMOTE_ADDR="10.1.2.3",
        HTTP_USER_AGENT="tests-of-ada",
    )
    client.post("/projects", {"name": "Press"}, Idempotency_Key="ada-1")
    project_of_hers = Project.objects.get(name="Press")
    MembershipFactory.create(project=project_of_hers, role=Role.MANAGER)
    ada.external_identities.create(issuer="https://id.example", subject="subject-7")
    Authenticator.objects.create(user=ada, sealed_secret="x")
    RecoveryCode.objects.create(user=ada, digest="x")
    Invitation.objects.create(
        project=project,
        role=Role.CURATOR,
        email="ADA@example.org",
        token_digest="1",
        invited_by=UserFactory.create(),
        expires_at=timezone.now() + timedelta(days=1),
        accepted_by=ada,
        accepted_at=timezone.now(),
    )
    assert SECRETS.search(everything_kept())
    response = client.post("/users/me/erase", SURE)
    assert (response.status_code, response.content) == (204, b"")
    assert [row for row in everything_kept().split("\n") if SECRETS.search(row)] == []


def offered(project: Project, email: str, **fields: Any) -> Invitation:
    """Return an invitation that was sent to an address."""
    return Invitation.objects.create(
        project=project,
        role=Role.VIEWER,
        email=email,
        token_digest=secrets.token_hex(32),
        invited_by=fields.pop("by", None) or UserFactory.create(),
        expires_at=timezone.now() + timedelta(days=1),
        **fields,
    )


def change_email(client: Client, email: str) -> None:
    sent = SURE | {"email": email}
    assert client.post("/users/me/email", sent).status_code == 200


def test_nothing_tells_of_earlier_addresses_either(
    client: Client, ada: User, manager: Client, project: Project
) -> None:
    path, boss = f"/projects/{project.pk}", manager.person
    asked = [("members", "ada@example.org", "k1"), ("invitations", "ADA@example.com", "k2")]
    answers = [
        manager.post(f"{path}/{what}", {"email": email, "role": "viewer"}, Idempotency_Key=key)
        for what, email, key in (*asked, ("invitations", "ADA@example.com", "for-ADA@example.com"))
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    manager.post(f"{path}/labels", {"kind": "span", "name": "x"}, Idempotency_Key="other")
    ada.memberships.all().delete()
    for email in ("Ada@example.com", "ada@example.net"):
        change_email(client, email)
    gone = ProjectFactory.create(deleted_at=timezone.now())
    offers = [offered(gone, "aDa@example.org", by=boss), offered(gone, "ADA@example.net", by=boss)]
    for email in ("ada@example.org", "ADA@example.com", "ada@example.net"):
        Client().http.post(
            "/api/v1/auth/token",
            {"email": email, "password": "a wrong one"},
            format="json",
            REMOTE_ADDR="10.1.2.3",
            HTTP_USER_AGENT="tests-of-ada",
        )
    tables = {row.split(":")[0] for row in everything_kept().split("\n") if SECRETS.search(row)}
    assert tables == {
        "users_user",
        "users_event",
        "users_keptanswer",
        "documents_invitation",
    }
    assert client.post("/users/me/erase", SURE).status_code == 204
    assert [row for row in everything_kept().split("\n") if SECRETS.search(row)] == []
    made = boss.memberships.count(), Invitation.objects.count()
    repeats = [
        manager.post(f"{path}/{what}", {"email": email, "role": "viewer"}, Idempotency_Key=key)
        for what, email, key in asked
    ]
    assert [(one.status_code, one.json()) for one in repeats] == [(201, {"erased": True})] * 2
    assert (boss.memberships.count(), Invitation.objects.count()) == made
    assert set(boss.kept_answers.values_list("key", flat=True)) == {"k1", "k2", "other"}
    assert boss.kept_answers.get(key="other").body != ERASED
    for offer in offers:
        offer.refresh_from_db()
        assert (offer.state, offer.email) == ("revoked", "")
        # By nobody: whoever remembers the address does not learn the pseudonym.
        assert log_of(offer.pk) == [("invitation.revoked", None)]


def test_an_address_that_is_anothers_by_now_is_left_to_them(
    client: Client, project: Project, manager: Client
) -> None:
    change_email(client, "grace@example.org")
    change_email(client, "ada@example.com")
    UserFactory.create(email="Grace@example.org")
    path, sent = f"/projects/{project.pk}/invitations", {"role": "viewer"}
    manager.post(path, sent | {"email": "grace@example.org"}, Idempotency_Key="k")
    client.post("/users/me/erase", SURE)
    offer = Invitation.objects.get()
    assert (offer.state, offer.email) == ("open", "grace@example.org")
    assert manager.person.kept_answers.get().body != ERASED


def test_an_address_is_found_as_it_stands_in_what_was_answered(
    client: Client, ada: User, project: Project, manager: Client
) -> None:
    User.objects.filter(pk=ada.pk).update(email='"ada\'"@example.org')
    path, sent = f"/projects/{project.pk}/invitations", {"role": "viewer"}
    asked = sent | {"email": '"ada\'"@example.org'}
    assert manager.post(path, asked, Idempotency_Key="k").status_code == 201
    client.post("/users/me/erase", SURE)
    assert manager.person.kept_answers.get().body == ERASED


def test_the_row_stays_under_a_pseudonym_and_nobody_is_behind_it(
    client: Client, ada: User, signs_in: Callable[..., int]
) -> None:
    elsewhere, script = Client.of(ada), Client.with_token(token_of(ada))
    User.objects.update(is_staff=True)
    client.post("/users/me/erase", SURE)
    ada.refresh_from_db()
    assert re.fullmatch("Erased person [0-9a-f]{8}", ada.name)
    assert (ada.email, ada.email_verified_at, ada.last_login) == ("", None, None)
    assert (ada.is_active, ada.is_staff, ada.is_superuser) == (False, False, False)
    assert ada.erased_at is not None
    assert not ada.has_usable_password()
    assert [live(one) for one in (client, elsewhere, script)] == [False] * 3
    assert (signs_in(), signs_in("")) == (401, 422)
    assert log_of(ada.pk)[-1] == ("user.erased", ada.pk)


def test_the_e_mail_is_free_again(client: Client) -> None:
    client.post("/users/me/erase", SURE)
    sent = {"email": "ada@example.org", "password": PASSWORD}
    assert Client().post("/auth/register", sent).status_code == 201


def test_what_they_annotated_stays(client: Client, ada: User, project: Project) -> None:
    MembershipFactory.create(project=project, user=ada)
    annotation = AnnotationFactory.create(
        annotation_set__document__project=project, annotation_set__author=ada
    )
    client.post("/users/me/erase", SURE)
    annotation.refresh_from_db()
    assert annotation.author_id == ada.pk
    curator = Client.of(MembershipFactory.create(project=project, role=Role.CURATOR).user)
    shown = curator.get(f"/annotations/{annotation.pk}")
    assert shown.status_code == 200
    assert "Erased person" in curator.get(f"/projects/{project.pk}/export").getvalue().decode()


def test_memberships_end_and_offers_are_revoked(
    client: Client, ada: User, project: Project
) -> None:
    boss = MembershipFactory.create(project=project, role=Role.MANAGER).user
    membership = MembershipFactory.create(project=project, user=ada, role=Role.MANAGER)
    offers = [
        Invitation.objects.create(
            project=project,
            role=Role.VIEWER,
            email=email,
            token_digest=email,
            invited_by=by,
            expires_at=timezone.now() + timedelta(days=1),
        )
        for email, by in (("new@example.com", ada), (ada.email, boss), ("kim@example.com", boss))
    ]
    client.post("/users/me/erase", SURE)
    assert not Membership.objects.filter(user=ada).exists()
    assert log_of(membership.pk) == [("member.removed", ada.pk)]
    for offer in offers:
        offer.refresh_from_db()
    assert [offer.state for offer in offers] == ["revoked", "revoked", "open"]
    assert [offer.email for offer in offers] == ["new@example.com", "", "kim@example.com"]
    assert log_of(offers[0].pk) == [("invitation.revoked", ada.pk)]


def test_a_project_keeps_a_manager(client: Client, ada: User) -> None:
    alone = MembershipFactory.create(user=ada, role=Role.MANAGER).project
    gone = ProjectFactory.create(deleted_at=timezone.now())
    MembershipFactory.create(user=ada, role=Role.MANAGER, project=gone)
    shared = MembershipFactory.create(user=ada, role=Role.MANAGER).project
    MembershipFactory.create(project=shared, role=Role.MANAGER)
    MembershipFactory.create(project=alone, role=Role.MANAGER, user__is_active=False)
    response = client.post("/users/me/erase", SURE)
    assert (response.status_code, response.json()["code"]) == (409, "last_manager")
    assert response.json()["projects"] == [{"id": str(alone.pk), "name": alone.name}]
    ada.refresh_from_db()
    assert (ada.erased_at, live(client)) == (None, True)


def test_the_log_keeps_what_others_are_called(client: Client, ada: User, project: Project) -> None:
    other = Client.of(UserFactory.create())
    other.patch("/users/me", {"name": "Kim"}, if_match="1")
    client.post("/users/me/erase", SURE)
    event = Event.objects.get(action="user.updated")
    assert event.after is not None
    assert (event.after["name"], event.after["email"]) == ("Kim", other.person.email)


def test_a_repeat_under_a_key_finds_nobody(client: Client) -> None:
    for status in (204, 401):
        assert client.post("/users/me/erase", SURE, Idempotency_Key="k").status_code == status


def test_an_administrator_erases_somebody(ada: User, boss: User) -> None:
    with pytest.raises(StaleVersion):
        erase_person(actor=boss, user=ada, precondition=Precondition(frozenset({7})))
    erased = erase_person(actor=boss, user=ada)
    assert log_of(ada.pk)[-1] == ("user.erased", boss.pk)
    for again in (erase_person, accounts.activate):
        with pytest.raises(AccountErased):
            again(actor=boss, user=erased, precondition=ANY_VERSION)
    with pytest.raises(AccountErased):
        accounts.set_staff(actor=boss, user=erased, precondition=ANY_VERSION, is_staff=True)


def test_nobody_is_asked_without_who_they_are(anonymous: Client, ada: Any) -> None:
    assert anonymous.post("/users/me/erase", SURE).status_code == 401
