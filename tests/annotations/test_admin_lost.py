"""Curators give what was lost a place on the page of its document, or delete it there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from annotations.admin import placing, reading
from annotations.admin.placing import occurrences
from annotations.models import Anchoring, Annotation, AnnotationSet, State
from documents.models import Document, Job, JobState, Project, Revision, Role
from tests.client import Client
from tests.documents.jobs_at_work import work_on
from tests.events import last_event
from tests.factories import DocumentFactory
from tests.staff import Staff, address_of, messages_on, page

Do = Callable[..., Any]
SCIENTIST = {"start": 29, "end": 32}
LIST = "annotations_annotation"
TEXT = "Ada Lovelace lives in Turin. 👩‍🔬 She likes Zoë."


@pytest.fixture
def correct(document: Document, manager: Client) -> Callable[[str], None]:
    """Return a function that gives the document another text, to which annotations are moved."""

    def send(text: str) -> None:
        answer = manager.post(f"/documents/{document.pk}/revisions", {"text": text})
        assert answer.status_code == 201, answer.content
        for job in Job.objects.filter(state=JobState.PENDING):
            work_on(job)

    return send


@pytest.fixture
def lost(annotator: Client, said: Do, correct: Do) -> Annotation:
    """Return what was said of the scientist, who is not in the present text."""
    made = said(annotator, **SCIENTIST)
    correct(TEXT.replace(" 👩‍🔬", ""))
    found: Annotation = Annotation.objects.get(pk=made["id"])
    assert found.anchoring == Anchoring.LOST
    return found


@pytest.fixture
def curator(project: Project) -> Staff:
    return Staff.of(project, Role.CURATOR)


def asked(lost: Annotation, **query: Any) -> str:
    """Return the query of the page on which it is placed."""
    told = {"set": lost.annotation_set_id, "place": lost.pk} | query
    return "?" + "&".join(f"{name}={value}" for name, value in told.items())


def chosen(lost: Annotation, start: int, end: int, **more: Any) -> dict[str, Any]:
    """Return what the page's form sends."""
    shown = Revision.objects.latest("number")
    return {"version": lost.version, "revision": shown.pk, "start": start, "end": end} | more


def put(staff: Staff, lost: Annotation, start: int, end: int, **more: Any) -> list[str]:
    """Place it there; return the messages shown next."""
    sent = chosen(lost, start, end, **more)
    return staff.messages_after(staff.save(address_of(lost, "place"), **sent))


def now(annotation: Annotation) -> Annotation:
    found: Annotation = Annotation.objects.get(pk=annotation.pk)
    return found


# What the page shows


def test_what_was_lost_is_told_with_what_stood_around_it(
    curator: Staff, lost: Annotation, document: Document
) -> None:
    shown = curator.page_of(document)
    assert "lives in Turin. <q>👩‍🔬</q> She likes" in shown
    assert f"{asked(lost).replace('&', '&amp;')}#place" in shown
    assert address_of(lost, "delete") in shown
    assert "place-form" not in shown


def test_a_long_quote_is_told_by_its_beginning(
    curator: Staff, annotator: Client, said: Do, correct: Do, document: Document
) -> None:
    correct(f"{TEXT} {'abc ' * 30}END")
    said(annotator, start=len(TEXT) + 1, end=len(TEXT) + 120)
    correct(TEXT)
    shown = curator.page_of(document)
    assert f"<q>{'abc ' * 19}abc…</q></td>" in shown


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR])
def test_who_is_no_curator_decides_nothing(
    project: Project, lost: Annotation, document: Document, role: str
) -> None:
    AnnotationSet.objects.update(state=State.APPROVED)  # which annotators see of each other
    staff = Staff.of(project, role)
    shown = staff.page_of(document, asked(lost))
    assert "Lost anchors" in shown
    assert ("Place…" in shown, "place-form" in shown) == (False, False)
    assert staff.save(address_of(lost, "place"), **chosen(lost, 0, 3)).status_code == 403
    assert staff.press(lost, "delete").status_code == 403
    assert now(lost).anchoring == Anchoring.LOST


def test_its_words_are_looked_for_in_the_present_text(
    curator: Staff, annotator: Client, said: Do, correct: Do, document: Document
) -> None:
    made = said(annotator, start=22, end=27)
    correct("Ada.\nA wholly other text, of ada\n lovelace.")
    lost = Annotation.objects.get(pk=made["id"])
    assert "not in the present text" in curator.page_of(document, asked(lost))
    shown = curator.page_of(document, asked(lost, find="Ada+Lovelace"))
    assert '<input type="hidden" name="start" value="29">' in shown
    assert "text, of <q>ada\n lovelace</q>." in shown
    assert 'value="Ada Lovelace"' in shown


