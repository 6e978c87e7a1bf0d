from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotations.admin import reading
from annotations.models import Annotation, AnnotationSet, Kind, State
from documents.ingest import describe_text
from documents.models import Document, Project, Role
from documents.pipeline import add_revision
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    LabelFactory,
    UserFactory,
)
from tests.staff import Staff, page


@pytest.fixture
def curator(project: Project) -> Staff:
    return Staff.of(project, Role.CURATOR)


def a_set(document: Document, name: str, state: str = State.SUBMITTED) -> AnnotationSet:
    made: AnnotationSet = AnnotationSetFactory.create(
        document=document, author=UserFactory.create(name=name), state=state
    )
    return made


def say(annotation_set: AnnotationSet, label: str, **said: Any) -> Annotation:
    found = annotation_set.project.labels.filter(name=label).first()
    made: Annotation = AnnotationFactory.create(
        annotation_set=annotation_set,
        label=found or LabelFactory.create(project=annotation_set.project, name=label),
        **said,
    )
    return made


def marks(html: str) -> list[str]:
    """Return what the list beside the text says, one line each."""
    listed = html.partition('<ol class="said">')[2].partition("</ol>")[0].split("<li")[1:]
    return [" ".join(unescape(_without_tags(item)).split()) for item in listed]


def _without_tags(html: str) -> str:
    return "".join(piece.partition(">")[2] for piece in html.split("<"))


def test_the_page_shows_who_said_what_of_which_words(curator: Staff, document: Document) -> None:
    say(a_set(document, "Kim"), "person", start=0, end=12, confidence=0.5, body="Countess")
    say(a_set(document, "Zoë", State.DRAFT), "place", start=4, end=12, quote="Lovelace")
    shown = curator.page_of(document)
    assert marks(shown) == [
        "person Ada Kim · submitted · 0.50 Countess",
        "place Lovelace Zoë · draft",
    ]
    assert '<mark id="s1"' in shown
    assert "2 spans" in shown


def test_overlapping_spans_are_nested_the_shorter_innermost(
    curator: Staff, document: Document
) -> None:
    one = a_set(document, "Kim")
    say(one, "person", start=0, end=12, quote="Ada Lovelace")
    say(one, "surname", start=4, end=12, quote="Lovelace")
    shown = curator.page_of(document)
    first = '<mark id="s0" class="k0 n1 first" data-a="0" tabindex="-1" aria-describedby="a0">'
    inner = '<mark id="s1" class="k1 n0 first" data-a="1" tabindex="-1" aria-describedby="a1">'
    assert f'{first}Ada </mark><mark class="k0 n1" data-a="0">{inner}Lovelace</mark>' in shown
    assert "lanes-2" in shown


def test_labels_of_the_whole_document_stand_above_the_text(
    curator: Staff, document: Document
) -> None:
    label = LabelFactory.create(project=document.project, name="science", kind=Kind.DOCUMENT)
    AnnotationFactory.create(
        annotation_set=a_set(document, "Kim"), label=label, start=None, end=None, quote=""
    )
    shown = curator.page_of(document)
    above = shown.partition('<ul class="of-document"')[2].partition("</ul>")[0]
    assert " ".join(_without_tags(above).split()).endswith("science Kim · submitted")
    assert "0 spans" in shown


def test_colours_come_in_a_style_block_with_the_nonce_of_the_answer(
    curator: Staff, document: Document
) -> None:
    label = LabelFactory.create(project=document.project, name="person", color="#205067")
    AnnotationFactory.create(annotation_set=a_set(document, "Kim"), label=label)
    response = curator.get(page(document))
    nonce = str(response.context["csp_nonce"])
    shown = response.content.decode()
    assert f"'nonce-{nonce}'" in response["Content-Security-Policy"]
    assert f'<style nonce="{nonce}">\n.k0 {{ --ink: light-dark(#205067, ' in shown
    assert " style=" not in shown


def test_one_set_is_shown_alone(curator: Staff, document: Document) -> None:
    kim, zoe = a_set(document, "Kim"), a_set(document, "Zoë")
    say(kim, "person")
    say(zoe, "place")
    assert [line.split()[0] for line in marks(curator.page_of(document))] == ["person", "place"]
    alone = curator.page_of(document, f"?set={zoe.pk}")
    assert [line.split()[0] for line in marks(alone)] == ["place"]
    assert f'<a href="?set={zoe.pk}" aria-current="true">Zoë</a>' in alone


def test_a_set_of_another_document_is_missing(curator: Staff, document: Document) -> None:
    foreign = a_set(DocumentFactory.create(project=document.project), "Kim")
    for asked in (foreign.pk, "nonsense", ""):
        assert curator.get(f"{page(document)}?set={asked}").status_code == 404


