from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from config.api.concurrency import ANY_VERSION
from documents.admin.events import Change, changes
from documents.models import Document, Project, Role
from documents.services.documents import update_document
from tests.factories import DocumentFactory, MembershipFactory, UserFactory
from tests.staff import Staff, address_of
from users.models import Event, User
from users.services.accounts import update_profile

KIND = "users_event"


@pytest.fixture
def author(db: None) -> User:
    made: User = UserFactory.create(name="Ada", email="ada@example.org")
    return made


@pytest.fixture
def document(project: Project, author: User) -> Document:
    made: Document = DocumentFactory.create(project=project, actor=author, title="Old title")
    return made


def retitle(document: Document, actor: User, title: str = "New title") -> Event:
    update_document(
        actor=actor, document=document, precondition=ANY_VERSION, changes={"title": title}
    )
    return Event.objects.latest("id")


def event_page(event: Event) -> str:
    return reverse("admin:users_event_change", args=[event.pk])


def test_an_event_tells_who_changed_what_from_what_to_what(
    project: Project, document: Document, author: User
) -> None:
    event = retitle(document, author)
    viewer = Staff.of(project, Role.VIEWER)
    listed = viewer.list_of(KIND)
    assert "title: Old title → New title" in listed
    assert f'<a href="{address_of(document, "change")}">document</a>' in listed
    assert project.name in listed
    shown = viewer.get(event_page(event)).content.decode()
    assert "<del>Old title</del>" in shown
    assert "<ins>New title</ins>" in shown
    assert "Ada" in shown


def test_a_creation_tells_what_was_given(project: Project, document: Document) -> None:
    event = Event.objects.get(action="document.created")
    shown = Staff.of(project, Role.VIEWER).get(event_page(event)).content.decode()
    assert "<ins>Old title</ins>" in shown
    assert "Before" not in shown


def test_a_change_of_nothing_but_the_version_says_so(
    project: Project, document: Document, author: User
) -> None:
    event = retitle(document, author, title="Old title")
    shown = Staff.of(project, Role.VIEWER).get(event_page(event)).content.decode()
    assert "Nothing but the version." in shown


def test_an_event_of_the_system_says_so(project: Project, document: Document) -> None:
    Event.objects.update(actor=None)
    assert "the system" in Staff.of(project, Role.VIEWER).list_of(KIND)


def test_a_kind_without_pages_is_named_alone(project: Project, document: Document) -> None:
    Event.objects.update(target_type="thing", before={}, after={f"m{n}": n + 1 for n in range(5)})
    listed = Staff.of(project, Role.VIEWER).list_of(KIND)
    assert ">thing</td>" in listed
    assert "m0: ∅ → 1; m1: ∅ → 2; m2: ∅ → 3; …" in listed


def test_changes_are_readable() -> None:
    event = Event(
        before={"tags": ["a"], "x": "", "n": 1}, after={"tags": ["ä"], "x": None, "n": None}
    )
    assert changes(event) == [Change("tags", '["a"]', '["ä"]'), Change("n", "1", "")]


# Who sees what


def test_events_of_foreign_projects_are_missing(project: Project, author: User) -> None:
    foreign = retitle(DocumentFactory.create(title="Secret"), author, "Secret too")
    viewer = Staff.of(project, Role.VIEWER)
    assert "Secret" not in viewer.list_of(KIND)
    assert viewer.get(event_page(foreign)).status_code == 404
    assert Staff.superuser().get(event_page(foreign)).status_code == 200


def test_annotators_of_a_blind_project_see_their_own_doings(
    project: Project, document: Document
) -> None:
    annotator = Staff.of(project, Role.ANNOTATOR)
    own = DocumentFactory.create(project=project, actor=annotator.user, title="My own")
    event = Event.objects.get(target_id=own.pk)
    seen = Event.objects.visible_to(annotator.user).filter(project_id=project.pk)
    assert list(seen) == [event]
    Project.objects.update(is_blind=False)
    assert Event.objects.visible_to(annotator.user).filter(target_id=document.pk).exists()


def test_ones_doings_in_a_project_that_one_left_are_missing(project: Project) -> None:
    person = UserFactory.create()
    membership = MembershipFactory.create(project=project, user=person)
    DocumentFactory.create(project=project, actor=person)
    assert Event.objects.visible_to(person).count() == 1
    membership.delete()
    assert Event.objects.visible_to(person).count() == 0


def test_what_one_did_to_ones_own_account_is_seen(author: User) -> None:
    update_profile(user=author, precondition=ANY_VERSION, name="Zoë")
    assert [event.action for event in Event.objects.visible_to(author)] == ["user.updated"]
    assert not Event.objects.visible_to(UserFactory.create()).exists()


# Finding


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?action=document.updated", True),
        ("?action=document.created", False),
        ("?action=nonsense", True),
        ("?q=ADA@example.org", True),
        ("?q=request-1", True),
        ("?q=nobody@example.org", False),
        ("?target=nonsense", True),
        ("?actor=nonsense", True),
        ("?project=01980000-0000-7000-8000-000000000000", False),
    ],
)
def test_events_are_found(
    project: Project, document: Document, author: User, query: str, found: bool
) -> None:
    retitle(document, author)
    Event.objects.update(request_id="request-1")
    listed = Staff.of(project, Role.VIEWER).list_of(KIND, query)
    assert ("title: Old title → New title" in listed) is found


def test_events_are_found_by_actor_and_target(
    project: Project, document: Document, author: User
) -> None:
    retitle(document, author)
    viewer = Staff.of(project, Role.VIEWER)
    for query in (f"?actor={author.pk}", f"?target={document.pk}", f"?q={document.pk}"):
        assert "title: Old title → New title" in viewer.list_of(KIND, query)
    other = DocumentFactory.create(project=project)
    assert "Old title → New title" not in viewer.list_of(KIND, f"?target={other.pk}")


def test_the_history_of_a_resource_is_its_part_of_the_log(
    project: Project, document: Document
) -> None:
    viewer = Staff.of(project, Role.VIEWER)
    response = viewer.get(address_of(document, "history"))
    assert (response.status_code, response.url) == (
        302,
        f"/admin/users/event/?target={document.pk}",
    )


@pytest.mark.parametrize("pk", ["nonsense", "9" * 40, "-1"])
def test_an_event_that_is_none_is_missing(project: Project, pk: str) -> None:
    viewer: Any = Staff.of(project, Role.VIEWER)
    assert viewer.get(f"/admin/users/event/{pk}/change/").status_code == 404


def test_nothing_is_added_or_changed_in_the_log(project: Project, document: Document) -> None:
    boss = Staff.superuser()
    event = Event.objects.latest("id")
    assert boss.get(reverse("admin:users_event_add")).status_code == 403
    assert boss.save(event_page(event), action="forged").status_code == 403
    assert 'name="_save"' not in boss.get(event_page(event)).content.decode()
