"""Annotations of a whole project, found and counted by what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.utils import timezone

from annotations.models import Anchoring, Annotation, Kind, SetKind, State
from documents.models import Document, Project, Role
from tests.client import Client
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    LabelFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def say(project: Project) -> Callable[..., Annotation]:
    """Return what says something, in a set of its own unless told."""

    def make(quote: str, **fields: Any) -> Annotation:
        within = {
            name: fields.pop(name) for name in ("document", "kind", "state") if name in fields
        }
        if within.get("state") == State.RETURNED:
            within["reason"] = "Look again."
        if "author" in fields:
            within["author"] = fields.pop("author")
        document = within.pop("document", None) or DocumentFactory.create(project=project)
        annotation_set = AnnotationSetFactory.create(document=document, **within)
        said: Annotation = AnnotationFactory.create(
            annotation_set=annotation_set, quote=quote, **fields
        )
        return said

    return make


def found(client: Client, project: Project, **query: Any) -> str:
    """Return the quotes of what a client finds, joined."""
    path = f"/projects/{project.pk}/annotations?{urlencode(query, doseq=True)}"
    response = client.get(path)
    assert response.status_code == 200, response.content
    return "".join(one["quote"] for one in response.json()["results"])


def counted(client: Client, project: Project, by: str, **query: Any) -> dict[str, int]:
    """Return what a client counts, by value."""
    path = f"/projects/{project.pk}/annotations/counts?{urlencode({'by': by, **query}, doseq=True)}"
    response = client.get(path)
    assert response.status_code == 200, response.content
    [facet] = response.json()["facets"]
    return {value["value"]: value["count"] for value in facet["values"]}


def refused(client: Client, project: Project, query: str, route: str = "") -> str:
    response = client.get(f"/projects/{project.pk}/annotations{route}?{query}")
    assert response.status_code == 400, response.content
    [error] = response.json()["errors"]
    return str(error["parameter"])


Say = Callable[..., Annotation]


def test_all_that_is_said_of_the_project_is_listed(
    project: Project, curator: Client, say: Say
) -> None:
    say("a")
    say("b")
    AnnotationFactory.create(quote="of another project")
    assert found(curator, project) == "ab"
    assert found(curator, project, limit=1) == "a"
    assert found(curator, project, ordering="-created_at") == "ba"


def test_by_label_kind_author_document_and_set(project: Project, curator: Client, say: Say) -> None:
    a, b = say("a"), say("b", kind=SetKind.IMPORT)
    c = say("c", label=LabelFactory.create(project=project, kind=Kind.REGION), start=None, end=None)
    assert found(curator, project, label=[a.label_id, b.label_id]) == "ab"
    assert found(curator, project, kind="region") == "c"
    assert found(curator, project, author=c.author_id) == "c"
    assert found(curator, project, document=[b.document_id, c.document_id]) == "bc"
    assert found(curator, project, annotation_set=a.annotation_set_id) == "a"
    assert found(curator, project, set_kind="import") == "b"
    assert found(curator, project, model_run=uuid4()) == ""
    assert found(curator, project, label=a.label_id, author=b.author_id) == ""


def test_by_state_of_the_set(project: Project, curator: Client, say: Say) -> None:
    for state in State.values:
        say(state[0], state=state)
    assert found(curator, project, state=["submitted", "approved"]) == "sa"


def test_by_words(project: Project, curator: Client, say: Say) -> None:
    say("Ada")
    say("ada b")
    say("100%")
    assert found(curator, project, quote="Ada") == "Ada"
    assert found(curator, project, text="aDa") == "Adaada b"
    assert found(curator, project, text="%") == "100%"
    assert found(curator, project, text=" ") == "ada b"


def test_by_attribute(project: Project, curator: Client, say: Say) -> None:
    say("a", attributes={"role": "head", "rank": 3})
    say("b", attributes={"role": "tail", "rank": 3.0, "is_sure": True})
    say("c", attributes={"role": "3"})
    say("d")
    path = {"attribute.role": "head"}
    assert found(curator, project, **path) == "a"
    assert found(curator, project, **{"attribute.rank": "3"}) == "ab"
    assert found(curator, project, **{"attribute.is_sure": "true"}) == "b"
    assert found(curator, project, **{"attribute.role": "3"}) == "c"
    assert found(curator, project, **{"attribute.role": "[]"}) == ""
    assert found(curator, project, **{"attribute.role": "1e999"}) == ""
    assert counted(curator, project, "attribute.role") == {"3": 1, "head": 1, "tail": 1}
    assert counted(curator, project, "attribute.role", **path) == {"head": 1}
    assert counted(curator, project, "attribute.none") == {}


def test_by_time(project: Project, curator: Client, say: Say) -> None:
    say("a")
    b = say("b")
    when = b.created_at.isoformat()
    assert found(curator, project, created_before=when) == "a"
    assert found(curator, project, created_after=when) == ""
    Annotation.objects.filter(quote="a").update(updated_at=timezone.now())
    assert found(curator, project, updated_after=b.updated_at.isoformat()) == "a"
    assert counted(curator, project, "date") == {f"{b.created_at:%Y-%m-%d}": 2}


def test_deleted_and_lost_ones_come_when_they_are_asked_for(
    project: Project, curator: Client, say: Say
) -> None:
    say("a")
    say("b", deleted_at=timezone.now())
    say("c", anchoring=Anchoring.LOST)
    assert found(curator, project) == "a"
    assert found(curator, project, deleted="true") == "b"
    assert found(curator, project, deleted="false") == "a"
    assert found(curator, project, anchoring=["lost", "written"]) == "ac"
    assert counted(curator, project, "anchoring") == {"written": 1}


def test_offsets_count_what_is_asked_for(project: Project, curator: Client, say: Say) -> None:
    say("Ada", document=DocumentFactory.create(project=project, text="👩‍🔬 Ada"), start=4, end=7)
    path = f"/projects/{project.pk}/annotations?offset_unit=utf16"
    [one] = curator.get(path).json()["results"]
    assert (one["start"], one["end"]) == (6, 9)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("label", [1, 1]),
        ("kind", [2]),
        ("author", [1, 1]),
        ("set_kind", [2]),
        ("state", [2]),
        ("document", [2]),
    ],
)
def test_they_are_counted_by_what_they_are(
    project: Project, curator: Client, say: Say, by: str, expected: list[int]
) -> None:
    document = DocumentFactory.create(project=project)
    say("a", document=document)
    say("b", document=document)
    assert list(counted(curator, project, by).values()) == expected


def test_counts_tell_names_and_whether_there_are_more(
    project: Project, curator: Client, say: Say
) -> None:
    label = LabelFactory.create(project=project, name="person")
    say("a", label=label)
    say("b", label=label)
    say("c")
    path = f"/projects/{project.pk}/annotations/counts?by=label,kind&limit=1"
    by_label, by_kind = curator.get(path).json()["facets"]
    assert by_label == {
        "by": "label",
        "values": [{"value": str(label.pk), "count": 2, "name": "person"}],
        "is_cut": True,
    }
    assert (by_kind["by"], by_kind["is_cut"]) == ("kind", False)


def test_annotators_of_a_blind_project_find_and_count_their_own_and_what_is_approved(
    project: Project, annotator: Client, say: Say
) -> None:
    say("a", author=annotator.person)
    say("b")
    say("c", state=State.APPROVED)
    assert found(annotator, project) == "ac"
    assert counted(annotator, project, "kind") == {"span": 2}


def test_what_is_of_a_deleted_document_is_not_found(
    project: Project, curator: Client, say: Say
) -> None:
    document: Document = say("a").document
    document.deleted_at = timezone.now()
    document.save()
    assert found(curator, project) == ""
    assert counted(curator, project, "kind") == {}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("label=x", "label"),
        ("kind=planet", "kind"),
        ("state=lost", "state"),
        ("deleted=yes", "deleted"),
        ("created_after=soon", "created_after"),
        ("attribute.=1", "attribute."),
        ("attribute.a%00b=1", "?"),
        ("colour=red", "colour"),
        ("quote=a&quote=b", "quote"),
    ],
)
@pytest.mark.parametrize("route", ["", "/counts"])
def test_what_is_not_understood_is_refused(
    project: Project, curator: Client, query: str, parameter: str, route: str
) -> None:
    assert refused(curator, project, query, route) == parameter


@pytest.mark.parametrize(
    "by", ["colour", "attribute.", "", ",", ",".join(["label"] * 11), "label,"]
)
def test_what_is_not_counted_by_is_told(project: Project, curator: Client, by: str) -> None:
    assert refused(curator, project, f"by={by}", "/counts") == "by"


def test_who_is_no_member_finds_no_project(project: Project, stranger: Client) -> None:
    assert stranger.get(f"/projects/{project.pk}/annotations").status_code == 404
    assert stranger.get(f"/projects/{project.pk}/annotations/counts").status_code == 404


def test_every_role_reads(project: Project, member: Callable[[str], Client], say: Say) -> None:
    say("a", state=State.APPROVED)
    assert {found(member(role), project) for role in Role.values} == {"a"}
