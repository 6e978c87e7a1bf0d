from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from documents.models import Membership, Project, Role
from documents.services import projects
from tests.factories import MembershipFactory, ProjectFactory, UserFactory
from tests.staff import Staff, page
from users.models import Event

PROJECT_ADD = reverse("admin:documents_project_add")
MEMBER_ADD = reverse("admin:documents_membership_add")
STALE = "It changed after this page was loaded, so nothing was done. Look again, then decide."


@pytest.fixture
def manager(project: Project) -> Staff:
    return Staff.of(project, Role.MANAGER)


def now(project: Project) -> Project:
    found: Project = Project.objects.get(pk=project.pk)
    return found


def fields_of(project: Project, **changes: Any) -> dict[str, Any]:
    """Return what the form of a project sends."""
    kept = {"name": project.name, "slug": project.slug, "seen_version": project.version}
    ticked = {"is_blind": "on", "allows_overlap": "on"}
    return kept | ticked | {"duplicates": "link"} | changes


def actions(project: Project) -> list[tuple[str, Any]]:
    return list(Event.objects.filter(project_id=project.pk).values_list("action", "actor"))


# Projects


def test_staff_see_their_projects_alone(manager: Staff, project: Project) -> None:
    foreign = ProjectFactory.create(name="Elsewhere")
    shown = manager.list_of("documents_project")
    assert (project.name in shown, "Elsewhere" in shown) == (True, False)
    assert manager.get(page(foreign)).status_code == 404
    assert manager.save(page(foreign), **fields_of(foreign)).status_code == 404


def test_projects_are_found_by_part_of_their_name(manager: Staff, project: Project) -> None:
    assert project.name in manager.list_of("documents_project", f"?q={project.name[2:]}")
    assert project.name not in manager.list_of("documents_project", "?q=nothing")


def test_staff_make_a_project_and_are_its_manager(manager: Staff) -> None:
    manager.save(PROJECT_ADD, name="New one", slug="", is_blind="on", duplicates="link")
    made = Project.objects.get(name="New one")
    assert made.slug.startswith("new-one-")
    assert made.memberships.get().user == manager.user
    assert [action for action, _ in actions(made)] == ["project.created", "member.added"]


def test_a_manager_changes_a_project(manager: Staff, project: Project) -> None:
    response = manager.save(page(project), **fields_of(project, name="Better"))
    assert response.status_code == 302
    assert (now(project).name, now(project).version) == ("Better", 2)
    event = Event.objects.get(action="project.updated")
    assert (event.actor, event.after and event.after["name"]) == (manager.user, "Better")


def test_saving_without_a_change_is_none(manager: Staff, project: Project) -> None:
    manager.save(page(project), **fields_of(project))
    assert (now(project).version, actions(project)) == (1, [])


def test_a_stale_form_changes_nothing_and_says_so(manager: Staff, project: Project) -> None:
    form = fields_of(project, name="Late")
    now(project).save_new_version()
    response = manager.save(page(project), **form)
    assert response.context["adminform"].form.errors == {"__all__": [STALE]}
    assert now(project).name == project.name


def test_a_form_without_its_version_changes_nothing(manager: Staff, project: Project) -> None:
    for version in ("", "x"):
        manager.save(page(project), **fields_of(project, name="Blind", seen_version=version))
    assert now(project).name == project.name


def test_a_change_that_comes_between_is_not_overwritten(
    manager: Staff, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = projects.update_project

    def after_another(**asked: Any) -> Project:
        Project.objects.filter(pk=project.pk).update(version=7, description="First")
        return service(**asked)

    monkeypatch.setattr(projects, "update_project", after_another)
    response = manager.save(page(project), **fields_of(project, name="Second"))
    assert response.context["adminform"].form.errors == {"__all__": [STALE]}
    assert now(project).name == project.name


def test_a_taken_slug_is_told_on_the_form(manager: Staff, project: Project) -> None:
    ProjectFactory.create(slug="taken")
    response = manager.save(page(project), **fields_of(project, slug="taken"))
    told = "Another project has this slug. Choose another slug than 'taken'."
    assert response.context["adminform"].form.errors == {"__all__": [told]}
    assert now(project).slug == project.slug


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR, Role.CURATOR])
def test_only_managers_change_a_project(project: Project, role: str) -> None:
    staff = Staff.of(project, role)
    assert 'name="_save"' not in staff.page_of(project)
    assert staff.save(page(project), **fields_of(project, name="No")).status_code == 403
    assert staff.press(project, "delete").status_code == 403
    assert now(project).name == project.name


def test_a_project_is_deleted_and_restored(manager: Staff, project: Project) -> None:
    assert manager.step(project, "delete") == [
        f"{project.name}: deleted; it can be restored from the bin."
    ]
    assert now(project).deleted_at is not None
    assert project.name in manager.list_of("documents_project", "?deleted=yes")
    assert 'name="_save"' not in manager.page_of(project)
    assert manager.step(now(project), "restore") == [f"{project.name}: restored."]
    assert now(project).deleted_at is None