def test_only_so_many_places_are_shown(
    curator: Staff, lost: Annotation, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    for most, has_more in ((1, True), (2, False)):
        monkeypatch.setattr(placing, "FOUND", most)
        shown = curator.page_of(document, asked(lost, find="n"))
        assert shown.count(">Here<") == min(most, 2)
        assert ("They stand in more places" in shown) is has_more


def test_blanks_are_nowhere() -> None:
    assert list(occurrences("a b", " ")) == []


@pytest.mark.parametrize("other", ["", "x", "00000000-0000-7000-8000-000000000000"])
def test_what_is_not_lost_here_is_not_placed(
    curator: Staff, lost: Annotation, document: Document, other: str
) -> None:
    shown = curator.page_of(document, asked(lost))
    assert ("place-form" in shown, "placing.js" in shown) == (True, True)
    assert "placing.js" not in curator.page_of(document, f"?place={other}")
    elsewhere = DocumentFactory.create(project=document.project)
    assert "placing.js" not in curator.page_of(elsewhere, f"?place={lost.pk}")


def test_other_parts_of_a_long_text_take_the_place_too(
    curator: Staff, lost: Annotation, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PART", 10)
    shown = curator.page_of(document, asked(lost))
    assert f"place={lost.pk}&amp;part=2" in shown


# Placing


def test_a_curator_places_it(curator: Staff, lost: Annotation, document: Document) -> None:
    response = curator.save(address_of(lost, "place"), **chosen(lost, 0, 12))
    assert response.url == f"{page(document)}?set={lost.annotation_set_id}"
    shown = curator.get(response.url)
    assert messages_on(shown) == [f"{lost.label}: 👩‍🔬: placed."]
    assert "Ada Lovelace</mark>" in shown.content.decode()
    placed = now(lost)
    assert (placed.anchoring, placed.quote, placed.start) == (Anchoring.PLACED, "Ada Lovelace", 0)
    assert placed.author == lost.author
    event = last_event(lost.pk)
    assert (event.action, event.actor) == ("annotation.updated", curator.user)


def test_a_decision_on_what_has_changed_meanwhile_is_told(curator: Staff, lost: Annotation) -> None:
    [told] = put(curator, lost, 0, 3, version=lost.version + 1)
    assert "changed after this page was loaded" in told
    assert now(lost).anchoring == Anchoring.LOST


def test_a_place_in_another_text_than_the_present_is_refused(
    curator: Staff, lost: Annotation
) -> None:
    former = Revision.objects.get(number=1)
    [told] = put(curator, lost, 33, 36, revision=former.pk)
    assert "The text between the offsets is" in told
    [told] = put(curator, lost, 0, 3, revision=uuid4())
    assert "The text between the offsets is 'Ada', not ''." in told
    assert now(lost).anchoring == Anchoring.LOST
    [told] = put(curator, lost, 0, 3, revision=former.pk)
    assert told.endswith("placed.")


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [(5, 5, "Expected 0"), (0, 900, "Expected 0"), (-1, 5, "From character"), ("", 5, "required")],
)
def test_a_place_that_is_none_is_refused(
    curator: Staff, lost: Annotation, start: Any, end: int, told: str
) -> None:
    response = curator.save(address_of(lost, "place"), **chosen(lost, start, end))
    assert response.url.endswith(f"{asked(lost)}#place")
    assert told in messages_on(curator.get(response.url.partition("#")[0]))[0]
    assert now(lost).anchoring == Anchoring.LOST


def test_what_has_a_place_is_its_authors(
    curator: Staff, lost: Annotation, annotator: Client, said: Do
) -> None:
    put(curator, lost, 0, 3)
    [told] = put(curator, now(lost), 4, 12)
    assert "Only its author changes a set" in told
    told = curator.step(now(lost), "delete")[0]
    assert "Only its author changes a set" in told


def test_who_only_looks_is_led_to_the_page(curator: Staff, lost: Annotation) -> None:
    response = curator.get(address_of(lost, "place"))
    assert response.url.endswith(f"{asked(lost)}#place")


# Deleting


def test_a_curator_deletes_and_restores_it(
    curator: Staff, lost: Annotation, document: Document
) -> None:
    assert "changed after" in curator.step(lost, "delete", version=9)[0]
    assert curator.step(lost, "delete") == [f"{lost.label}: 👩‍🔬: deleted; it can be restored."]
    assert "Lost anchors" not in curator.page_of(document)
    assert last_event(lost.pk).action == "annotation.deleted"
    deleted = now(lost)
    assert address_of(lost, "restore") in curator.page_of(deleted)
    assert asked(lost).replace("&", "&amp;") not in curator.page_of(deleted)
    assert "restored, without a place." in curator.step(deleted, "restore")[0]
    shown = curator.page_of(now(lost))
    assert (address_of(lost, "delete") in shown, address_of(lost, "restore") in shown) == (
        True,
        False,
    )
    assert asked(lost).replace("&", "&amp;") in shown


def test_many_are_deleted_together_but_for_what_has_a_place(
    curator: Staff, annotator: Client, said: Do, lost: Annotation
) -> None:
    placed = Annotation.objects.get(pk=said(annotator)["id"])
    told = curator.confirm(LIST, "delete", lost, placed)
    assert told[0] == "1 annotations: deleted; it can be restored."
    assert "Only its author changes a set" in told[1]
    assert (now(lost).deleted_at is None, now(placed).deleted_at) == (False, None)


def test_home_tells_curators_how_many_wait(
    curator: Staff, project: Project, lost: Annotation
) -> None:
    def waiting(staff: Staff) -> dict[str, str]:
        home = staff.get(reverse("admin:index")).context["awaiting"]
        return {one.url: one.count for one in home if "anchoring" in one.url}

    url = f"{reverse('admin:annotations_annotation_changelist')}?anchoring=lost"
    assert waiting(curator) == {url: "1"}
    assert waiting(Staff.of(project, Role.VIEWER)) == {url: "0"}
    assert str(lost.pk) in curator.get(url).content.decode()
