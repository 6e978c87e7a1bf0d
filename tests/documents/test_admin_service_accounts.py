"""Service accounts of projects in the admin."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from documents.models import Membership, Project, Role, ServiceAccount
from tests.client import Client
from tests.factories import ProjectFactory, service_account_in, token_of
from tests.staff import Staff, address_of, page
from users.models import AccessToken

ADD = reverse("admin:documents_serviceaccount_add")
LIST = "documents_serviceaccount"
NEW = {"name": "NER 3", "role": "annotator"}


@pytest.fixture
def manager(project: Project) -> Staff:
    return Staff.of(project, Role.MANAGER)


@pytest.fixture
def account(project: Project) -> ServiceAccount:
    made = service_account_in(project)
    return ServiceAccount.objects.get(pk=made.pk)


def now(account: ServiceAccount) -> ServiceAccount:
    found: ServiceAccount = ServiceAccount.objects.select_related("user").get(pk=account.pk)
    return found


def test_a_manager_makes_one(manager: Staff, project: Project) -> None:
    response = manager.save(ADD, project=project.pk, **NEW)
    assert response.status_code == 302, response.context["errors"]
    made = Membership.objects.get(user__is_service=True)
    assert (made.project, made.role, str(made.user)) == (project, "annotator", "NER 3")
    assert "NER 3" in manager.list_of(LIST)


def test_managers_see_those_of_their_projects_alone(
    manager: Staff, project: Project, account: ServiceAccount
) -> None:
    foreign = service_account_in(ProjectFactory.create())
    foreign = ServiceAccount.objects.get(pk=foreign.pk)
    assert str(account.user) in manager.page_of(account)
    for address in (page(foreign), address_of(foreign, "token")):
        assert manager.get(address).status_code == 404
    assert manager.press(foreign, "close").status_code == 404
    listed = manager.list_of(LIST, "?q=Person")
    assert (str(account.pk) in listed, str(foreign.pk) in listed) == (True, False)


def test_members_are_none_of_them(manager: Staff) -> None:
    membership = manager.user.memberships.get()
    assert str(membership.pk) not in manager.list_of(LIST)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR, Role.CURATOR])
def test_who_is_no_manager_sees_none(project: Project, account: ServiceAccount, role: str) -> None:
    staff = Staff.of(project, role)
    assert str(account.pk) not in staff.list_of(LIST)
    assert staff.get(page(account)).status_code == 404
    assert staff.get(address_of(account, "token")).status_code == 404
    assert staff.save(ADD, project=project.pk, **NEW).status_code == 403


def test_superusers_see_all(account: ServiceAccount) -> None:
    assert str(account.pk) in Staff.superuser().list_of(LIST)


def test_it_is_renamed_and_given_another_role(manager: Staff, account: ServiceAccount) -> None:
    manager.save(page(account), name="NER 4", role="viewer", seen_version=account.version)
    assert (str(now(account).user), now(account).role) == ("NER 4", "viewer")


def test_its_token_is_shown_once_and_works_in_its_project(
    manager: Staff, account: ServiceAccount
) -> None:
    sent = {"name": "nightly", "scope": "write", "good_for": "30"}
    response = manager.save(address_of(account, "token"), **sent)
    found = re.search(r'value="(pst_\w+)"', response.content.decode())
    assert found
    token = AccessToken.objects.get()
    assert (token.user, token.project_id) == (account.user, account.project_id)
    client = Client.with_token(found[1])
    assert client.get(f"/projects/{account.project_id}").status_code == 200


def test_making_a_token_takes_a_recent_sign_in(manager: Staff, account: ServiceAccount) -> None:
    manager.session.update(authenticated_at=timezone.now() - timedelta(minutes=11))
    assert manager.get(address_of(account, "token")).context["title"] == "Is it you?"


def test_closing_it_ends_its_tokens(manager: Staff, account: ServiceAccount) -> None:
    client = Client.with_token(token_of(account.user, project_id=account.project_id))
    told = manager.step(account, "close")
    assert told == [f"{account}: closed; its tokens have ended, what it annotated stays."]
    assert client.get(f"/projects/{account.project_id}").status_code == 401
    assert not ServiceAccount.objects.filter(pk=account.pk).exists()


def test_who_sees_one_does_not_thereby_give_it_tokens(
    manager: Staff, account: ServiceAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("documents.admin.in_project.may", lambda *_: False)
    assert manager.get(address_of(account, "token")).status_code == 403