def test_deleted_annotations_are_not_shown(curator: Staff, document: Document) -> None:
    one = say(a_set(document, "Kim"), "person")
    Annotation.objects.filter(pk=one.pk).update(deleted_at=one.created_at)
    shown = curator.page_of(document)
    assert marks(shown) == []
    assert "<mark" not in shown


def test_annotators_of_a_blind_project_see_their_own_and_what_is_approved(
    project: Project, document: Document
) -> None:
    staff = Staff.of(project, Role.ANNOTATOR)
    own = AnnotationSetFactory.create(document=document, author=staff.user)
    say(own, "own")
    say(a_set(document, "Kim"), "hidden")
    say(a_set(document, "Zoë", State.APPROVED), "approved")
    shown = staff.page_of(document)
    assert sorted(line.split()[0] for line in marks(shown)) == ["approved", "own"]
    assert "Kim" not in shown


def test_a_set_on_an_earlier_text_is_shown_on_that_text(curator: Staff, document: Document) -> None:
    old = a_set(document, "Kim")
    say(old, "person")
    add_revision(document, describe_text("Another text.", "text/plain"))
    document.save()
    present = curator.page_of(document)
    assert "Another text." in present
    assert marks(present) == []
    assert "on revision 1" in present
    earlier = curator.page_of(document, f"?set={old.pk}")
    assert "Lovelace lives in Turin" in earlier
    assert len(marks(earlier)) == 1
    assert "the present text is revision 2" in earlier


def test_who_returned_a_set_and_why_is_shown(curator: Staff, document: Document) -> None:
    one = a_set(document, "Kim")
    curator.step(one, "return", reason="Mark the <b>dates</b> too.")
    shown = curator.page_of(document)
    assert "Mark the &lt;b&gt;dates&lt;/b&gt; too." in shown
    assert curator.user.name in shown


def test_a_document_without_annotations_says_so(curator: Staff, document: Document) -> None:
    assert "Nobody has annotated it yet." in curator.page_of(document)


def test_a_long_text_is_shown_in_parts(
    curator: Staff, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PART", 10)
    document = DocumentFactory.create(project=project, text="one two\nthree four five six\nend")
    one = a_set(document, "Kim")
    say(one, "early", start=0, end=3, quote="one")
    say(one, "late", start=14, end=18, quote="four")
    first = curator.page_of(document, f"?set={one.pk}")
    assert "Part 1 of 4" in first
    assert [line.split()[0] for line in marks(first)] == ["early"]
    assert f'<a href="?set={one.pk}&amp;part=2">later</a>' in first
    assert "earlier</a>" not in first
    second = curator.page_of(document, "?part=2")
    assert [line.split()[0] for line in marks(second)] == ["late"]
    assert "three <mark" in second
    assert '<a href="?part=1">earlier</a>' in second
    last = curator.page_of(document, "?part=99")
    assert "Part 4 of 4" in last
    assert "later</a>" not in last


@pytest.mark.parametrize("part", ["0", "-1", "x", "9" * 5000, "²", ""])
def test_a_part_that_is_none_is_the_nearest(curator: Staff, document: Document, part: str) -> None:
    assert "Ada Lovelace" in curator.page_of(document, f"?part={part}")


def test_more_spans_than_a_page_holds_are_told(
    curator: Staff, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST", 1)
    one = a_set(document, "Kim")
    say(one, "person")
    assert "There are more annotations" not in curator.page_of(document)
    say(one, "place", start=4, end=8, quote="Love")
    shown = curator.page_of(document)
    assert "There are more annotations here than the 1 that are shown." in shown
    assert len(marks(shown)) == 1


def test_the_query_count_of_the_page_does_not_grow(
    curator: Staff, document: Document, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    say(a_set(document, "Kim"), "person")
    with django_assert_num_queries(14):
        curator.page_of(document)
    for number in range(5):
        one = a_set(document, f"Person {number}")
        for start in range(4):
            say(one, f"label {start}", start=start, end=start + 3)
    with django_assert_num_queries(14):
        curator.page_of(document)


def test_the_list_tells_how_many_sets_await_review(curator: Staff, document: Document) -> None:
    for name, state in (("Kim", State.SUBMITTED), ("Zoë", State.SUBMITTED), ("Al", State.DRAFT)):
        a_set(document, name, state)
    listed = curator.list_of("documents_document")
    assert '<td class="field-to_review">2</td>' in listed


def test_a_deleted_document_still_shows_its_text(project: Project, document: Document) -> None:
    manager = Staff.of(project, Role.MANAGER)
    manager.step(document, "delete")
    assert "Lovelace lives in Turin" in manager.page_of(document)
    assert reverse("admin:documents_document_restore", args=[document.pk]) in manager.page_of(
        document
    )
