"""Who sees which people, and which part of the log."""

from __future__ import annotations

import pytest
from django.db import transaction

from documents.models import Project, Role
from tests.factories import MembershipFactory, ProjectFactory, UserFactory
from users.models import Event, User
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


def test_who_left_a_project_sees_nothing_of_it_any_more() -> None:
    project = ProjectFactory.create()
    curator = person(project, Role.CURATOR)
    done(curator, "own", project)
    curator.memberships.all().delete()
    assert seen_by(curator) == set()
