"""Documents of a list tell how much is said of them, as far as who reads may see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from annotations.models import Anchoring, State
from documents.models import Document, Membership, Project
from tests.client import Client
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    LabelFactory,
    UserFactory,
    token_of,
)

READERS = ("viewer", "annotator", "curator", "manager", "superuser")


@pytest.fixture
def document(project: Project) -> Document:
    """Return a document with a draft of three, an approved set of two, and what counts nowhere."""
    made: Document = DocumentFactory.create(project=project)
    label = LabelFactory.create(project=project)
    for state, count in ((State.DRAFT, 3), (State.APPROVED, 2)):
        kept = AnnotationSetFactory.create(document=made, state=state)
        AnnotationFactory.create_batch(count, annotation_set=kept, label=label)
        AnnotationFactory.create(annotation_set=kept, label=label, deleted_at=timezone.now())
        AnnotationFactory.create(annotation_set=kept, label=label, anchoring=Anchoring.LOST)
    return made


def reads(role: str, member: Callable[[str], Client]) -> Client:
    is_member = role != "superuser"
    return member(role) if is_member else Client.of(UserFactory.create(is_superuser=True))


def count_in(reader: Client, document: Document) -> int:
    rows = reader.get(f"/projects/{document.project_id}/documents").json()["results"]
    [counted] = [row["annotation_count"] for row in rows if row["id"] == str(document.pk)]
    return int(counted)


@pytest.mark.parametrize("is_blind", [False, True])
@pytest.mark.parametrize("role", READERS)
def test_counts_what_the_list_of_annotations_has(
    document: Document, member: Callable[[str], Client], role: str, is_blind: bool
) -> None:
    Project.objects.update(is_blind=is_blind)
    DocumentFactory.create(project=document.project)
    reader = reads(role, member)
    listed = reader.get(f"/documents/{document.pk}/annotations").json()["results"]
    came = reader.get(f"/documents/{document.pk}?expand=annotations").json()["annotations"]
    assert came == {"results": listed, "next": None}
    assert count_in(reader, document) == len(listed)
    assert len(listed) == (2 if is_blind and role == "annotator" else 5)


def test_an_annotator_of_a_blind_project_counts_their_own(
    document: Document, annotator: Client
) -> None:
    own = AnnotationSetFactory.create(document=document, author=annotator.person)
    AnnotationFactory.create(annotation_set=own)
    assert count_in(annotator, document) == 3


def test_who_has_another_role_in_another_project_sees_no_more(
    document: Document, annotator: Client
) -> None:
    other = DocumentFactory.create()
    Membership.objects.create(project=other.project, user=annotator.person, role="manager")
    assert count_in(annotator, document) == 2
    assert count_in(annotator, other) == 0


def test_a_count_is_true_after_each_change(project: Project, annotator: Client) -> None:
    document = DocumentFactory.create(project=project)
    label = LabelFactory.create(project=project)
    path = f"/documents/{document.pk}/annotations"
    made = annotator.post(path, {"label": str(label.pk), "start": 0, "end": 3})
    assert count_in(annotator, document) == 1
    annotator.delete(f"/annotations/{made.data['id']}", if_match="1")
    assert count_in(annotator, document) == 0


def test_fields_may_ask_for_the_count_alone(document: Document, curator: Client) -> None:
    path = f"/projects/{document.project_id}/documents?fields=annotation_count"
    assert curator.get(path).json()["results"] == [{"annotation_count": 5}]
    shown = curator.get(f"{path[: -len('annotation_count')]}snippets").json()["results"]
    assert shown == [{}]


def test_a_token_of_one_project_counts_there(document: Document, curator: Client) -> None:
    token = token_of(curator.person, project_id=document.project_id)
    assert count_in(Client.with_token(token), document) == 5
