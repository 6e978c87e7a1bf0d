"""Access tokens in the admin."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from documents.models import Project, Role
from tests.client import Client
from tests.factories import (
    PASSWORD,
    AccessTokenFactory,
    ProjectFactory,
    service_account_in,
    token_of,
)
from tests.staff import Staff, page
from users.models import AccessToken, Event

ADD = reverse("admin:users_accesstoken_add")
NEW = {"name": "nightly ingest", "scope": "read", "good_for": "90", "project_id": ""}


@pytest.fixture
def staff(project: Project) -> Staff:
    return Staff.of(project, Role.ANNOTATOR)


def text_in(response: Any) -> str:
    """Return the token that a page shows."""
    found = re.search(r'value="(pst_\w+)"', response.content.decode())
    assert found, response.content
    return found[1]


def now(token: AccessToken) -> AccessToken:
    found: AccessToken = AccessToken.objects.get(pk=token.pk)
    return found


# Making them


def test_a_new_token_is_shown_once_and_works(staff: Staff) -> None:
    response = staff.save(ADD, **NEW)
    text = text_in(response)
    assert Client.with_token(text).get("/users/me").status_code == 200
    made = AccessToken.objects.get()
    assert (made.user, made.name, made.scope, made.project_id) == (
        staff.user,
        "nightly ingest",
        "read",
        None,
    )
    assert made.expires_at
    assert abs(made.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)
    assert text not in staff.page_of(made)
    assert text not in staff.list_of("users_accesstoken")
    assert response.headers["Cache-Control"].count("no-store") == 1


def test_a_token_may_be_of_one_project_and_for_ever(staff: Staff, project: Project) -> None:
    staff.save(ADD, **NEW | {"project_id": str(project.pk), "good_for": ""})
    made = AccessToken.objects.get()
    assert (made.project_id, made.expires_at) == (project.pk, None)


def test_projects_of_others_are_not_offered(staff: Staff) -> None:
    foreign = ProjectFactory.create()
    assert foreign.name not in staff.get(ADD).content.decode()
    response = staff.save(ADD, **NEW | {"project_id": str(foreign.pk)})
    assert "project_id" in response.context["form"].errors
    assert not AccessToken.objects.exists()


def test_what_the_service_refuses_is_told_on_the_form(staff: Staff) -> None:
    AccessTokenFactory.create_batch(100, user=staff.user)
    assert "revoke one first" in staff.save(ADD, **NEW).content.decode()


def test_making_one_takes_a_recent_sign_in(staff: Staff) -> None:
    staff.session.update(authenticated_at=timezone.now() - timedelta(minutes=11))
    asked = staff.save(ADD, **NEW)
    assert asked.context["title"] == "Is it you?"
    assert not AccessToken.objects.exists()
    text_in(staff.save(ADD, **NEW, identity_password=PASSWORD))


# Who sees which


def test_people_see_their_own(staff: Staff) -> None:
    own = AccessTokenFactory.create(user=staff.user, name="mine")
    other = AccessTokenFactory.create(name="foreign")
    shown = staff.list_of("users_accesstoken")
    assert "mine" in shown
    assert "foreign" not in shown
    assert "all projects" in staff.page_of(own)
    assert staff.get(page(other)).status_code == 404
    assert staff.press(other, "revoke").status_code == 404


def test_managers_see_those_of_their_service_accounts(project: Project) -> None:
    account = service_account_in(project)
    token = AccessTokenFactory.create(user=account.user, name="NER 3", project_id=project.pk)
    manager, curator = Staff.of(project, Role.MANAGER), Staff.of(project, Role.CURATOR)
    assert "NER 3" in manager.list_of("users_accesstoken", f"?q={account.user.pk}")
    assert "NER 3" not in curator.list_of("users_accesstoken")
    assert f"/project/{project.pk}/" in manager.page_of(token)


def test_superusers_see_all_and_find_them(staff: Staff) -> None:
    boss = Staff.superuser()
    token = AccessTokenFactory.create(user=staff.user, name="mine")
    for text in ("MIN", token.hint, f"{token.hint}abcdefgh", staff.user.email.upper()):
        assert "mine (" in boss.list_of("users_accesstoken", f"?q={text}")
    assert "mine (" not in boss.list_of("users_accesstoken", "?q=other")


def test_tokens_are_filtered_by_whether_they_are_in_use(staff: Staff) -> None:
    passed = timezone.now() - timedelta(days=1)
    AccessTokenFactory.create(user=staff.user, name="good one")
    AccessTokenFactory.create(user=staff.user, name="late one", expires_at=passed)
    AccessTokenFactory.create(user=staff.user, name="dead one", revoked_at=passed)
    live = staff.list_of("users_accesstoken", "?standing=live")
    ended = staff.list_of("users_accesstoken", "?standing=ended")
    assert ("good one" in live, "late one" in live, "dead one" in live) == (True, False, False)
    assert ("good one" in ended, "late one" in ended, "dead one" in ended) == (False, True, True)


# Renaming and revoking


def test_a_token_is_renamed_while_it_may_be_used(staff: Staff) -> None:
    token = AccessTokenFactory.create(user=staff.user)
    staff.save(page(token), name="nightly", seen_version=1)
    assert (now(token).name, now(token).version) == ("nightly", 2)
    staff.step(now(token), "revoke")
    assert staff.save(page(token), name="again", seen_version=3).status_code == 403


def test_a_revoked_token_is_refused_at_once(staff: Staff) -> None:
    client = Client.with_token(token_of(staff.user))
    assert client.get("/users/me").status_code == 200
    token = AccessToken.objects.get()
    told = staff.step(token, "revoke")
    assert told == [f"{token}: revoked; it is refused from now on."]
    assert client.get("/users/me").status_code == 401
    assert Event.objects.filter(action="access_token.revoked", actor=staff.user).exists()
    assert "Revoke" not in staff.page_of(token)


def test_many_are_revoked_at_once(staff: Staff) -> None:
    tokens = AccessTokenFactory.create_batch(3, user=staff.user)
    told = staff.confirm("users_accesstoken", "revoke", *tokens)
    assert told == ["3 access tokens: revoked; it is refused from now on."]
    assert not AccessToken.objects.live().exists()
