"""Service accounts: they belong to one project, act by tokens alone, and end for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from documents.models import Membership, Project, Role
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import (
    DocumentFactory,
    LabelFactory,
    MembershipFactory,
    ProjectFactory,
    UserFactory,
    service_account_in,
    token_of,
)
from users.models import AccessToken, User
from users.token_format import ACCESS, is_well_formed

pytestmark = pytest.mark.django_db


def refused(response: Any, status: int, code: str) -> Any:
    assert (response.status_code, response.json()["code"]) == (status, code)
    return response.json()


@pytest.fixture
def make(project: Project, manager: Client) -> Callable[..., Any]:
    """Return a function by which the manager makes a service account; it returns its JSON."""

    def send(role: str = "annotator", name: str = "NER 3") -> Any:
        sent = {"name": name, "role": role}
        response = manager.post(f"/projects/{project.pk}/service-accounts", sent)
        assert response.status_code == 201, response.content
        return response.json()

    return send


@pytest.fixture
def bot(make: Callable[..., Any], manager: Client) -> Callable[..., Client]:
    """Return a function that makes a client of a new service account of the project."""

    def send(role: str = "annotator", scope: str = "admin") -> Client:
        path = f"/service-accounts/{make(role)['id']}/tokens"
        response = manager.post(path, {"name": "nightly", "scope": scope})
        assert response.status_code == 201, response.content
        return Client.with_token(response.data["token"])

    return send


def test_an_account_has_a_name_and_a_role_and_no_way_to_sign_in(
    make: Callable[..., Any], manager: Client, project: Project
) -> None:
    made = make()
    assert (made["name"], made["role"], made["version"]) == ("NER 3", "annotator", 1)
    assert made["project_id"] == str(project.pk)
    user = User.objects.get(pk=made["user_id"])
    assert (user.email, user.is_service, user.has_usable_password()) == ("", True, False)
    assert manager.get(f"/service-accounts/{made['id']}").json() == made
    sent = {"email": "", "password": "correct horse battery"}
    assert Client().post("/auth/token", sent).status_code == 422
    assert log_of(user.pk) == [("service_account.created", manager.person.pk)]
    assert log_of(made["id"]) == [("member.added", manager.person.pk)]
    assert last_event(user.pk).project_id == project.pk


def test_lists_hold_the_project_s_own(
    make: Callable[..., Any], manager: Client, project: Project
) -> None:
    made = make()
    service_account_in(ProjectFactory.create())
    listed = manager.get(f"/projects/{project.pk}/service-accounts").json()["results"]
    assert listed == [made]


def test_people_are_no_service_accounts(manager: Client, project: Project) -> None:
    person = MembershipFactory.create(project=project)
    refused(manager.get(f"/service-accounts/{person.pk}"), 404, "not_found")
    refused(manager.get(f"/service-accounts/{person.pk}/tokens"), 404, "not_found")
    refused(manager.delete(f"/service-accounts/{person.pk}", if_match="1"), 404, "not_found")


def test_members_are_told_from_services(
    make: Callable[..., Any], viewer: Client, project: Project
) -> None:
    made = make()
    listed = viewer.get(f"/projects/{project.pk}/members").data["results"]
    services = [told["id"] for told in listed if told["user"]["is_service"]]
    assert services == [made["id"]]


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"role": "owner"}, "/role"),
        ({"email": "bot@example.org"}, "/email"),
        ({"is_staff": True}, "/is_staff"),
    ],
)
def test_says_what_is_wrong_with_an_account_to_be(
    manager: Client, project: Project, content: dict[str, Any], pointer: str
) -> None:
    sent = {"name": "NER 3", "role": "annotator"} | content
    told = refused(manager.post(f"/projects/{project.pk}/service-accounts", sent), 422, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]


# Changes


def test_an_account_is_renamed_and_gets_another_role(
    make: Callable[..., Any], manager: Client
) -> None:
    made = make()
    path = f"/service-accounts/{made['id']}"
    renamed = manager.patch(path, {"name": "NER 4"}, if_match="1")
    assert (renamed.data["name"], renamed["ETag"]) == ("NER 4", '"2"')
    assert changed(last_event(made["user_id"]))["name"] == ("NER 3", "NER 4")
    raised = manager.patch(path, {"role": "curator"}, if_match="2")
    assert (raised.data["role"], raised.data["name"]) == ("curator", "NER 4")
    assert changed(last_event(made["id"]))["role"] == ("annotator", "curator")
    refused(manager.patch(path, {"name": "x"}, if_match="1"), 412, "stale_version")
    refused(manager.patch(path, {"name": "x"}), 428, "precondition_required")


def test_a_closed_account_is_out_at_once_and_its_work_stays(
    make: Callable[..., Any], manager: Client, project: Project
) -> None:
    made = make()
    path = f"/service-accounts/{made['id']}"
    token = manager.post(f"{path}/tokens", {"name": "x", "scope": "write"}).data["token"]
    client = Client.with_token(token)
    document = DocumentFactory.create(project=project)
    label = LabelFactory.create(project=project, kind="document")
    annotations = f"/documents/{document.pk}/annotations"
    assert client.post(annotations, {"label": str(label.pk)}).status_code == 201

    refused(manager.delete(path, if_match="7"), 412, "stale_version")
    assert manager.delete(path, if_match="1").status_code == 204
    refused(client.get(annotations), 401, "token_ended")
    refused(manager.get(path), 404, "not_found")
    [kept] = document.annotations.all()
    assert str(kept.author_id) == made["user_id"]
    user = User.objects.get(pk=made["user_id"])
    assert (user.is_active, user.memberships.count()) == (False, 0)
    assert AccessToken.objects.get().revoked_at
    assert log_of(user.pk)[-1] == ("service_account.closed", manager.person.pk)
    assert log_of(made["id"])[-1] == ("member.removed", manager.person.pk)


# Tokens


def test_a_token_is_good_in_the_account_s_project(
    make: Callable[..., Any], manager: Client, project: Project
) -> None:
    made = make()
    path = f"/service-accounts/{made['id']}/tokens"
    response = manager.post(path, {"name": "nightly", "scope": "write", "expires_in_days": 1})
    told = response.json()
    assert is_well_formed(told.pop("token"), ACCESS)
    assert (told["project_id"], told["user_id"]) == (str(project.pk), made["user_id"])
    assert manager.get(path).json()["results"] == [told]
    assert manager.get(f"{path}?live=false").json()["results"] == []
    assert manager.get(f"/tokens/{told['id']}").json() == told
    assert manager.get("/users/me/tokens").json()["results"] == []
    assert last_event(told["id"]).project_id == project.pk
    sent = {"name": "x", "scope": "read", "project_id": str(project.pk)}
    refused(manager.post(path, sent), 422, "invalid")
    assert manager.delete(f"/tokens/{told['id']}", if_match="1").status_code == 204
    assert log_of(told["id"])[-1] == ("access_token.revoked", manager.person.pk)


def test_a_repeated_answer_shows_no_token(make: Callable[..., Any], manager: Client) -> None:
    path, sent = f"/service-accounts/{make()['id']}/tokens", {"name": "x", "scope": "read"}
    first, again = (manager.post(path, sent, Idempotency_Key="k1") for _ in range(2))
    assert again.json() == first.json() | {"token": None}
    assert AccessToken.objects.count() == 1


def test_an_account_annotates_under_its_own_name(
    bot: Callable[..., Client], manager: Client, project: Project
) -> None:
    document = DocumentFactory.create(project=project)
    label = LabelFactory.create(project=project)
    sent = {"label": str(label.pk), "start": 0, "end": 3, "quote": "Ada"}
    path = f"/documents/{document.pk}/annotations"
    response = bot(scope="write").post(path, sent)
    assert response.status_code == 201
    [told] = manager.get(f"/documents/{document.pk}/annotation-sets").data["results"]
    assert (told["author"]["name"], told["author"]["is_service"]) == ("NER 3", True)


def test_its_use_is_told_in_the_project_s_log(bot: Callable[..., Client], project: Project) -> None:
    bot().get("/users/me")
    token = AccessToken.objects.get()
    event = last_event(token.pk)
    assert (event.action, event.project_id) == ("access_token.used", project.pk)
    assert event.actor_id == token.user_id


# What an account cannot


@pytest.mark.parametrize("scope", ["read", "write", "admin"])
def test_an_account_makes_no_tokens(bot: Callable[..., Client], scope: str) -> None:
    client, account = bot("manager", scope), Membership.objects.get(user__is_service=True)
    sent = {"name": "x", "scope": "read"}
    refused(client.post("/users/me/tokens", sent), 403, "sign_in_required")
    path = f"/service-accounts/{account.pk}/tokens"
    refused(client.post(path, sent), 403, "sign_in_required")
    refused(client.get(path), 403, "sign_in_required")


def test_an_account_makes_and_sees_no_other_project(bot: Callable[..., Client]) -> None:
    client, elsewhere = bot("manager"), MembershipFactory.create().project
    refused(client.post("/projects", {"name": "x"}), 403, "insufficient_scope")
    refused(client.get(f"/projects/{elsewhere.pk}"), 404, "not_found")


def test_an_account_is_in_one_project(make: Callable[..., Any], manager: Client) -> None:
    make()
    other = manager.post("/projects", {"name": "Other"}).data["id"]
    for email in ("", "NER 3"):
        sent = {"email": email, "role": "viewer"}
        refused(manager.post(f"/projects/{other}/members", sent), 422, "invalid")


def test_an_account_is_no_project_s_only_manager(
    make: Callable[..., Any], manager: Client, project: Project
) -> None:
    make("manager")
    own = Membership.objects.get(user=manager.person, project=project)
    path = f"/members/{own.pk}"
    refused(manager.patch(path, {"role": "viewer"}, if_match="1"), 409, "last_manager")
    refused(manager.delete(path, if_match="1"), 409, "last_manager")


def test_an_account_is_closed_not_sent_away(make: Callable[..., Any], manager: Client) -> None:
    path = f"/members/{make()['id']}"
    refused(manager.delete(path, if_match="1"), 409, "of_service_account")


def test_a_service_that_manages_can_be_closed(make: Callable[..., Any], manager: Client) -> None:
    path = f"/service-accounts/{make('manager')['id']}"
    assert manager.patch(path, {"role": "viewer"}, if_match="1").status_code == 200
    assert manager.delete(path, if_match="2").status_code == 204


def test_a_token_that_outlives_its_account_reaches_nothing(project: Project) -> None:
    account = service_account_in(project)
    later = timezone.now() + timedelta(days=1)
    client = Client.with_token(token_of(account.user, project_id=project.pk, expires_at=later))
    assert client.get(f"/projects/{project.pk}").status_code == 200
    account.delete()
    refused(client.get(f"/projects/{project.pk}"), 404, "not_found")


def test_only_managers_have_to_do_with_accounts(project: Project) -> None:
    account = service_account_in(project)
    for role in (Role.VIEWER, Role.ANNOTATOR, Role.CURATOR):
        client = Client.of(MembershipFactory.create(project=project, role=role).user)
        refused(client.get(f"/service-accounts/{account.pk}"), 403, "permission_denied")
    refused(
        Client.of(UserFactory.create()).get(f"/service-accounts/{account.pk}"), 404, "not_found"
    )
