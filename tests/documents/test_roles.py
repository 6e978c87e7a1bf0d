"""One table says which role each thing takes, and each role may do what the ones before it may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from config.urls import v1
from documents.models import Membership, Project, Role
from documents.permissions import PERMISSIONS, may, projects_where
from documents.views.in_project import InProjectViewSet
from tests.factories import MembershipFactory, ProjectFactory, UserFactory
from users.models import User

RANKED = ["viewer", "annotator", "curator", "manager"]


@pytest.fixture
def members(project: Project) -> dict[str, User]:
    return {role: MembershipFactory.create(project=project, role=role).user for role in RANKED}


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_a_permission_takes_its_role_or_one_above(
    project: Project, members: dict[str, User], permission: str
) -> None:
    able = [role for role, user in members.items() if may(user, permission, project.pk)]
    assert able == RANKED[RANKED.index(PERMISSIONS[permission].role) :]


def test_a_role_holds_in_its_own_project_only(members: dict[str, User]) -> None:
    elsewhere = MembershipFactory.create().project
    assert not any(may(user, "project.read", elsewhere.pk) for user in members.values())


def test_a_superuser_may_everything_anywhere(project: Project) -> None:
    chief = UserFactory.create(is_superuser=True)
    assert all(may(chief, permission, project.pk) for permission in PERMISSIONS)


def test_staff_are_nobody_special_in_a_project(project: Project) -> None:
    staff = UserFactory.create(is_staff=True)
    assert not any(may(staff, permission, project.pk) for permission in PERMISSIONS)


def test_a_membership_s_name_tells_person_and_role(project: Project) -> None:
    membership: Membership = MembershipFactory.create(
        project=project, user__name="Kim", role=Role.CURATOR
    )
    assert str(membership) == "Kim (curator)"
    assert str(project) == project.name


@pytest.mark.parametrize("permission", ["document.read", "annotation.write", "document.change"])
def test_projects_are_found_by_what_one_may_do_in_them(
    project: Project, members: dict[str, User], permission: str
) -> None:
    MembershipFactory.create(user=members["manager"], role="viewer")
    ProjectFactory.create()
    able = [role for role, user in members.items() if project in projects_where(user, permission)]
    assert able == RANKED[RANKED.index(PERMISSIONS[permission].role) :]
    found = projects_where(members["manager"], permission).count()
    assert found == (2 if permission == "document.read" else 1)
    assert projects_where(UserFactory.create(is_superuser=True), permission).count() == 3


# The one table is what the routes hold, and what the README tells


def in_project() -> list[Any]:
    """Return the routes of what belongs to projects."""
    return [route for route in v1 if issubclass(route.callback.cls, InProjectViewSet)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("route", in_project(), ids=lambda route: route.name)
def test_every_action_takes_a_permission_of_the_table(route: Any) -> None:
    view, actions = route.callback.cls, set(route.callback.actions.values())
    assert set(view.requires.values()) <= PERMISSIONS.keys()
    # Where the address names nothing, there is no project yet in which a role could be had.
    without = actions - view.requires.keys()
    assert not without or not route.pattern.converters


def test_every_permission_is_taken_by_an_action() -> None:
    taken = {name for route in in_project() for name in route.callback.cls.requires.values()}
    assert taken == PERMISSIONS.keys()


def as_markdown() -> str:
    """Return the table as the README shows it."""
    head = ["permission", *RANKED, "scope of a token"]
    rows = [head, ["---", *[":---:"] * len(RANKED), "---"]]
    for name, need in PERMISSIONS.items():
        least = RANKED.index(need.role)
        marks = ["✓" if rank >= least else "-" for rank in range(len(RANKED))]
        rows.append([f"`{name}`", *marks, f"`{need.scope}`"])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def test_the_readme_shows_the_table() -> None:
    """Paste what as_markdown() returns between the two marks when PERMISSIONS change."""
    readme = (Path(settings.BASE_DIR) / "README.md").read_text()
    assert f"<!-- roles -->\n{as_markdown()}\n<!-- /roles -->" in readme
