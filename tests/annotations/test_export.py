"""A project's documents and annotations come out as JSON Lines, in flat memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from annotations.models import Label, State
from documents.models import Document, Project
from tests.client import Client
from tests.factories import AnnotationFactory, DocumentFactory

Do = Callable[..., Any]


def export(client: Client, project: Project, query: str = "") -> list[Any]:
    response = client.get(f"/projects/{project.pk}/export{query}")
    assert response.status_code == 200, response.content
    lines = response.getvalue().decode().split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


def test_a_document_comes_out_with_all_that_is_known(
    project: Project, annotator: Client, curator: Client, label: Label, topic: Label, step: Do
) -> None:
    made = curator.person
    document: Any = DocumentFactory.create(
        project=project,
        actor=made,
        external_id="n-1",
        title="Ada",
        language="en",
        split="train",
        tags=["a"],
        metadata={"page": 1},
    )
    path = f"/documents/{document.pk}/annotations"
    zoe = annotator.post(path, {"label": label.pk, "start": 43, "end": 46}).json()
    ada = annotator.post(path, {"label": label.pk, "start": 0, "end": 3, "body": "b"}).json()
    whole = annotator.post(path, {"label": topic.pk, "confidence": 0.5}).json()
    pk = zoe["annotation_set_id"]
    submitted = step(annotator, "submit", pk).json()
    approved = step(curator, "approve", pk).json()
    person = annotator.person

    def shown(annotation: Any, of: Label, **target: Any) -> dict[str, Any]:
        return {
            "id": annotation["id"],
            "label": {"id": str(of.pk), "name": of.name},
            "kind": of.kind,
            "schema_version": 1,
            "attributes": {},
            "body": annotation["body"],
            "confidence": annotation["confidence"],
            "created_at": annotation["created_at"],
            "updated_at": annotation["updated_at"],
            **target,
        }

    assert export(curator, project) == [
        {
            "id": str(document.pk),
            "external_id": "n-1",
            "title": "Ada",
            "language": "en",
            "split": "train",
            "tags": ["a"],
            "metadata": {"page": 1},
            "media_type": "text/plain",
            "sha256": document.sha256,
            "revision": {
                "id": str(document.revision.pk),
                "number": 1,
                "sha256": document.revision.sha256,
            },
            "offset_unit": "code_points",
            "text": "Ada Lovelace lives in Turin. 👩‍🔬 She likes Zoë.",
            "annotation_sets": [
                {
                    "id": pk,
                    "kind": "annotator",
                    "state": "approved",
                    "author": {"id": str(person.pk), "email": person.email, "name": person.name},
                    "submitted_at": submitted["submitted_at"],
                    "reviewed_at": approved["reviewed_at"],
                    "annotations": [
                        shown(ada, label, start=0, end=3, quote="Ada"),
                        shown(zoe, label, start=43, end=46, quote="Zoë"),
                        shown(whole, topic),
                    ],
                }
            ],
        }
    ]


def test_it_is_a_download_of_lines(project: Project, viewer: Client) -> None:
    response = viewer.get(f"/projects/{project.pk}/export?format=jsonl")
    assert response.streaming
    assert response["Content-Type"] == "application/jsonl"
    assert response["Content-Disposition"] == f'attachment; filename="{project.slug}.jsonl"'
    assert response["Cache-Control"] == "private, no-store"
    assert response.getvalue() == b""


def test_no_text_breaks_a_line(project: Project, viewer: Client) -> None:
    text = 'a\r\nb\u2028c\u0085d "e" \\ \U0010ffff e\u0301'
    DocumentFactory.create(project=project, text=text)
    [record] = export(viewer, project)
    assert record["text"] == text
    response = viewer.get(f"/projects/{project.pk}/export")
    assert response.getvalue().count(b"\n") == 1


def test_metadata_of_any_shape_comes_out(project: Project, viewer: Client) -> None:
    numbers = {"huge": 1e300, "below": -1e300, "deep": [{"n": 1e20}], "int": 2**63 - 1, "f": 0.1}
    DocumentFactory.create(project=project, metadata=numbers | {"none": None, "yes": True})
    [record] = export(viewer, project)
    assert record["metadata"] == numbers | {"none": None, "yes": True}


@pytest.mark.parametrize(
    ("unit", "start", "end"), [("code_points", 43, 46), ("utf16", 45, 48), ("utf8", 51, 55)]
)
def test_offsets_count_the_unit_that_is_asked_for(
    project: Project, annotator: Client, said: Do, unit: str, start: int, end: int
) -> None:
    said(annotator, start=43, end=46)
    [record] = export(annotator, project, f"?offset_unit={unit}")
    [annotation] = record["annotation_sets"][0]["annotations"]
    assert (annotation["start"], annotation["end"], annotation["quote"]) == (start, end, "Zoë")
    assert record["offset_unit"] == unit


@pytest.fixture
def in_each_state(document: Document, label: Label) -> None:
    for state in State.values:
        AnnotationFactory.create(
            annotation_set__document=document,
            annotation_set__state=state,
            annotation_set__reason="r",
            label=label,
        )


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("", State.values),
        ("?state=approved", ["approved"]),
        ("?state=draft", ["draft"]),
        ("?state=submitted&state=approved", ["submitted", "approved"]),
    ],
)
def test_sets_are_filtered_by_their_state(
    project: Project, curator: Client, in_each_state: None, query: str, states: list[str]
) -> None:
    [record] = export(curator, project, query)
    assert [one["state"] for one in record["annotation_sets"]] == states
    assert all(len(one["annotations"]) == 1 for one in record["annotation_sets"])


def test_a_document_without_such_sets_comes_out_bare(
    project: Project, curator: Client, annotator: Client, said: Do
) -> None:
    said(annotator)
    [record] = export(curator, project, "?state=approved")
    assert record["annotation_sets"] == []


@pytest.mark.parametrize("query", ["format=xml", "state=open", "offset_unit=bytes", "limit=1"])
def test_a_query_that_does_not_fit_is_refused(project: Project, viewer: Client, query: str) -> None:
    response = viewer.get(f"/projects/{project.pk}/export?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query")


def test_each_reader_gets_what_they_may_see(
    project: Project, annotator: Client, curator: Client, stranger: Client, said: Do
) -> None:
    own, other = said(annotator), said(curator)

    def ids(client: Client) -> list[str]:
        [record] = export(client, project)
        return [one["id"] for one in record["annotation_sets"]]

    assert ids(annotator) == [own["annotation_set_id"]]
    assert ids(curator) == [own["annotation_set_id"], other["annotation_set_id"]]
    assert stranger.get(f"/projects/{project.pk}/export").status_code == 404


def test_what_is_deleted_or_has_no_text_stays_out(
    project: Project, annotator: Client, document: Document, said: Do
) -> None:
    gone, unread = DocumentFactory.create_batch(2, project=project)
    Document.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    Document.objects.filter(pk=unread.pk).update(status="pending", revision=None)
    DocumentFactory.create()
    deleted, kept = said(annotator), said(annotator, start=4, end=12)
    annotator.delete(f"/annotations/{deleted['id']}", if_match="1")
    [record] = export(annotator, project)
    assert record["id"] == str(document.pk)
    [annotation] = record["annotation_sets"][0]["annotations"]
    assert annotation["id"] == kept["id"]
