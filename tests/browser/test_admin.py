from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from annotations.models import Anchoring, Annotation, AnnotationSet, State
from documents.ingest import describe_text
from documents.models import Document, Project, Role
from documents.pipeline import add_revision
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
from users.models import Authenticator, Event, LoginSession, User

TEXT = "Ada Lovelace lives in Turin.\r\n👩‍🔬 She likes Zoë.\r\n"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
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
        *(f"/admin/users/{kind}/" for kind in ("securityevent", "accesstoken")),
        "/admin/users/accesstoken/add/",
        "/admin/documents/serviceaccount/",
        "/admin/documents/serviceaccount/add/",
        "/admin/account/",
        "/admin/account/second-factor/",
        "/admin/account/second-factor/recovery-codes/",
        "/admin/account/second-factor/off/",
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
        assert (address, window.evaluate(TOO_WIDE)) == (address, 0)


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


@pytest.fixture
def lost(document: Document, submitted: AnnotationSet) -> Annotation:
    """Return an annotation whose words were in the text before."""
    former = document.revision
    document.revision = add_revision(document, describe_text(TEXT, "text/plain"))
    document.save()
    AnnotationSet.objects.update(revision=document.revision)
    submitted.annotations.update(revision=document.revision)
    made: Annotation = AnnotationFactory.create(
        annotation_set=submitted,
        label=document.project.labels.first(),
        quote="her engine",
        anchoring=Anchoring.LOST,
    )
    Annotation.objects.filter(pk=made.pk).update(revision=former)
    return made


def test_words_are_selected_to_place_what_was_lost(
    open_page: Open, curator: User, document: Document, lost: Annotation
) -> None:
    window = open_page(curator, viewport={"width": 640, "height": 400})
    window.goto(page_of_resource(document))
    window.get_by_role("link", name="Place…").click()
    expect(window.get_by_text("nothing yet")).to_be_visible()
    assert window.evaluate(TOO_WIDE) == 0
    # Behind characters of two UTF-16 units and a carriage return.
    window.evaluate(
        """() => {
          const nodes = document.createTreeWalker(document.getElementById("text"), 4);
          while (!nodes.nextNode().data.includes("She likes"));
          const at = nodes.currentNode.data.indexOf("likes");
          document.getSelection().setBaseAndExtent(
            nodes.currentNode, at, nodes.currentNode, at + "likes Zoë".length);
        }"""
    )
    expect(window.locator("#place-quote")).to_have_text("likes Zoë")
    window.get_by_role("button", name="Place it here").click()
    expect(window.get_by_text("placed.")).to_be_visible()
    placed = Annotation.objects.get(pk=lost.pk)
    assert (placed.quote, placed.anchoring) == ("likes Zoë", Anchoring.PLACED)
    assert TEXT[placed.start or 0 : placed.end] == "likes Zoë"


def test_words_are_found_to_place_what_was_lost_without_scripts(
    open_page: Open, curator: User, document: Document, lost: Annotation
) -> None:
    window = open_page(curator, java_script_enabled=False)
    window.goto(page_of_resource(document))
    window.get_by_role("link", name="Place…").click()
    expect(window.get_by_text("These words are not in the present text.")).to_be_visible()
    expect(window.get_by_text("nothing yet")).to_be_hidden()
    window.get_by_label("Or where these words stand:").fill("she likes")
    window.get_by_role("button", name="Find").click()
    window.get_by_role("button", name="Here", exact=True).click()
    expect(window.get_by_text("placed.")).to_be_visible()
    assert Annotation.objects.get(pk=lost.pk).quote == "She likes"


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


def code_of(window: Page) -> str:
    """Return what an app shows that has read the page's secret."""
    secret = window.locator(".secret").inner_text().replace(" ", "")
    return pyotp.TOTP(secret).now()


