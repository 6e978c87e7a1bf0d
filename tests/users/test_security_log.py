"""The security log: who sees which part of it, what it shows, how it is filtered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone
from django.utils.http import urlencode

from documents.models import Project, Role
from tests.client import BASE, Client
from tests.factories import PASSWORD, DocumentFactory, MembershipFactory, UserFactory
from users.models import Event, User
from users.services.events import record, record_fact

pytestmark = pytest.mark.django_db
PATH = "/security-log"


def log(client: Client, **query: Any) -> list[dict[str, Any]]:
    response = client.get(f"{PATH}?{urlencode({'limit': 500, **query})}")
    assert response.status_code == 200, response.content
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def actions(client: Client, **query: Any) -> list[str]:
    return [event["action"] for event in log(client, **query)]


def sign_in(email: str, password: str = PASSWORD, address: str = "192.0.2.1") -> Any:
    sent = {"email": email, "password": password}
    client = Browser(REMOTE_ADDR=address, HTTP_USER_AGENT="a phone")
    return client.post(f"{BASE}/auth/token", sent, content_type="application/json")


def given_role(project: Project, by: User) -> User:
    """Log that somebody was made an annotator; return whom."""
    member = MembershipFactory.create(project=project)
    with transaction.atomic():
        record(actor=by, action="member.added", target=member, project_id=project.pk)
    made: User = member.user
    return made


@pytest.fixture
def boss(db: None) -> Client:
    return Client.of(UserFactory.create(is_superuser=True))


def test_shows_what_befell_ones_own_account(stranger: Client) -> None:
    sign_in(stranger.person.email, "a guess")
    sign_in(stranger.person.email)
    good, bad, _ = log(stranger)
    assert (good["action"], good["actor"]) == ("sign_in.succeeded", str(stranger.person.pk))
    assert (bad["action"], bad["actor"]) == ("sign_in.failed", None)
    assert (bad["target_type"], bad["target"]) == ("user", str(stranger.person.pk))
    assert bad["after"] == {"address": "192.0.2.1", "user_agent": "a phone", "reason": "password"}
    assert (bad["before"], bad["project"]) == (None, None)
    assert bad["request_id"]


def test_tells_of_security_alone(manager: Client, project: Project) -> None:
    DocumentFactory.create(project=project, actor=manager.person)
    assert actions(manager) == ["sign_in.succeeded"]


def test_members_see_roles_given_in_their_projects(manager: Client, project: Project) -> None:
    given_role(project, manager.person)
    given_role(MembershipFactory.create().project, UserFactory.create())
    event, _ = log(manager)
    assert (event["action"], event["project"]) == ("member.added", str(project.pk))
    assert event["after"]["role"] == "annotator"


def test_managers_alone_are_told_of_invitations_service_accounts_and_their_tokens(
    manager: Client, member: Callable[[str], Client], project: Project
) -> None:
    Project.objects.update(is_blind=False)
    others = [member(role) for role in (Role.VIEWER, Role.ANNOTATOR, Role.CURATOR)]
    place = f"/projects/{project.pk}"
    sent = {"role": "viewer", "email": "new@example.org"}
    assert manager.post(f"{place}/invitations", sent).status_code == 201
    made = manager.post(f"{place}/service-accounts", {"name": "NER 3", "role": "annotator"}).json()
    tokens = f"/service-accounts/{made['id']}/tokens"
    text = manager.post(tokens, {"name": "nightly", "scope": "admin"}).json()["token"]
    bot = Client.with_token(text)
    assert bot.get(place).status_code == 200
    told = ["access_token.created", "member.added", "service_account.created", "invitation.created"]
    assert actions(manager)[:5] == ["access_token.used", *told]
    assert actions(bot) == ["access_token.used", "member.added"]
    for other in others:
        assert other.get(f"{place}/service-accounts").status_code == 403
        assert actions(other) == ["member.added", "sign_in.succeeded"]


@pytest.mark.parametrize("is_staff", [False, True])
def test_nobody_sees_what_befell_others(stranger: Client, is_staff: bool) -> None:
    User.objects.filter(pk=stranger.person.pk).update(is_staff=is_staff)
    other = UserFactory.create()
    sign_in(other.email)
    sign_in("nobody@example.org")
    given_role(MembershipFactory.create(role=Role.MANAGER).project, other)
    assert actions(stranger) == ["sign_in.succeeded"]
    assert log(stranger, target=other.pk) == []


def test_a_superuser_sees_everything(boss: Client) -> None:
    sign_in(UserFactory.create().email)
    sign_in("nobody@example.org")
    first, *_ = log(boss)
    assert (first["action"], first["target_type"]) == ("sign_in.failed", "unknown_account")
    assert actions(boss) == ["sign_in.failed", "sign_in.succeeded", "sign_in.succeeded"]


def test_shows_no_text_of_anybody(boss: Client) -> None:
    with transaction.atomic():
        record(actor=None, action="user.created", target=boss.person, before={"email": "x"})
    event, _ = log(boss)
    assert set(event["after"]) == {"is_active", "is_staff", "is_superuser"}
    assert event["before"] == {}


@pytest.fixture
def told(boss: Client) -> tuple[User, User]:
    """Log sign-ins of two people; return them."""
    ada, bob = UserFactory.create(), UserFactory.create()
    sign_in(ada.email)
    sign_in(bob.email, address="192.0.2.2")
    sign_in(bob.email, "a guess", address="2001:db8::1")
    return ada, bob


def test_is_filtered_by_action(boss: Client, told: Any) -> None:
    assert actions(boss, action="sign_in.failed") == ["sign_in.failed"]
    assert len(log(boss, action="sign_in")) == 4
    assert log(boss, action="sign") == []


def test_is_filtered_by_who_and_whom(boss: Client, told: tuple[User, User]) -> None:
    ada, bob = told
    assert actions(boss, actor=bob.pk) == ["sign_in.succeeded"]
    assert actions(boss, target=bob.pk) == ["sign_in.failed", "sign_in.succeeded"]
    assert actions(boss, actor=ada.pk, target=bob.pk) == []
    assert log(boss, target=uuid4()) == []


def test_is_filtered_by_address(boss: Client, told: Any) -> None:
    assert actions(boss, address="192.0.2.2") == ["sign_in.succeeded"]
    assert actions(boss, address="2001:db8::/64") == ["sign_in.failed"]


def test_is_filtered_by_time(boss: Client, told: Any) -> None:
    Event.objects.filter(action="sign_in.failed").update(at=timezone.now() - timedelta(days=2))
    day_ago = (timezone.now() - timedelta(days=1)).isoformat()
    assert actions(boss, until=day_ago) == ["sign_in.failed"]
    assert actions(boss, since=day_ago) == ["sign_in.succeeded"] * 3
    assert log(boss, since=day_ago, until=day_ago) == []


@pytest.mark.parametrize(
    "query",
    [
        "actor=ada",
        "since=then",
        "until=9999-12-31T23:59:59-23:59",
        "after__user_agent=x",
        "action=",
    ],
)
def test_refuses_what_it_cannot_filter_by(boss: Client, query: str) -> None:
    assert boss.get(f"{PATH}?{query}").status_code == 400


def test_pages_latest_first(boss: Client) -> None:
    for number in range(5):
        record_fact(
            actor=None,
            action="sign_in.limited",
            target_type="user",
            target_id=boss.person.pk,
            told={"limit": str(number)},
        )
    page = boss.get(f"{PATH}?limit=2&action=sign_in.limited").json()
    assert [event["after"]["limit"] for event in page["results"]] == ["4", "3"]
    following = boss.http.get(page["next"]).json()
    assert [event["after"]["limit"] for event in following["results"]] == ["2", "1"]
    first, *_ = log(boss, ordering="at")
    assert first["action"] == "sign_in.succeeded"
