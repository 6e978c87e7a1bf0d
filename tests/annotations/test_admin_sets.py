from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotations.models import AnnotationSet, State
from documents.models import Document, Membership, Project, Role
from tests.factories import AnnotationFactory, AnnotationSetFactory, DocumentFactory, UserFactory
from tests.staff import Staff, address_of, page
from users.models import Event

KIND = "annotations_annotationset"
NEXT = reverse(f"admin:{KIND}_next")


@pytest.fixture
def curator(project: Project) -> Staff:
    return Staff.of(project, Role.CURATOR)


@pytest.fixture
def submitted(document: Document) -> AnnotationSet:
    return a_set(document)


def a_set(document: Document, state: str = State.SUBMITTED, name: str = "Kim") -> AnnotationSet:
    made: AnnotationSet = AnnotationSetFactory.create(
        document=document, author=UserFactory.create(name=name), state=state
    )
    return made


def now(annotation_set: AnnotationSet) -> AnnotationSet:
    found: AnnotationSet = AnnotationSet.objects.get(pk=annotation_set.pk)
    return found


def read_at(annotation_set: AnnotationSet) -> str:
    """Return where a set is read and decided on."""
    return f"{page(annotation_set.document)}?set={annotation_set.pk}"


# How a curator approves and returns


@pytest.mark.parametrize("place", [page, read_at])
def test_a_curator_approves_a_set_from_its_page_and_from_its_document(
    curator: Staff, submitted: AnnotationSet, place: Any
) -> None:
    shown = curator.get(place(submitted)).content.decode()
    assert f'action="{address_of(submitted, "approve")}"' in shown
    assert f'name="version" value="{submitted.version}"' in shown
    response = curator.press(submitted, "approve", back=place(submitted))
    assert response.url == place(submitted)
    assert curator.messages_after(response) == [f"{submitted.document} by Kim: approved."]
    assert (now(submitted).state, now(submitted).reviewer) == (State.APPROVED, curator.user)
    event = Event.objects.latest("id")
    assert (event.action, event.actor) == ("set.approved", curator.user)


def test_a_curator_returns_a_set_with_a_reason(curator: Staff, submitted: AnnotationSet) -> None:
    assert "What is the author to do?" in curator.page_of(submitted)
    told = curator.step(submitted, "return", reason="  Mark the dates.  ")
    assert told == [f"{submitted.document} by Kim: returned to its author."]
    assert (now(submitted).state, now(submitted).reason) == (State.RETURNED, "Mark the dates.")
    assert "Mark the dates." in curator.page_of(submitted)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 5001, "\x00"])
def test_a_set_is_not_returned_without_a_proper_reason(
    curator: Staff, submitted: AnnotationSet, reason: str
) -> None:
    [told] = curator.step(submitted, "return", reason=reason)
    assert told.startswith("What is the author to do?")
    assert now(submitted).state == State.SUBMITTED


def test_an_approved_set_can_be_returned_but_not_approved_again(
    curator: Staff, submitted: AnnotationSet
) -> None:
    curator.step(submitted, "approve")
    shown = curator.page_of(submitted)
    assert ("Return…" in shown, ">Approve</button>" in shown) == (True, False)
    told = curator.step(now(submitted), "approve")
    assert told == [
        "The set's state does not allow this step. To approve it must be submitted; it is approved."
    ]
    curator.step(now(submitted), "return", reason="Again.")
    assert now(submitted).state == State.RETURNED


def test_a_stale_decision_changes_nothing_and_says_so(
    curator: Staff, submitted: AnnotationSet
) -> None:
    rival = Staff.of(submitted.project, Role.CURATOR)
    rival.step(submitted, "return", reason="The dates.")
    assert curator.step(submitted, "approve") == [
        "It changed after this page was loaded, so nothing was done. Look again, then decide."
    ]
    assert (now(submitted).state, now(submitted).reviewer) == (State.RETURNED, rival.user)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR])
