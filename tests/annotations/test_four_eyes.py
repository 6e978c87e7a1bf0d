"""Where a project asks for four eyes, nobody reviews their own work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from annotations.models import AnnotationSet, State
from documents.models import Document, Project, Role
from tests.annotations.test_admin_sets import KIND, NEXT, read_at
from tests.client import Client
from tests.factories import AnnotationSetFactory, UserFactory
from tests.staff import Staff, address_of, page
from tests.threads import while_held
from users.models import Event

Do = Callable[..., Any]
TOLD = "Nobody reviews their own work in this project. Somebody else must review it."


@pytest.fixture
def four_eyes(project: Project) -> Project:
    Project.objects.filter(pk=project.pk).update(four_eyes=True)
    return project


def own_set(client: Client, opened: Do, step: Do) -> str:
    """Return the id of a submitted set of the client's own."""
    pk = str(opened(client)["id"])
    assert step(client, "submit", pk).status_code == 200
    return pk


def state_of(pk: str) -> str:
    return AnnotationSet.objects.get(pk=pk).state


def test_a_manager_asks_for_four_eyes(project: Project, manager: Client) -> None:
    path = f"/projects/{project.pk}"
    assert manager.get(path).json()["four_eyes"] is False
    changed = manager.patch(path, {"four_eyes": True}, if_match="1")
    assert changed.json()["four_eyes"] is True
    made = manager.post("/projects", {"name": "Strict", "four_eyes": True}).json()
    assert made["four_eyes"] is True


def test_one_s_own_work_may_be_approved_unless_the_project_says_otherwise(
    curator: Client, opened: Do, step: Do
) -> None:
    assert step(curator, "approve", own_set(curator, opened, step)).status_code == 200


@pytest.mark.parametrize("name", ["approve", "return"])
@pytest.mark.parametrize("role", ["curator", "manager", "superuser"])
def test_nobody_reviews_their_own_work(
    four_eyes: Project, member: Callable[[str], Client], opened: Do, step: Do, role: str, name: str
) -> None:
    is_boss = role == "superuser"
    author = Client.of(UserFactory.create(is_superuser=True)) if is_boss else member(role)
    pk = own_set(author, opened, step)
    events = Event.objects.count()
    response = step(author, name, pk)
    assert (response.status_code, response.json()["code"]) == (403, "own_work")
    assert (state_of(pk), Event.objects.count()) == ("submitted", events)
    other = member(Role.CURATOR)
    assert step(other, name, pk).status_code == 200


def test_nobody_reopens_their_own_approved_work(
    four_eyes: Project, curator: Client, manager: Client, opened: Do, step: Do
) -> None:
    pk = own_set(curator, opened, step)
    assert step(manager, "approve", pk).status_code == 200
    assert step(curator, "return", pk).json()["code"] == "own_work"
    assert state_of(pk) == "approved"


@pytest.mark.django_db(transaction=True)
def test_an_approval_waits_for_a_change_of_the_project_that_is_under_way(
    project: Project, curator: Client, opened: Do, step: Do
) -> None:
    pk = own_set(curator, opened, step)
    [answer] = while_held(project, partial(step, curator, "approve", pk), four_eyes=True)
    assert (answer.status_code, answer.json()["code"]) == (403, "own_work")
    assert state_of(pk) == "submitted"


# In the admin


@pytest.fixture
def staff(four_eyes: Project) -> Staff:
    return Staff.of(four_eyes, Role.CURATOR)


def submitted(document: Document, author: Any) -> AnnotationSet:
    made: AnnotationSet = AnnotationSetFactory.create(
        document=document, author=author, state=State.SUBMITTED
    )
    return made


def test_no_review_of_one_s_own_work_is_offered(staff: Staff, document: Document) -> None:
    own, other = submitted(document, staff.user), submitted(document, UserFactory.create())
    for place in (page, read_at):
        assert address_of(own, "approve") not in staff.get(place(own)).content.decode()
        assert address_of(other, "approve") in staff.get(place(other)).content.decode()
    assert staff.press(own, "approve").status_code == 302
    assert state_of(str(own.pk)) == "submitted"


def test_it_does_not_wait_for_oneself(staff: Staff, document: Document) -> None:
    own = submitted(document, staff.user)
    assert staff.get(NEXT).url == "/admin/"
    other = submitted(document, UserFactory.create())
    assert staff.get(NEXT).url == read_at(other)
    Project.objects.update(four_eyes=False)
    assert staff.get(f"{NEXT}?after={other.pk}").url == read_at(own)


def test_of_many_one_s_own_are_told(staff: Staff, document: Document) -> None:
    own, other = submitted(document, staff.user), submitted(document, UserFactory.create())
    told = staff.confirm(KIND, "approve", own, other)
    assert told == [
        "1 annotation sets: approved.",
        f"{document} by {staff.user}: {TOLD}",
    ]
    assert (state_of(str(own.pk)), state_of(str(other.pk))) == ("submitted", "approved")


def test_the_form_of_a_project_asks_for_four_eyes(project: Project) -> None:
    manager = Staff.of(project, Role.MANAGER)
    form = {
        "name": project.name,
        "slug": project.slug,
        "duplicates": project.duplicates,
        "seen_version": project.version,
    }
    assert manager.save(page(project), **form, four_eyes="on").status_code == 302
    project.refresh_from_db()
    assert project.four_eyes
