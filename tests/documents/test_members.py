"""Members are added, given another role and removed; a project keeps a manager."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.http import Http404
from django.utils import timezone
from pytest_django import Settings

from config.api.concurrency import ANY_VERSION
from documents.models import Membership, Project, Role
from documents.services.members import remove_member
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import (
    DocumentFactory,
    MembershipFactory,
    ProjectFactory,
    UserFactory,
    token_of,
)
from tests.threads import at_once, while_held
from users.models import User


def membership_of(client: Client) -> Membership:
    return Membership.objects.get(user=client.person)


def member_path(client: Client) -> str:
    return f"/members/{membership_of(client).pk}"


def test_a_person_with_an_account_is_added(project: Project, manager: Client) -> None:
    person = UserFactory.create(email="kim@example.org", name="Kim")
    content = {"email": "KIM@example.org", "role": "curator"}
    response = manager.post(f"/projects/{project.pk}/members", content)
    assert response.status_code == 201
    made = response.json()
    shown = {"id": str(person.pk), "email": "kim@example.org", "name": "Kim", "is_service": False}
    assert made["user"] == shown
    assert (made["role"], made["version"], response["ETag"]) == ("curator", 1, '"1"')
    assert response["Location"] == f"http://testserver/api/v1/members/{made['id']}"
    assert Client.of(person).get(f"/projects/{project.pk}").status_code == 200
    assert log_of(made["id"]) == [("member.added", manager.person.pk)]
    assert last_event(made["id"]).project_id == project.pk


def test_who_has_no_account_cannot_be_added(project: Project, manager: Client) -> None:
    UserFactory.create(email="gone@example.org", is_active=False)
    for email in ("nobody@example.org", "gone@example.org"):
        content = {"email": email, "role": "viewer"}
        response = manager.post(f"/projects/{project.pk}/members", content)
        assert (response.status_code, response.json()["code"]) == (422, "unknown_person")
    assert Membership.objects.count() == 1


@pytest.fixture
def verifying(settings: Settings) -> None:
    """Have e-mails confirmed."""
    settings.EMAIL_VERIFICATION = True


def confirmed(**fields: Any) -> User:
    """Return somebody whose e-mail is confirmed."""
    made: User = UserFactory.create(email_verified_at=timezone.now(), **fields)
    return made


@pytest.mark.usefixtures("verifying")
def test_where_mail_is_sent_nobody_learns_who_has_an_account(
    project: Project, manager: Client
) -> None:
    User.objects.update(email_verified_at=timezone.now())
    gone = ProjectFactory.create(deleted_at=timezone.now())
    MembershipFactory.create(user=manager.person, project=gone)
    unconfirmed = UserFactory.create(email="unconfirmed@example.org")
    MembershipFactory.create(project=MembershipFactory.create(user=manager.person).project)
    MembershipFactory.create(
        project=manager.person.memberships.latest("pk").project, user=unconfirmed
    )
    MembershipFactory.create(user=confirmed(email="elsewhere@example.org"))
    MembershipFactory.create(user=confirmed(email="gone@example.org"), project=gone)
    confirmed(email="alone@example.org", name="Alone")
    answers = set()
    for name in ("nobody", "alone", "elsewhere", "gone", "unconfirmed"):
        content = {"email": f"{name}@example.org", "role": "viewer"}
        response = manager.post(f"/projects/{project.pk}/members", content)
        told = response.json()
        answers.add((response.status_code, told["code"], told["title"], told["detail"]))
    title = "Nobody who can be added has an account with this e-mail."
    detail = "Nobody you work with has an account with this e-mail: invite them."
    assert answers == {(422, "unknown_person", title, detail)}
    assert project.memberships.count() == 1


@pytest.mark.usefixtures("verifying")
def test_where_mail_is_sent_people_one_works_with_are_added(
    project: Project, manager: Client
) -> None:
    User.objects.update(email_verified_at=timezone.now())
    shared = MembershipFactory.create(user=manager.person, role=Role.VIEWER).project
    kim, zoe = confirmed(email="kim@example.org"), confirmed(email="zoe@example.org")
    for person in (kim, zoe):
        MembershipFactory.create(user=person, project=shared)
    path = f"/projects/{project.pk}/members"
    added = manager.post(path, {"email": "KIM@example.org", "role": "viewer"})
    assert (added.status_code, added.json()["user"]["id"]) == (201, str(kim.pk))
    again = manager.post(path, {"email": "kim@example.org", "role": "viewer"})
    assert (again.status_code, again.json()["code"]) == (409, "already_member")
    # A token of one project knows the people of that project.
    script = Client.with_token(token_of(manager.person, project_id=project.pk))
    response = script.post(path, {"email": "zoe@example.org", "role": "viewer"})
    assert (response.status_code, response.json()["code"]) == (422, "unknown_person")


@pytest.mark.usefixtures("verifying")
def test_where_mail_is_sent_superusers_add_anybody_whose_e_mail_is_confirmed(
    project: Project,
) -> None:
    boss = Client.of(confirmed(is_superuser=True))
    confirmed(email="kim@example.org")
    UserFactory.create(email="unconfirmed@example.org")
    path = f"/projects/{project.pk}/members"
    statuses = [
        boss.post(path, {"email": f"{name}@example.org", "role": "viewer"}).status_code
        for name in ("kim", "unconfirmed", "nobody")
    ]
    assert statuses == [201, 422, 422]


def test_nobody_is_a_member_twice(project: Project, manager: Client, viewer: Client) -> None:
    content = {"email": viewer.person.email, "role": "curator"}
    response = manager.post(f"/projects/{project.pk}/members", content)
    assert (response.status_code, response.json()["code"]) == (409, "already_member")
    assert membership_of(viewer).role == Role.VIEWER


@pytest.mark.django_db(transaction=True)
def test_adding_somebody_twice_at_once_adds_them_once(project: Project, manager: Client) -> None:
    person, path = UserFactory.create(), f"/projects/{project.pk}/members"
    clients = [Client.of(manager.person) for _ in range(3)]
    calls = [lambda c=c: c.post(path, {"email": person.email, "role": "viewer"}) for c in clients]
    assert sorted(answer.status_code for answer in at_once(*calls)) == [201, 409, 409]


@pytest.mark.parametrize("content", [{}, {"email": "a@b.org", "role": "king"}, {"email": "a@b"}])
def test_a_member_that_does_not_fit_is_refused(
    project: Project, manager: Client, content: dict[str, str]
) -> None:
    assert manager.post(f"/projects/{project.pk}/members", content).status_code == 422


def test_a_role_changes_under_its_version(manager: Client, viewer: Client) -> None:
    path = member_path(viewer)
    assert manager.patch(path, {"role": "curator"}).status_code == 428
    response = manager.patch(path, {"role": "curator"}, if_match="1")
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert response.json()["role"] == "curator"
    stale = manager.patch(path, {"role": "viewer"}, if_match="1")
    assert (stale.status_code, stale.json()["current"]["role"]) == (412, "curator")
    event = last_event(membership_of(viewer).pk)
    assert (event.action, event.actor) == ("member.updated", manager.person)
    assert changed(event) == {"role": ("viewer", "curator"), "version": (1, 2)}


def test_a_change_of_nothing_keeps_the_role(manager: Client, viewer: Client) -> None:
    response = manager.patch(member_path(viewer), {}, if_match="1")
    assert (response.status_code, response.json()["role"]) == (200, "viewer")


def test_a_new_role_holds_at_once(project: Project, manager: Client, viewer: Client) -> None:
    path, label = f"/projects/{project.pk}/labels", {"kind": "span", "name": "person"}
    assert viewer.post(path, label).status_code == 403
    manager.patch(member_path(viewer), {"role": "manager"}, if_match="1")
    assert viewer.post(path, label).status_code == 201


def test_a_new_role_holds_for_tokens_that_were_given_before(
    project: Project, manager: Client, member: Callable[[str], Client]
) -> None:
    other = member("manager")
    signed_in, script = Client.of(other.person), Client.with_token(token_of(other.person))
    path, label = f"/projects/{project.pk}/labels", {"kind": "span"}
    for number, client in enumerate((signed_in, script)):
        assert client.post(path, label | {"name": f"a {number}"}).status_code == 201
    manager.patch(member_path(other), {"role": "viewer"}, if_match="1")
    for number, client in enumerate((signed_in, script)):
        assert client.post(path, label | {"name": f"b {number}"}).status_code == 403
        assert client.get(path).status_code == 200
    manager.delete(member_path(other), if_match="2")
    for client in (signed_in, script):
        assert client.get(path).status_code == 404


def test_who_is_made_viewer_keeps_a_draft_that_only_they_write(
    project: Project, manager: Client, curator: Client
) -> None:
    document = DocumentFactory.create(project=project)
    made = curator.post(f"/documents/{document.pk}/annotation-sets").json()
    manager.patch(member_path(curator), {"role": "viewer"}, if_match="1")
    assert curator.get(f"/annotation-sets/{made['id']}").json()["state"] == "draft"
    assert curator.post(f"/annotation-sets/{made['id']}/submit").status_code == 403


@pytest.mark.parametrize("role", ["viewer", "annotator", "curator"])
def test_everybody_may_leave(
    project: Project, manager: Client, member: Callable[[str], Client], role: str
) -> None:
    leaver = member(role)
    membership = membership_of(leaver)
    path = f"/members/{membership.pk}"
    assert leaver.delete(path).status_code == 428
    assert leaver.delete(path, if_match="1").status_code == 204
    assert leaver.get(f"/projects/{project.pk}").status_code == 404
    assert log_of(membership.pk) == [("member.removed", leaver.person.pk)]


def test_others_are_removed_by_managers_alone(
    project: Project, curator: Client, viewer: Client
) -> None:
    assert curator.delete(member_path(viewer), if_match="1").status_code == 403
    assert project.memberships.count() == 2


def test_a_script_leaves_only_with_the_scope_for_it(viewer: Client) -> None:
    for scope, status in (("read", 403), ("write", 403), ("admin", 204)):
        script = Client.with_token(token_of(viewer.person, scope=scope))
        assert (
            script.delete(
                f"/members/{viewer.person.memberships.get().pk}", if_match="1"
            ).status_code
            == status
        )


def test_the_last_manager_stays(manager: Client, annotator: Client) -> None:
    path = member_path(manager)
    for response in (
        manager.patch(path, {"role": "curator"}, if_match="1"),
        manager.delete(path, if_match="1"),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "last_manager")
    assert membership_of(manager).role == Role.MANAGER
    assert manager.patch(path, {"role": "manager"}, if_match="1").status_code == 200


def demote_each_other(project: Project) -> list[int]:
    """Return the answers to two managers who make viewers of each other at the same time."""
    two = MembershipFactory.create_batch(2, project=project, role=Role.MANAGER)
    pairs = [(Client.of(two[0].user), two[1]), (Client.of(two[1].user), two[0])]
    calls = [
        partial(c.patch, f"/members/{m.pk}", {"role": "viewer"}, if_match="1") for c, m in pairs
    ]
    return [answer.status_code for answer in while_held(project, *calls)]


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_demote_each_other_do_not_both_win() -> None:
    project = ProjectFactory.create()
    assert sorted(demote_each_other(project)) == [200, 409]
    assert Membership.objects.filter(project=project, role=Role.MANAGER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_removing_a_member_twice_at_once_removes_once(manager: Client, viewer: Client) -> None:
    path, pk = member_path(viewer), membership_of(viewer).pk
    clients = [Client.of(manager.person) for _ in range(4)]
    calls = [partial(c.delete, path, if_match="1") for c in clients]
    answers = while_held(Project.objects.get(), *calls)
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]
    assert log_of(pk) == [("member.removed", manager.person.pk)]


def test_who_was_removed_meanwhile_is_not_found(manager: Client, viewer: Client) -> None:
    membership = membership_of(viewer)
    remove_member(actor=manager.person, membership=membership, precondition=ANY_VERSION)
    with pytest.raises(Http404):
        remove_member(actor=manager.person, membership=membership, precondition=ANY_VERSION)


def test_access_ends_with_the_membership(
    project: Project, manager: Client, annotator: Client
) -> None:
    path = member_path(annotator)
    pk = membership_of(annotator).pk
    assert manager.delete(path).status_code == 428
    response = manager.delete(path, if_match="1")
    assert (response.status_code, response.content) == (204, b"")
    assert annotator.get(f"/projects/{project.pk}").status_code == 404
    assert manager.get(path).status_code == 404
    assert log_of(pk) == [("member.removed", manager.person.pk)]


def test_members_are_seen_by_members(project: Project, viewer: Client, stranger: Client) -> None:
    other = MembershipFactory.create()
    rows = viewer.get(f"/projects/{project.pk}/members").json()["results"]
    assert [row["user"]["id"] for row in rows] == [str(viewer.person.pk)]
    assert viewer.get(member_path(viewer)).json()["role"] == "viewer"
    assert viewer.get(f"/members/{other.pk}").status_code == 404
    assert stranger.get(f"/projects/{project.pk}/members").status_code == 404
