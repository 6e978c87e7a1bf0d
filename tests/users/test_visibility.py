"""Who sees which people, and which part of the log."""

from __future__ import annotations

import pytest
from django.db import transaction

from documents.models import Project, Role
from tests.factories import MembershipFactory, ProjectFactory, UserFactory
from users.models import Event, Grant, Scope, User
from users.services.events import record

pytestmark = pytest.mark.django_db


def person(project: Project, role: str) -> User:
    made: User = MembershipFactory.create(project=project, role=role).user
    return made


@transaction.atomic
def done(actor: User, action: str, project: Project | None) -> None:
    """Log something that a person did, in a project or in none."""
    record(actor=actor, action=action, target=actor, project_id=project.pk if project else None)


def seen_by(user: User) -> set[str]:
    return set(Event.objects.visible_to(user).values_list("action", flat=True))


def test_a_person_sees_themselves_and_a_superuser_everybody() -> None:
    ada, boss = UserFactory.create(), UserFactory.create(is_superuser=True)
    assert set(User.objects.visible_to(ada)) == {ada}
    assert set(User.objects.visible_to(boss)) == {ada, boss}


def test_members_see_what_happened_in_their_projects() -> None:
    here, there = ProjectFactory.create(), ProjectFactory.create()
    curator, stranger = person(here, Role.CURATOR), person(there, Role.MANAGER)
    done(curator, "here", here)
    done(stranger, "there", there)
    done(curator, "curator.alone", None)
    done(stranger, "stranger.alone", None)
    assert seen_by(person(here, Role.VIEWER)) == {"here"}
    assert seen_by(curator) == {"here", "curator.alone"}
    assert seen_by(stranger) == {"there", "stranger.alone"}
    assert seen_by(UserFactory.create()) == set()
    everything = {"here", "there", "curator.alone", "stranger.alone"}
    assert seen_by(UserFactory.create(is_superuser=True)) == everything


@pytest.mark.parametrize(("is_blind", "others"), [(True, set()), (False, {"other"})])
def test_annotators_of_a_blind_project_see_their_own_doings_alone(
    is_blind: bool, others: set[str]
) -> None:
    project = ProjectFactory.create(is_blind=is_blind)
    own, other = person(project, Role.ANNOTATOR), person(project, Role.ANNOTATOR)
    done(own, "own", project)
    done(other, "other", project)
    assert seen_by(own) == {"own"} | others


ALL_READ = {"member.added", "document.created", "invitations", "access_tokens.listed"}
MANAGERS_READ = {
    "invitation.created",
    "service_account.closed",
    "access_token.used",
    "access_token.refused",
}


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.VIEWER, ALL_READ),
        (Role.ANNOTATOR, ALL_READ),
        (Role.CURATOR, ALL_READ),
        (Role.MANAGER, ALL_READ | MANAGERS_READ),
    ],
)
def test_of_invitations_service_accounts_and_their_tokens_managers_alone_are_told(
    role: str, seen: set[str]
) -> None:
    here, there = ProjectFactory.create_batch(2, is_blind=False)
    reader, boss = person(here, role), person(here, Role.MANAGER)
    MembershipFactory.create(user=boss, project=there)
    MembershipFactory.create(user=reader, project=there, role=Role.VIEWER)
    for action in ALL_READ | MANAGERS_READ:
        done(boss, action, here)
    done(person(there, Role.MANAGER), "access_token.created", there)
    assert seen_by(reader) == seen
    everything = ALL_READ | MANAGERS_READ | {"access_token.created"}
    assert seen_by(UserFactory.create(is_superuser=True)) == everything


def test_who_did_it_sees_it_managers_or_not() -> None:
    project = ProjectFactory.create(is_blind=True)
    bot = person(project, Role.ANNOTATOR)
    done(bot, "access_token.used", project)
    done(bot, "access_token.created", None)
    assert seen_by(bot) == {"access_token.used", "access_token.created"}
    assert seen_by(person(project, Role.CURATOR)) == set()
    bot.memberships.all().delete()
    assert seen_by(bot) == {"access_token.created"}


def test_a_manager_s_token_for_one_project_tells_of_no_other() -> None:
    here, there = ProjectFactory.create(), ProjectFactory.create()
    boss = person(here, Role.MANAGER)
    MembershipFactory.create(user=boss, project=there, role=Role.MANAGER)
    done(person(here, Role.MANAGER), "invitation.created", here)
    done(person(there, Role.MANAGER), "invitation.revoked", there)
    assert seen_by(boss) == {"invitation.created", "invitation.revoked"}
    boss.grant = Grant(Scope.ADMIN, here.pk)
    assert seen_by(boss) == {"invitation.created"}


def test_who_left_a_project_sees_nothing_of_it_any_more() -> None:
    project = ProjectFactory.create()
    curator = person(project, Role.CURATOR)
    done(curator, "own", project)
    curator.memberships.all().delete()
    assert seen_by(curator) == set()