def test_only_curators_and_above_decide(
    project: Project, submitted: AnnotationSet, role: str
) -> None:
    Project.objects.update(is_blind=False)
    staff = Staff.of(project, role)
    assert "Approve" not in staff.page_of(submitted)
    assert staff.press(submitted, "approve").status_code == 403
    assert staff.press(submitted, "return", reason="No.").status_code == 403
    assert now(submitted).state == State.SUBMITTED


def test_a_set_of_a_foreign_project_is_missing(curator: Staff) -> None:
    foreign = a_set(DocumentFactory.create(title="Elsewhere"))
    assert curator.get(page(foreign)).status_code == 404
    assert curator.get(read_at(foreign)).status_code == 404
    assert curator.press(foreign, "approve").status_code == 404
    assert "Elsewhere" not in curator.list_of(KIND)
    assert now(foreign).state == State.SUBMITTED


def test_a_curator_who_was_removed_decides_no_more(
    curator: Staff, submitted: AnnotationSet
) -> None:
    Membership.objects.filter(user=curator.user).delete()
    assert curator.press(submitted, "approve").status_code == 404
    assert now(submitted).state == State.SUBMITTED


def test_sets_are_approved_many_at_once_after_asking(
    curator: Staff, submitted: AnnotationSet
) -> None:
    draft = a_set(submitted.document, State.DRAFT, name="Zoë")
    asked = curator.choose(KIND, "approve", submitted, draft).content.decode()
    assert f"{submitted.document} by Kim" in asked
    told = curator.confirm(KIND, "approve", submitted, draft)
    assert told[0] == "1 annotation sets: approved."
    assert told[1].startswith(f"{submitted.document} by Zoë: The set's state does not allow")
    assert (now(submitted).state, now(draft).state) == (State.APPROVED, State.DRAFT)


def test_sets_are_returned_one_by_one_for_each_needs_its_reason(
    curator: Staff, submitted: AnnotationSet
) -> None:
    assert "Return…" not in curator.list_of(KIND)


# The next one


def test_the_next_set_is_one_of_the_same_document_then_the_next_by_age(
    curator: Staff, project: Project
) -> None:
    first, second = DocumentFactory.create_batch(2, project=project)
    oldest, elsewhere, sibling = a_set(first), a_set(second), a_set(first)
    assert curator.get(NEXT).url == read_at(oldest)
    assert curator.get(f"{NEXT}?after={oldest.pk}").url == read_at(sibling)
    curator.step(sibling, "approve")
    assert curator.get(f"{NEXT}?after={oldest.pk}").url == read_at(elsewhere)
    assert curator.get(f"{NEXT}?after={elsewhere.pk}").url == read_at(oldest)
    assert curator.get(f"{NEXT}?after=nonsense").url == read_at(oldest)


def test_approving_leads_on_to_the_next_when_asked(curator: Staff, project: Project) -> None:
    one, other = (a_set(document) for document in DocumentFactory.create_batch(2, project=project))
    response = curator.press(one, "approve", onward="yes")
    assert curator.get(response.url).url == read_at(other)


def test_a_refused_decision_leads_back(curator: Staff, submitted: AnnotationSet) -> None:
    stale = now(submitted)
    now(submitted).save_new_version()
    response = curator.press(stale, "approve", onward="yes", back=read_at(submitted))
    assert response.url == read_at(submitted)


def test_when_nothing_waits_the_home_page_says_so(curator: Staff, submitted: AnnotationSet) -> None:
    assert NEXT in curator.page_of(submitted.document)
    curator.step(submitted, "approve")
    response = curator.get(NEXT)
    assert response.url == reverse("admin:index")
    assert curator.messages_after(response) == ["Nothing waits for your review."]
    assert "Next to review" not in curator.page_of(submitted.document)


def test_what_one_may_not_review_does_not_wait(project: Project, document: Document) -> None:
    Project.objects.update(is_blind=False)
    a_set(document)
    viewer = Staff.of(project, Role.VIEWER)
    assert viewer.get(NEXT).url == reverse("admin:index")


def test_the_home_page_counts_what_waits(curator: Staff, submitted: AnnotationSet) -> None:
    a_set(submitted.document, State.DRAFT)
    a_set(DocumentFactory.create())
    home = curator.get(reverse("admin:index")).context["awaiting"]
    [sets] = [waiting for waiting in home if waiting.text == "sets to review"]
    assert (sets.count, sets.url) == ("1", NEXT)