# Members


def test_staff_see_the_members_of_their_projects_alone(manager: Staff, project: Project) -> None:
    foreign = MembershipFactory.create()
    shown = manager.list_of("documents_membership")
    assert (manager.user.email in shown, foreign.user.email in shown) == (True, False)
    assert manager.get(page(foreign)).status_code == 404


def test_members_are_found(manager: Staff, project: Project) -> None:
    UserFactory.create(name="Zoë", email="zoe@example.org")
    MembershipFactory.create(project=project, user__name="Ada", user__email="ada@example.org")
    for query in ("?q=AD", "?q=ada@", "?role=annotator", f"?project={project.pk}"):
        assert "ada@example.org" in manager.list_of("documents_membership", query)
    for query in ("?q=zoe", "?role=viewer"):
        assert "ada@example.org" not in manager.list_of("documents_membership", query)


def test_a_manager_adds_a_member_by_email(manager: Staff, project: Project) -> None:
    person = UserFactory.create(email="ada@example.org")
    form = {"project": str(project.pk), "email": "ADA@example.org", "role": "curator"}
    assert manager.save(MEMBER_ADD, **form).status_code == 302
    assert project.memberships.get(user=person).role == Role.CURATOR
    assert actions(project) == [("member.added", manager.user.pk)]


def test_what_cannot_be_added_is_told_on_the_form(manager: Staff, project: Project) -> None:
    form = {"project": str(project.pk), "email": "nobody@example.org", "role": "curator"}
    response = manager.save(MEMBER_ADD, **form)
    told = (
        "Nobody who can be added has an account with this e-mail. "
        "Nobody has an account with nobody@example.org."
    )
    assert response.context["adminform"].form.errors == {"__all__": [told]}


def test_where_mail_is_sent_the_form_tells_nobody_who_has_an_account(
    manager: Staff, project: Project, settings: Settings
) -> None:
    settings.EMAIL_VERIFICATION = True
    UserFactory.create(email="ada@example.org", email_verified_at=timezone.now())
    told = []
    for name in ("ada", "nobody"):
        form = {"project": str(project.pk), "email": f"{name}@example.org", "role": "curator"}
        response = manager.save(MEMBER_ADD, **form)
        told.append(response.context["adminform"].form.errors)
    assert told[0] == told[1] != {}
    assert project.memberships.count() == 1


def test_projects_that_one_does_not_manage_are_not_offered(
    manager: Staff, project: Project
) -> None:
    person = UserFactory.create()
    elsewhere = MembershipFactory.create(user=manager.user, role=Role.CURATOR).project
    offered = manager.get(MEMBER_ADD).content.decode()
    assert (str(project.pk) in offered, str(elsewhere.pk) in offered) == (True, False)
    form = {"project": str(elsewhere.pk), "email": person.email, "role": "viewer"}
    response = manager.save(MEMBER_ADD, **form)
    assert "project" in response.context["adminform"].form.errors
    assert not elsewhere.memberships.filter(user=person).exists()


def test_only_managers_add_members(project: Project) -> None:
    curator = Staff.of(project, Role.CURATOR)
    assert curator.get(MEMBER_ADD).status_code == 403
    assert MEMBER_ADD not in curator.list_of("documents_membership")


def test_a_superuser_adds_to_any_project(project: Project) -> None:
    boss, person = Staff.superuser(), UserFactory.create()
    form = {"project": str(project.pk), "email": person.email, "role": "viewer"}
    assert boss.save(MEMBER_ADD, **form).status_code == 302
    assert project.memberships.filter(user=person).exists()


def test_a_role_is_changed(manager: Staff, project: Project) -> None:
    member = MembershipFactory.create(project=project, role=Role.VIEWER)
    form = {"role": "curator", "seen_version": member.version}
    assert manager.save(page(member), **form).status_code == 302
    member.refresh_from_db()
    assert (member.role, member.version) == (Role.CURATOR, 2)


def test_the_last_manager_stays_one(manager: Staff, project: Project) -> None:
    member = project.memberships.get()
    response = manager.save(page(member), role="viewer", seen_version=1)
    told = "A project always has a manager. Make somebody else a manager first."
    assert response.context["adminform"].form.errors == {"__all__": [told]}
    assert manager.step(member, "remove") == [told]
    assert project.memberships.get().role == Role.MANAGER


def test_a_member_is_removed(manager: Staff, project: Project) -> None:
    member = MembershipFactory.create(project=project, user__name="Ada", role=Role.VIEWER)
    response = manager.press(member, "remove")
    assert response.url == reverse("admin:documents_membership_changelist")
    assert manager.messages_after(response) == [
        "Ada (viewer): is no longer a member; what they annotated stays."
    ]
    assert not Membership.objects.filter(pk=member.pk).exists()
