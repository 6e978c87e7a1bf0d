"""A project is handed over to a member, and always has a person who manages it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from documents.models import Membership, Project, Role
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import MembershipFactory, UserFactory
from tests.threads import while_held
from users.models import User


def transfer(client: Client, project: Project, member: Any, **members: Any) -> Any:
    content = {"member": str(member.pk)} | members
    return client.post(f"/projects/{project.pk}/transfer", content)


def membership_of(client: Client) -> Membership:
    return Membership.objects.get(user=client.person)


def roles(project: Project) -> dict[Any, str]:
    return dict(project.memberships.values_list("user", "role"))


def told(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_a_member_takes_the_manager_s_place(
    project: Project, manager: Client, annotator: Client
) -> None:
    own, member = membership_of(manager), membership_of(annotator)
    response = transfer(manager, project, member)
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert (response.json()["id"], response.json()["role"]) == (str(member.pk), "manager")
    assert roles(project) == {annotator.person.pk: "manager", manager.person.pk: "curator"}
    for one, what in ((member, ("annotator", "manager")), (own, ("manager", "curator"))):
        event = last_event(one.pk)
        assert (event.action, event.actor, event.project_id) == (
            "member.updated",
            manager.person,
            project.pk,
        )
        assert changed(event)["role"] == what
    assert told(transfer(manager, project, member)) == (403, "permission_denied")


@pytest.mark.parametrize("role", list(Role))
def test_whoever_hands_over_keeps_the_role_they_name(
    project: Project, manager: Client, viewer: Client, role: str
) -> None:
    assert transfer(manager, project, membership_of(viewer), keep_role=role).status_code == 200
    assert roles(project) == {viewer.person.pk: "manager", manager.person.pk: role}


def test_whoever_hands_over_may_leave(project: Project, manager: Client, viewer: Client) -> None:
    own = membership_of(manager)
    assert transfer(manager, project, membership_of(viewer), keep_role=None).status_code == 200
    assert roles(project) == {viewer.person.pk: "manager"}
    assert log_of(own.pk) == [("member.removed", manager.person.pk)]
    assert manager.get(f"/projects/{project.pk}").status_code == 404


def test_to_another_manager_only_the_own_role_changes(project: Project, manager: Client) -> None:
    other = MembershipFactory.create(project=project, role=Role.MANAGER)
    assert transfer(manager, project, other).json()["version"] == 1
    assert roles(project) == {other.user.pk: "manager", manager.person.pk: "curator"}
    assert log_of(other.pk) == []


def test_a_superuser_makes_a_member_manager_and_stays_outside(
    project: Project, manager: Client, viewer: Client
) -> None:
    boss = Client.of(UserFactory.create(is_superuser=True))
    assert transfer(boss, project, membership_of(viewer)).status_code == 200
    assert roles(project) == {viewer.person.pk: "manager", manager.person.pk: "manager"}


def service(project: Project) -> Membership:
    account = UserFactory.create(email="", is_service=True)
    made: Membership = MembershipFactory.create(project=project, user=account)
    return made


def inactive(project: Project) -> Membership:
    made: Membership = MembershipFactory.create(project=project, user__is_active=False)
    return made


def foreign(project: Project) -> Membership:
    made: Membership = MembershipFactory.create()
    return made


def own(project: Project) -> Membership:
    return project.memberships.get()


@pytest.mark.parametrize("successor", [service, inactive, foreign, own])
def test_only_another_person_of_the_project_takes_it_over(
    project: Project, manager: Client, successor: Any
) -> None:
    response = transfer(manager, project, successor(project))
    assert told(response) == (422, "no_successor")
    assert roles(project)[manager.person.pk] == "manager"
    assert "manager" not in project.memberships.exclude(user=manager.person).values_list(
        "role", flat=True
    )


@pytest.mark.parametrize("content", [{}, {"member": "x"}, {"member": None}, {"keep_role": "king"}])
def test_a_transfer_that_does_not_fit_is_refused(
    project: Project, manager: Client, content: dict[str, Any]
) -> None:
    response = manager.post(f"/projects/{project.pk}/transfer", content)
    assert response.status_code == 422


@pytest.mark.django_db(transaction=True)
def test_of_two_transfers_at_once_one_wins(project: Project, manager: Client) -> None:
    two = MembershipFactory.create_batch(2, project=project)
    clients = [Client.of(manager.person) for _ in two]
    calls = [
        partial(transfer, c, project, one, keep_role="viewer")
        for c, one in zip(clients, two, strict=True)
    ]
    answers = while_held(project, *calls)
    assert sorted(answer.status_code for answer in answers) == [200, 403]
    assert sorted(roles(project).values()) == ["annotator", "manager", "viewer"]


@pytest.mark.django_db(transaction=True)
def test_who_is_demoted_meanwhile_hands_nothing_over(
    project: Project, manager: Client, annotator: Client
) -> None:
    other = Client.of(MembershipFactory.create(project=project, role=Role.MANAGER).user)
    path, member = f"/members/{membership_of(manager).pk}", membership_of(annotator)
    answers = while_held(
        project,
        partial(other.patch, path, {"role": "viewer"}, if_match="1"),
        partial(transfer, manager, project, member),
    )
    demoted, handed = (answer.status_code for answer in answers)
    found = roles(project)
    if demoted == 200:
        assert (handed, found[manager.person.pk]) == (403, "viewer")
    else:
        assert (demoted, handed, found[manager.person.pk]) == (412, 200, "curator")


# A project always has a person who manages it


@pytest.mark.parametrize("other", [service, inactive])
def test_programs_and_who_is_shut_out_are_no_managers(
    project: Project, manager: Client, other: Any
) -> None:
    made = other(project)
    Membership.objects.filter(pk=made.pk).update(role=Role.MANAGER)
    path = f"/members/{membership_of(manager).pk}"
    for response in (
        manager.patch(path, {"role": "viewer"}, if_match="1"),
        manager.delete(path, if_match="1"),
    ):
        assert told(response) == (409, "last_manager")


def test_others_go_though_nobody_active_manages(project: Project, viewer: Client) -> None:
    alone = MembershipFactory.create(project=project, role=Role.MANAGER, user__is_active=False)
    boss = Client.of(UserFactory.create(is_superuser=True))
    assert told(boss.delete(f"/members/{alone.pk}", if_match="1")) == (409, "last_manager")
    path = f"/members/{membership_of(viewer).pk}"
    assert boss.patch(path, {"role": "annotator"}, if_match="1").status_code == 200
    assert boss.delete(path, if_match="2").status_code == 204


def test_a_service_account_s_membership_ends_with_the_account(
    project: Project, manager: Client
) -> None:
    member = service(project)
    response = manager.delete(f"/members/{member.pk}", if_match="1")
    assert told(response) == (409, "of_service_account")
    assert User.objects.filter(memberships=member).exists()
