"""Who sees which sets and annotations, in blind projects and in open ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from annotations.models import Annotation, AnnotationSet, Label, State
from documents.models import Document, Project
from tests.client import Client
from tests.factories import AnnotationFactory, UserFactory

Do = Callable[..., Any]
ALL = set(State.values)


@pytest.fixture
def sets(document: Document, label: Label) -> dict[str, AnnotationSet]:
    """Return other people's sets on the document, one in each state, with an annotation each."""
    made = {}
    for state in State.values:
        annotation: Annotation = AnnotationFactory.create(
            annotation_set__document=document,
            annotation_set__state=state,
            annotation_set__reason="Look again." if state == "returned" else "",
            label=label,
        )
        made[state] = annotation.annotation_set
    return made


def seen_by(client: Client, sets: dict[str, AnnotationSet], document: Document) -> set[str]:
    """Return the states of the sets that a client sees, the same by every way there is."""
    names = {str(one.pk): state for state, one in sets.items()}
    of_document = client.get(f"/documents/{document.pk}/annotation-sets").json()["results"]
    of_project = client.get(f"/projects/{document.project_id}/annotation-sets").json()["results"]
    annotations = client.get(f"/documents/{document.pk}/annotations").json()["results"]
    export = client.get(f"/projects/{document.project_id}/export").getvalue()
    ways = [
        [row["id"] for row in of_document],
        [row["id"] for row in of_project],
        [row["annotation_set_id"] for row in annotations],
        [pk for pk in names if client.get(f"/annotation-sets/{pk}").status_code == 200],
        [pk for pk in names if pk in export.decode()],
        [
            str(one.pk)
            for one in sets.values()
            if client.get(f"/annotations/{one.annotations.get().pk}").status_code == 200
        ],
    ]
    found = [{names[pk] for pk in way} for way in ways]
    assert all(one == found[0] for one in found), found
    return found[0]


@pytest.mark.parametrize(
    ("role", "is_blind", "states"),
    [
        ("viewer", True, ALL),
        ("annotator", True, {"approved"}),
        ("curator", True, ALL),
        ("manager", True, ALL),
        ("viewer", False, ALL),
        ("annotator", False, ALL),
        ("curator", False, ALL),
        ("manager", False, ALL),
    ],
)
def test_members_see_what_others_said(
    member: Do,
    document: Document,
    sets: dict[str, AnnotationSet],
    role: str,
    is_blind: bool,
    states: set[str],
) -> None:
    Project.objects.update(is_blind=is_blind)
    assert seen_by(member(role), sets, document) == states


def test_everybody_sees_their_own(annotator: Client, document: Document, said: Do) -> None:
    own = AnnotationSet.objects.get(pk=said(annotator)["annotation_set_id"])
    assert seen_by(annotator, {"draft": own}, document) == {"draft"}


def test_superusers_see_all(document: Document, sets: dict[str, AnnotationSet]) -> None:
    assert seen_by(Client.of(UserFactory.create(is_superuser=True)), sets, document) == ALL


def test_what_somebody_said_stays_when_they_leave(
    annotator: Client, curator: Client, document: Document, said: Do
) -> None:
    annotation = said(annotator)
    annotator.person.memberships.all().delete()
    path = f"/annotations/{annotation['id']}"
    assert annotator.get(path).status_code == 404
    assert annotator.patch(path, {"body": "b"}, if_match="1").status_code == 404
    assert curator.get(path).json() == annotation
    own = AnnotationSet.objects.get()
    assert seen_by(curator, {"draft": own}, document) == {"draft"}


def test_strangers_and_members_of_other_projects_see_nothing(
    stranger: Client, document: Document, sets: dict[str, AnnotationSet], label: Label
) -> None:
    for one in sets.values():
        assert stranger.get(f"/annotation-sets/{one.pk}").status_code == 404
        assert stranger.get(f"/annotations/{one.annotations.get().pk}").status_code == 404
    for path in ("annotations", "annotation-sets"):
        assert stranger.get(f"/documents/{document.pk}/{path}").status_code == 404
    assert stranger.get(f"/projects/{document.project_id}/annotation-sets").status_code == 404
    assert stranger.get(f"/projects/{document.project_id}/export").status_code == 404


@pytest.mark.parametrize("model", [Document, Project])
def test_nobody_sees_what_is_on_a_deleted_document_or_in_a_deleted_project(
    curator: Client, sets: dict[str, AnnotationSet], model: Any
) -> None:
    model.objects.update(deleted_at=timezone.now())
    for client in (curator, Client.of(UserFactory.create(is_superuser=True))):
        for one in sets.values():
            assert client.get(f"/annotation-sets/{one.pk}").status_code == 404
            assert client.get(f"/annotations/{one.annotations.get().pk}").status_code == 404


def test_labels_of_a_deleted_project_are_not_seen(curator: Client, label: Label) -> None:
    Project.objects.update(deleted_at=timezone.now())
    for client in (curator, Client.of(UserFactory.create(is_superuser=True))):
        assert client.get(f"/labels/{label.pk}").status_code == 404


def test_another_s_annotation_is_not_changed(
    annotator: Client, document: Document, sets: dict[str, AnnotationSet]
) -> None:
    Project.objects.update(is_blind=False)
    path = f"/annotations/{sets['draft'].annotations.get().pk}"
    for response in (
        annotator.patch(path, {"body": "b"}, if_match="1"),
        annotator.delete(path, if_match="1"),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "not_yours")
    Annotation.objects.update(deleted_at=timezone.now())
    assert annotator.post(f"{path}/restore").status_code == 403


def test_another_s_annotation_is_not_found_in_a_blind_project(
    annotator: Client, document: Document, sets: dict[str, AnnotationSet]
) -> None:
    path = f"/annotations/{sets['draft'].annotations.get().pk}"
    assert annotator.patch(path, {"body": "b"}, if_match="1").status_code == 404
    assert annotator.delete(path, if_match="1").status_code == 404
    assert annotator.post(f"/annotation-sets/{sets['draft'].pk}/submit").status_code == 404
    assert annotator.post(f"/annotation-sets/{sets['submitted'].pk}/approve").status_code == 404
    Annotation.objects.update(deleted_at=timezone.now())
    assert annotator.post(f"{path}/restore").status_code == 404


def test_even_curators_do_not_change_what_others_said(
    curator: Client, sets: dict[str, AnnotationSet]
) -> None:
    path = f"/annotations/{sets['draft'].annotations.get().pk}"
    assert curator.patch(path, {"body": "b"}, if_match="1").status_code == 403


def test_annotations_are_filtered(
    curator: Client, document: Document, sets: dict[str, AnnotationSet], label: Label, said: Do
) -> None:
    own = said(curator, start=4, end=12)

    def ids(query: str) -> list[str]:
        answer = curator.get(f"/documents/{document.pk}/annotations?{query}")
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"]]

    approved = str(sets["approved"].annotations.get().pk)
    assert ids("state=approved") == [approved]
    assert ids(f"annotation_set={sets['approved'].pk}") == [approved]
    assert ids(f"author={curator.person.pk}") == [own["id"]]
    assert len(ids(f"label={label.pk}")) == 5
    assert ids("label=01980000-0000-7000-8000-000000000000") == []
    for query in ("state=open", "label=person", "author=1", "deleted=1", "quote=Ada"):
        path = f"/documents/{document.pk}/annotations?{query}"
        assert curator.get(path).status_code == 400