def enable_second_factor(window: Page) -> tuple[str, list[str]]:
    """Set an app up by the pages, with the keyboard alone; return the secret and the codes."""
    window.get_by_role("link", name="Set up").press("Enter")
    window.get_by_label("Password").fill(PASSWORD)
    window.keyboard.press("Enter")
    picture = window.get_by_alt_text("QR code of the secret below")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    secret = window.locator(".secret").inner_text().replace(" ", "")
    window.get_by_label("Code").fill(code_of(window))
    window.keyboard.press("Enter")
    expect(window.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    return secret, window.locator(".codes code").all_inner_texts()


def later_code(user: User, secret: str) -> str:
    """Return a code that was not taken yet: the app's next one may be typed early."""
    last = Authenticator.objects.get(user=user).last_step
    return pyotp.TOTP(secret).at((last + 1) * 30)


def send_password(window: Page, user: User) -> None:
    window.goto("/admin/")
    window.get_by_label("Email").fill(user.email)
    window.get_by_label("Password").fill(PASSWORD)
    window.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_staff_set_up_a_second_factor_and_sign_in_with_it(
    open_page: Open, curator: User, scheme: str
) -> None:
    window = open_page(curator, color_scheme=scheme)
    window.goto("/admin/")
    window.get_by_role("link", name="Your account").click()
    secret, codes = enable_second_factor(window)
    assert len(codes) == 10
    window.get_by_role("link", name="I have them").click()
    expect(window.get_by_text("Recovery codes left: 10.")).to_be_visible()
    for given in (later_code(curator, secret), codes[0]):
        window.get_by_role("button", name="Log out").click()
        send_password(window, curator)
        expect(window.get_by_label("Code")).to_be_focused()
        window.keyboard.type(given)
        window.keyboard.press("Enter")
        expect(window.get_by_role("heading", name="Curation")).to_be_visible()
    window.goto("/admin/account/")
    expect(window.get_by_text("Recovery codes left: 9.")).to_be_visible()


def test_staff_who_must_have_a_second_factor_are_led_to_it(
    open_page: Open, curator: User, settings: Settings
) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    window = open_page()
    send_password(window, curator)
    expect(window.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    window.goto("/admin/documents/document/")
    expect(window.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    window.get_by_label("Password").fill(PASSWORD)
    window.keyboard.press("Enter")
    window.get_by_label("Code").fill(code_of(window))
    window.keyboard.press("Enter")
    window.get_by_role("link", name="I have them").click()
    expect(window.get_by_role("heading", name="Your account")).to_be_visible()


def test_who_did_nothing_for_long_signs_in_and_comes_back(
    open_page: Open, curator: User, document: Document
) -> None:
    window = open_page(curator)
    window.goto(page_of_resource(document))
    long_ago = timezone.now() - timedelta(minutes=31)
    LoginSession.objects.filter(user=curator).update(seen_at=long_ago)
    window.reload()
    expect(window.get_by_text("Nothing was done for 30 minutes")).to_be_visible()
    window.get_by_label("Email").fill(curator.email)
    window.get_by_label("Password").fill(PASSWORD)
    window.keyboard.press("Enter")
    expect(window.get_by_role("heading", name="First letter")).to_be_visible()


def test_a_dangerous_step_asks_who_is_there_and_goes_on(
    open_page: Open, project: Project, document: Document
) -> None:
    manager = UserFactory.create(is_staff=True)
    MembershipFactory.create(project=project, user=manager, role=Role.MANAGER)
    window = open_page(manager)
    long_ago = timezone.now() - timedelta(minutes=11)
    LoginSession.objects.filter(user=manager).update(authenticated_at=long_ago)
    window.goto(page_of_resource(document))
    window.get_by_role("button", name="Delete").click()
    expect(window.get_by_role("heading", name="Is it you?")).to_be_visible()
    expect(window.get_by_label("Password")).to_be_focused()
    window.keyboard.type("wrong")
    window.keyboard.press("Enter")
    expect(window.get_by_text("The current password is another one.")).to_be_visible()
    window.get_by_label("Password").fill(PASSWORD)
    window.keyboard.press("Enter")
    expect(window.get_by_text("First letter: deleted")).to_be_visible()
    assert not Document.objects.live().exists()
