"""One document with its text and its annotations, in one answer under one ETag."""

from __future__ import annotations

import pytest

from annotations.models import Annotation
from documents.models import Document, Project, Status
from tests.client import Client
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    LabelFactory,
)


@pytest.fixture
def document(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project)
    AnnotationFactory.create(annotation_set__document=made, start=46, end=49, quote="Zoë")
    return made


def test_the_text_comes_along(document: Document, viewer: Client) -> None:
    alone = viewer.get(f"/documents/{document.pk}")
    with_text = viewer.get(f"/documents/{document.pk}?expand=text")
    assert with_text.json() == alone.json() | {"text": document.revision.text}  # type: ignore[union-attr]


def test_a_document_without_a_text_says_so(document: Document, viewer: Client) -> None:
    Document.objects.update(
        status=Status.FAILED, error_code="broken", error_detail="?", revision=None
    )
    assert viewer.get(f"/documents/{document.pk}?expand=text").json()["text"] is None


def test_offsets_count_what_is_asked_for(document: Document, viewer: Client) -> None:
    listed = viewer.get(f"/documents/{document.pk}/annotations?offset_unit=utf16").json()
    came = viewer.get(f"/documents/{document.pk}?expand=text,annotations&offset_unit=utf16").json()
    assert came["annotations"]["results"] == listed["results"]
    assert came["annotations"]["results"][0]["start"] == 48


def test_the_etag_is_of_all_that_is_shown(document: Document, curator: Client) -> None:
    path = f"/documents/{document.pk}"
    alone, expanded = curator.get(path), curator.get(f"{path}?expand=annotations")
    assert alone["ETag"] == '"1"'
    assert curator.get(f"{path}?expand=annotations")["ETag"] == expanded["ETag"] != alone["ETag"]
    Annotation.objects.update(body="Is it her?")
    assert curator.get(path)["ETag"] == alone["ETag"]
    assert curator.get(f"{path}?expand=annotations")["ETag"] != expanded["ETag"]


def test_an_annotator_who_sees_less_has_another_etag(
    document: Document, curator: Client, annotator: Client
) -> None:
    path = f"/documents/{document.pk}?expand=annotations"
    assert annotator.get(path).json()["annotations"]["results"] == []
    assert annotator.get(path)["ETag"] != curator.get(path)["ETag"]


def test_a_change_takes_the_etag_of_what_was_shown(document: Document, manager: Client) -> None:
    path = f"/documents/{document.pk}"
    tag = manager.get(f"{path}?expand=text,annotations")["ETag"].strip('"')
    assert manager.patch(path, {"title": "Ada"}, if_match=tag).status_code == 200
    assert manager.patch(path, {"title": "Zoë"}, if_match=tag).status_code == 412


@pytest.mark.parametrize("more", ["", "&offset_unit=utf8"])
def test_beyond_500_annotations_there_is_a_way_to_the_rest(
    document: Document, curator: Client, more: str
) -> None:
    kept = AnnotationSetFactory.create(document=document)
    label = LabelFactory.create(project=document.project)
    AnnotationFactory.create(annotation_set=kept, label=label)
    one = Annotation.objects.get(annotation_set=kept)
    Annotation.objects.bulk_create(copy_of(one) for _ in range(500))
    came = curator.get(f"/documents/{document.pk}?expand=annotations{more}").json()["annotations"]
    assert len(came["results"]) == 500
    rest = curator.http.get(came["next"]).json()
    shown = [row["id"] for row in (*came["results"], *rest["results"])]
    assert shown == [
        str(pk) for pk in Annotation.objects.order_by("pk").values_list("pk", flat=True)
    ]


def copy_of(annotation: Annotation) -> Annotation:
    kept = annotation.snapshot()
    del kept["id"]
    return Annotation(**kept)


@pytest.mark.parametrize("asked", ["sets", "text,", "text,%20text"])
def test_what_cannot_be_expanded_is_refused(document: Document, viewer: Client, asked: str) -> None:
    answer = viewer.get(f"/documents/{document.pk}?expand={asked}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "expand"


def test_nobody_else_sees_it(document: Document, stranger: Client, viewer: Client) -> None:
    path = f"/documents/{document.pk}?expand=text,annotations"
    assert stranger.get(path).status_code == 404
    Document.objects.update(deleted_at=document.created_at)
    assert viewer.get(path).status_code == 404
