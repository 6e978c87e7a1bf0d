"""Documents found and counted by the annotations that somebody sees on them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from annotations.models import Anchoring, Label, State
from documents.models import Document, Project
from tests.client import Client
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    LabelFactory,
    UserFactory,
)
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def documents(project: Project) -> dict[str, Document]:
    """Return three documents by title."""
    return {
        title: DocumentFactory.create(project=project, title=title, text=f"Ada {title}.")
        for title in "abc"
    }


def say(document: Document, author: User, label: Label, state: str = "draft", **fields: Any) -> Any:
    """Make a set of an author with one annotation."""
    annotation_set = AnnotationSetFactory.create(
        document=document,
        author=author,
        state=state,
        reason="Look again." if state == State.RETURNED else "",
    )
    return AnnotationFactory.create(annotation_set=annotation_set, label=label, **fields)


def find(client: Client, project: Project, **query: Any) -> str:
    """Return the titles of what a client finds, joined."""
    response = client.get(f"/projects/{project.pk}/documents?{urlencode(query, doseq=True)}")
    assert response.status_code == 200, response.content
    return "".join(document["title"] for document in response.json()["results"])


def count(client: Client, project: Project, by: str, **query: Any) -> dict[str, int]:
    """Return what a client counts, by value."""
    asked = urlencode({"by": by, **query})
    response = client.get(f"/projects/{project.pk}/documents/facets?{asked}")
    assert response.status_code == 200, response.content
    [facet] = response.json()["facets"]
    return {value["value"]: value["count"] for value in facet["values"]}


def test_states_authors_and_labels(
    project: Project, documents: dict[str, Document], curator: Client
) -> None:
    person, place = (LabelFactory.create(project=project, name=name) for name in ("P", "L"))
    eve, bob = UserFactory.create(), UserFactory.create()
    say(documents["a"], eve, person, "draft")
    say(documents["a"], bob, place, "approved")
    say(documents["b"], bob, person, "returned")
    assert find(curator, project, annotation_state="draft") == "a"
    assert find(curator, project, annotation_state=["draft", "returned"]) == "ab"
    assert find(curator, project, annotation_state="none") == "c"
    assert find(curator, project, annotation_state=["none", "returned"]) == "bc"
    assert find(curator, project, annotated_by=bob.pk) == "ab"
    assert find(curator, project, annotated_by=[eve.pk, UserFactory.create().pk]) == "a"
    assert find(curator, project, label=person.pk) == "ab"
    assert find(curator, project, label=[person.pk, place.pk]) == "a"
    assert find(curator, project, without_label=place.pk) == "bc"
    assert find(curator, project, without_label=[person.pk, place.pk]) == "c"
    states = count(curator, project, "annotation_state")
    assert states == {"approved": 1, "draft": 1, "none": 1, "returned": 1}
    assert list(states) == sorted(states)
    assert count(curator, project, "label") == {str(person.pk): 2, str(place.pk): 1}
    assert count(curator, project, "label", search="b") == {str(person.pk): 1}
    path = f"/projects/{project.pk}/documents/facets?by=label,annotation_state&limit=1"
    labels, cut = curator.get(path).json()["facets"]
    assert labels["values"] == [{"value": str(person.pk), "count": 2, "name": "P"}]
    assert labels["is_cut"]
    assert cut["is_cut"]


def test_what_is_deleted_or_lost_is_not_there(
    project: Project, documents: dict[str, Document], curator: Client
) -> None:
    label = LabelFactory.create(project=project)
    author = UserFactory.create()
    say(documents["a"], author, label, deleted_at=timezone.now())
    say(documents["b"], author, label, anchoring=Anchoring.LOST)
    assert find(curator, project, label=label.pk) == ""
    assert find(curator, project, without_label=label.pk) == "abc"
    assert count(curator, project, "label") == {}


def test_nobody_learns_of_blind_work_by_filtering(
    project: Project, documents: dict[str, Document], annotator: Client, curator: Client
) -> None:
    assert project.is_blind
    label, other = LabelFactory.create(project=project), UserFactory.create()
    say(documents["a"], other, label, "submitted")
    say(documents["b"], other, label, "approved")
    say(documents["c"], annotator.person, label, "draft")
    assert find(annotator, project, annotation_state="submitted") == ""
    assert find(annotator, project, annotation_state="none") == "a"
    assert find(annotator, project, annotated_by=other.pk) == "b"
    assert find(annotator, project, label=label.pk) == "bc"
    assert find(annotator, project, without_label=label.pk) == "a"
    assert count(annotator, project, "label") == {str(label.pk): 2}
    assert count(annotator, project, "annotation_state") == {"approved": 1, "draft": 1, "none": 1}
    assert find(curator, project, label=label.pk) == "abc"


def test_saved_filters_may_ask_for_annotations(
    project: Project, documents: dict[str, Document], viewer: Client
) -> None:
    content = {"name": "to do", "query": {"annotation_state": ["none"]}}
    response = viewer.post(f"/projects/{project.pk}/saved-filters", content)
    assert response.status_code == 201, response.content
    assert find(viewer, project, filter=response.json()["id"]) == "abc"


@pytest.mark.parametrize("query", ["label=x", "annotation_state=lost", "annotated_by=me"])
def test_what_is_not_understood_is_refused(project: Project, viewer: Client, query: str) -> None:
    response = viewer.get(f"/projects/{project.pk}/documents?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query")