# The list and the page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=submitted", True),
        ("?state=draft", False),
        ("?kind=annotator", True),
        ("?q=kim@", True),
        ("?q=zoe@", False),
    ],
)
def test_sets_are_found(curator: Staff, document: Document, query: str, found: bool) -> None:
    author = UserFactory.create(name="Kim", email="kim@example.org")
    one = AnnotationSetFactory.create(document=document, author=author, state=State.SUBMITTED)
    assert (str(one.pk) in curator.list_of(KIND, query)) is found


def test_sets_are_found_by_their_id_and_their_documents(
    curator: Staff, submitted: AnnotationSet
) -> None:
    other = a_set(DocumentFactory.create(project=submitted.project))
    for text in (submitted.pk, submitted.document_id):
        listed = curator.list_of(KIND, f"?q={text}")
        assert (page(submitted) in listed, page(other) in listed) == (True, False)


def test_the_page_of_a_set_shows_its_text_and_its_annotations_alone(
    curator: Staff, submitted: AnnotationSet
) -> None:
    AnnotationFactory.create(annotation_set=submitted)
    AnnotationFactory.create(annotation_set=a_set(submitted.document, name="Zoë"))
    shown = curator.page_of(submitted)
    assert "Lovelace</mark>" not in shown
    assert shown.count("<mark ") == 1
    assert read_at(submitted) in shown
    assert "by Zoë" not in shown


def test_a_set_is_changed_by_no_form(curator: Staff, submitted: AnnotationSet) -> None:
    assert curator.save(page(submitted), state="approved").status_code == 403
    assert curator.get(reverse(f"admin:{KIND}_add")).status_code == 403
    assert now(submitted).state == State.SUBMITTED


# Single annotations


def test_annotations_are_listed_and_shown(curator: Staff, submitted: AnnotationSet) -> None:
    one = AnnotationFactory.create(annotation_set=submitted, body="The first programmer.")
    whole = AnnotationFactory.create(annotation_set=submitted, start=None, end=None, quote="")
    listed = curator.list_of("annotations_annotation", "?state=submitted")
    assert '<td class="field-short_quote">Ada</td>' in listed
    assert "the whole document" in listed
    shown = curator.page_of(one)
    assert "characters 0 to 3" in shown
    assert "The first programmer." in shown
    assert read_at(submitted) in shown
    assert "the whole document" in curator.page_of(whole)


def test_deleted_annotations_are_in_the_bin(curator: Staff, submitted: AnnotationSet) -> None:
    one = AnnotationFactory.create(annotation_set=submitted)
    one.deleted_at = one.created_at
    one.save()
    assert page(one) not in curator.list_of("annotations_annotation")
    listed = curator.list_of("annotations_annotation", "?deleted=yes")
    assert "badge-deleted" in listed


def test_annotations_are_found(curator: Staff, submitted: AnnotationSet) -> None:
    one = AnnotationFactory.create(annotation_set=submitted)
    begins = one.author.email.partition("@")[0]
    for text in (one.pk, one.label_id, one.document_id, begins):
        assert page(one) in curator.list_of("annotations_annotation", f"?q={text}")
    for query in ("?q=zoe", f"?q={curator.user.pk}", "?state=draft"):
        assert page(one) not in curator.list_of("annotations_annotation", query)


def test_annotations_of_foreign_projects_are_missing(curator: Staff) -> None:
    foreign = AnnotationFactory.create(annotation_set=a_set(DocumentFactory.create()))
    assert curator.get(page(foreign)).status_code == 404
    assert page(foreign) not in curator.list_of("annotations_annotation")


def test_a_region_is_shown_with_its_page(curator: Staff, submitted: AnnotationSet) -> None:
    region = AnnotationFactory.create(
        annotation_set=submitted, start=None, end=None, quote="", page=2, boxes=[{"page": 2}]
    )
    assert "page 3" in curator.page_of(region)
