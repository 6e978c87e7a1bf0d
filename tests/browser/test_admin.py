from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.models import AnnotationSet, State
from documents.models import Document, Project, Role
from tests.factories import (
    PASSWORD,
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    LabelFactory,
    MembershipFactory,
    ProjectFactory,
    UserFactory,
)
from tests.staff import address_of
from tests.staff import page as page_of_resource
from users.models import Event, User

TEXT = "Ada Lovelace lives in Turin.\r\n👩‍🔬 She likes Zoë.\r\n"
Open = Callable[..., Page]


@pytest.fixture
def project(transactional_db: None) -> Project:
    made: Project = ProjectFactory.create(name="Letters")
    return made


@pytest.fixture
def curator(project: Project) -> User:
    made: User = UserFactory.create(name="Margit", is_staff=True)
    MembershipFactory.create(project=project, user=made, role=Role.CURATOR)
    return made


@pytest.fixture
def document(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project, title="First letter", text=TEXT)
    return made


@pytest.fixture
def submitted(document: Document) -> AnnotationSet:
    return a_set(document, "Kim")


def a_set(document: Document, name: str) -> AnnotationSet:
    """Return a submitted set that says "person" of "Ada Lovelace" and "surname" of "Lovelace"."""
    author = UserFactory.create(name=name)
    made: AnnotationSet = AnnotationSetFactory.create(
        document=document, author=author, state=State.SUBMITTED
    )
    for label, start in (("person", 0), ("surname", 4)):
        found = document.project.labels.filter(name=label).first()
        AnnotationFactory.create(
            annotation_set=made,
            label=found or LabelFactory.create(project=document.project, name=label),
            start=start,
            end=12,
            quote="Ada Lovelace"[start:],
            body=f"says {name}",
        )
    return made


def state_of(annotation_set: AnnotationSet) -> str:
    return str(AnnotationSet.objects.get(pk=annotation_set.pk).state)


def all_pages(document: Document, annotation_set: AnnotationSet, user: User) -> list[str]:
    """Return the addresses of a page of each kind."""
    event = Event.objects.latest("id")
    resources: list[Any] = [
        document,
        annotation_set,
        annotation_set.annotations.first(),
        document.project,
        document.project.labels.first(),
        document.project.memberships.first(),
        user,
    ]
    lists = [address_of(one, "change").rpartition(f"{one.pk}")[0] for one in resources]
    adding = [f"{listing}add/" for listing in lists[3:]]
    return [
        "/admin/",
        *lists,
        *adding,
        *(page_of_resource(one) for one in resources),
        "/admin/users/event/",
        f"/admin/users/event/{event.pk}/change/",
        f"/admin/users/user/{user.pk}/password/",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_quiet_and_fits_a_window_at_double_size(
    open_page: Open, document: Document, submitted: AnnotationSet, scheme: str
) -> None:
    boss = UserFactory.create(is_staff=True, is_superuser=True)
    MembershipFactory.create(project=document.project, user=boss, role=Role.MANAGER)
    window = open_page(boss, color_scheme=scheme, viewport={"width": 640, "height": 400})
    for address in all_pages(document, submitted, boss):
        response = window.goto(address)
        assert response
        assert (address, response.status) == (address, 200)
        expect(window.locator("h1").first).to_be_visible()
        too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert (address, window.evaluate(too_wide)) == (address, 0)


def test_staff_sign_in_and_out(open_page: Open, curator: User) -> None:
    window = open_page()
    window.goto("/admin/")
    window.get_by_label("Email").fill(curator.email)
    window.get_by_label("Password").fill(PASSWORD)
    window.get_by_role("button", name="Log in").click()
    expect(window.get_by_role("heading", name="Curation")).to_be_visible()
    window.get_by_role("button", name="Log out").click()
    expect(window.get_by_text("Logged out")).to_be_visible()


def test_a_curator_reviews_one_set_after_the_other(
    open_page: Open, project: Project, curator: User, submitted: AnnotationSet
) -> None:
    other = a_set(DocumentFactory.create(project=project, title="Second letter", text=TEXT), "Zoë")
    window = open_page(curator)
    window.goto("/admin/")
    window.get_by_role("link", name="2 sets to review").click()
    expect(window.get_by_role("heading", name="First letter")).to_be_visible()
    window.get_by_role("button", name="Approve, next").click()
    expect(window.get_by_text("First letter by Kim: approved.")).to_be_visible()
    expect(window.get_by_role("heading", name="Second letter")).to_be_visible()
    window.get_by_text("Return…").click()
    window.get_by_label("What is the author to do?").fill("Mark the places, too.")
    window.get_by_role("button", name="Return", exact=True).click()
    expect(window.get_by_text("Second letter by Zoë: returned to its author.")).to_be_visible()
    expect(window.get_by_text("Mark the places, too.")).to_be_visible()
    assert (state_of(submitted), state_of(other)) == (State.APPROVED, State.RETURNED)


def test_the_browser_shows_the_text_character_for_character(
    open_page: Open, curator: User, document: Document, submitted: AnnotationSet
) -> None:
    window = open_page(curator)
    window.goto(page_of_resource(document))
    assert window.evaluate("document.getElementById('text').textContent") == TEXT


def test_the_pointer_tells_who_said_what(
    open_page: Open, curator: User, document: Document, submitted: AnnotationSet
) -> None:
    a_set(document, "Zoë")
    window = open_page(curator)
    window.goto(page_of_resource(document))
    about = window.get_by_role("tooltip")
    expect(about).to_be_hidden()
    window.locator("mark", has_text="Lovelace").last.hover()
    expect(about).to_contain_text("surname Lovelace Kim · submitted says Kim")
    expect(about).to_contain_text("person Ada Lovelace Zoë · submitted says Zoë")
    expect(about.locator("> div")).to_have_count(4)
    window.keyboard.press("Escape")
    expect(about).to_be_hidden()


def test_the_keyboard_alone_tells_who_said_what(
    open_page: Open, curator: User, document: Document, submitted: AnnotationSet
) -> None:
    window = open_page(curator)
    window.goto(page_of_resource(document))
    about = window.get_by_role("tooltip")
    window.locator("#text").focus()
    window.keyboard.press("ArrowRight")
    expect(window.locator("#s0")).to_be_focused()
    expect(about).to_have_text("person Ada Lovelace Kim · submitted says Kim")
    window.keyboard.press("j")
    expect(window.locator("#s1")).to_be_focused()
    expect(about).to_contain_text("surname Lovelace")
    window.keyboard.press("ArrowRight")
    expect(window.locator("#s1")).to_be_focused()
    window.keyboard.press("k")
    expect(window.locator("#s0")).to_be_focused()
    window.keyboard.press("Escape")
    expect(about).to_be_hidden()


def test_the_list_leads_to_the_words(
    open_page: Open, curator: User, document: Document, submitted: AnnotationSet
) -> None:
    window = open_page(curator)
    window.goto(page_of_resource(document))
    window.locator(".said a", has_text="surname").click()
    expect(window.locator("#s1")).to_be_focused()
    window.locator("#a0").hover()
    expect(window.locator("#s0")).to_have_class("k0 n1 first on")


def test_the_page_works_without_scripts(
    open_page: Open, curator: User, document: Document, submitted: AnnotationSet
) -> None:
    window = open_page(curator, java_script_enabled=False)
    window.goto(page_of_resource(document))
    window.get_by_role("link", name="Kim").click()
    window.locator(".said a", has_text="surname").click()
    assert window.url.endswith(f"?set={submitted.pk}#s1")
    window.get_by_role("button", name="Approve", exact=True).click()
    expect(window.get_by_text("First letter by Kim: approved.")).to_be_visible()
    assert state_of(submitted) == State.APPROVED


def test_a_second_curators_decision_is_not_overwritten(
    open_page: Open, curator: User, document: Document, submitted: AnnotationSet
) -> None:
    first, second = open_page(curator), open_page(curator)
    for window in (first, second):
        window.goto(page_of_resource(document))
    first.get_by_role("button", name="Approve", exact=True).click()
    expect(first.get_by_text("First letter by Kim: approved.")).to_be_visible()
    second.get_by_role("button", name="Approve", exact=True).click()
    expect(second.get_by_text("It changed after this page was loaded")).to_be_visible()


def test_documents_are_chosen_and_deleted_together(
    open_page: Open, project: Project, document: Document
) -> None:
    manager = UserFactory.create(is_staff=True)
    MembershipFactory.create(project=project, user=manager, role=Role.MANAGER)
    DocumentFactory.create_batch(2, project=project)
    window = open_page(manager)
    window.goto("/admin/documents/document/")
    window.get_by_label("Select all objects on this page for an action").check()
    window.get_by_label("Action:").select_option("Delete…")
    window.get_by_role("button", name="Go").click()
    window.get_by_role("button", name="Delete: 3").click()
    expect(window.get_by_text("3 documents: deleted")).to_be_visible()
    assert not Document.objects.live().exists()
