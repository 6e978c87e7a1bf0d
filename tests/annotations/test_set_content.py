"""What a set holds is read in one answer and replaced in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from annotations.models import Annotation, Kind, Label
from documents.models import Document, Project, Revision
from tests.annotations.set_content import (
    actions,
    everything,
    joint,
    kept,
    of,
    read,
    span,
)
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import LabelFactory

Do = Callable[..., Any]


@pytest.fixture
def likes(project: Project) -> Label:
    """Return a label for relations that joins anything."""
    made: Label = LabelFactory.create(project=project, name="likes", kind=Kind.RELATION)
    return made


@pytest.fixture
def mine(annotator: Client, opened: Do) -> str:
    """Return the id of the annotator's own set."""
    return str(opened(annotator)["id"])


def test_a_set_is_read_as_its_parts_are(
    annotator: Client, mine: str, said: Do, likes: Label, topic: Label, document: Document
) -> None:
    whole = said(annotator, label=topic.pk, start=..., end=...)
    later, first = said(annotator, start=4, end=12), said(annotator)
    gone = said(annotator, start=13, end=18)
    annotator.delete(f"/annotations/{gone['id']}", if_match="1")
    way = {"label": likes.pk, "source": later["id"], "target": first["id"]}
    joined = annotator.post(f"/documents/{document.pk}/relations", way).json()
    content, tag = read(annotator, mine)
    assert content == {"annotations": [first, later, whole], "relations": [joined]}
    assert read(annotator, mine) == (content, tag)


def test_an_empty_set_is_read_and_stays_empty(annotator: Client, mine: str) -> None:
    assert kept(annotator, mine, of()) == of()
    assert actions() == []


def test_everything_is_made_changed_and_deleted_in_one_request(
    annotator: Client, mine: str, said: Do, label: Label, likes: Label
) -> None:
    stays, changes, goes = (said(annotator, start=at, end=at + 3) for at in (0, 4, 13))
    new, bare = span(label, 20, 24, body="New."), {"label": str(label.pk), "quote": "Turin"}
    content = of(
        stays, changes | {"body": "Changed."}, new, bare, relations=[joint(likes, new, stays)]
    )
    done = kept(annotator, mine, content)
    assert [(one["start"], one["body"]) for one in done["annotations"]] == [
        (0, ""),
        (4, "Changed."),
        (20, "New."),
        (22, ""),
    ]
    assert done["annotations"][0] == stays
    assert done["annotations"][2]["id"] == new["id"]
    [relation] = done["relations"]
    assert relation["id"] == content["relations"][0]["id"]
    assert (relation["source_id"], relation["target_id"]) == (new["id"], stays["id"])
    assert log_of(changes["id"]) == [
        ("annotation.created", annotator.person.pk),
        ("annotation.updated", annotator.person.pk),
    ]
    assert set(changed(last_event(changes["id"]))) == {"body", "version"}
    assert actions()[3:] == [
        "annotation.deleted",
        "annotation.updated",
        "annotation.created",
        "annotation.created",
        "relation.created",
    ]
    assert Annotation.objects.get(pk=goes["id"]).deleted_at


def test_what_is_read_and_sent_back_changes_nothing(
    annotator: Client, mine: str, said: Do, likes: Label, topic: Label
) -> None:
    parts = [{"start": 0, "end": 3}, {"start": 13, "end": 18}]
    one, two = said(annotator), said(annotator, fragments=parts, start=..., end=...)
    said(annotator, label=topic.pk, start=..., end=..., body="Ω", confidence=1)
    content = of(*read(annotator, mine)[0]["annotations"], relations=[joint(likes, one, two)])
    kept(annotator, mine, content)
    before = everything()
    for unit in ("code_points", "utf16", "utf8"):
        query = f"?offset_unit={unit}"
        content, tag = read(annotator, mine, query)
        assert kept(annotator, mine, content, tag, query) == content
    assert everything() == before


def test_the_same_again_changes_nothing_even_where_no_ids_are_told(
    annotator: Client, mine: str, label: Label, likes: Label, topic: Label
) -> None:
    """Two of a kind are two, and true is not 1."""
    one, two = span(label), span(label, 4, 12)
    bare = [
        {"label": str(label.pk), "start": 0, "end": 3},
        {"label": str(label.pk), "quote": "Ada"},
        {"label": str(topic.pk), "body": "Ω"},
    ]
    way = {"label": str(likes.pk), "source": one["id"], "target": two["id"], "body": "So."}
    first = kept(annotator, mine, of(one, two, *bare, relations=[way]))
    assert len(first["annotations"]) == 5
    before = everything()
    assert kept(annotator, mine, of(one, two, *bare, relations=[way])) == first
    assert everything() == before
    kept(annotator, mine, of(one, two, *bare, relations=[way | {"body": "No."}]))
    assert actions()[-1] == "relation.updated"


def test_only_what_differs_as_json_is_changed(
    project: Project, annotator: Client, mine: str
) -> None:
    properties: dict[str, Any] = {"type": "object"}
    label = LabelFactory.create(project=project, attribute_schema=properties)
    item = span(label, attributes={"a": 1, "b": [True, {"c": 1e20}], "d": -0.0})
    kept(annotator, mine, of(item))
    before = everything()
    kept(annotator, mine, of(item | {"attributes": {"d": 0, "b": [True, {"c": 1e20}], "a": 1.0}}))
    assert everything() == before
    for attributes in ({"a": True}, {"a": 1}, {"a": "1"}, {"a": [1]}, {"a": {"1": 1}}, {}):
        done = kept(annotator, mine, of(item | {"attributes": attributes}))
        assert done["annotations"][0]["attributes"] == attributes
    assert actions() == ["annotation.created", *["annotation.updated"] * 6]


def test_what_was_deleted_comes_back_by_its_id(
    annotator: Client, mine: str, label: Label, likes: Label
) -> None:
    one, two = span(label), span(label, 4, 12)
    full = of(one, two, relations=[joint(likes, one, two)])
    first = kept(annotator, mine, full)
    assert kept(annotator, mine, of(two))["relations"] == []
    back = kept(annotator, mine, full)
    assert back["annotations"][1] == first["annotations"][1]
    now = {"updated_at": back["annotations"][0]["updated_at"], "version": 3}
    assert back["annotations"][0] == first["annotations"][0] | now
    assert actions()[3:] == [
        "annotation.deleted",
        "relation.deleted",
        "annotation.restored",
        "relation.restored",
    ]


def test_relations_that_went_with_an_annotation_come_back_with_it(
    annotator: Client, mine: str, label: Label, likes: Label
) -> None:
    """Both are deleted at one time, as they are by a single request."""
    one, two = span(label), span(label, 4, 12)
    full = kept(annotator, mine, of(one, two, relations=[joint(likes, one, two)]))
    kept(annotator, mine, of(two))
    assert annotator.post(f"/annotations/{one['id']}/restore").status_code == 200
    assert [row["id"] for row in read(annotator, mine)[0]["relations"]] == [
        full["relations"][0]["id"]
    ]


def test_labels_change_places(
    annotator: Client, mine: str, project: Project, topic: Label, label: Label, likes: Label
) -> None:
    """Of what may be there but once, one makes room for the other."""
    other, loves = (LabelFactory.create(project=project, kind=one.kind) for one in (topic, likes))
    one, two = ({"id": str(uuid4()), "label": str(which.pk)} for which in (topic, other))
    ends = span(label), span(label, 4, 12)
    ways = [joint(which, *ends) for which in (likes, loves)]
    kept(annotator, mine, of(one, two, *ends, relations=ways))
    one["label"], two["label"] = two["label"], one["label"]
    ways[0]["label"], ways[1]["label"] = ways[1]["label"], ways[0]["label"]
    done = kept(annotator, mine, of(one, two, *ends, relations=ways))
    assert {row["id"]: row["label_id"] for row in done["annotations"][2:] + done["relations"]} == {
        row["id"]: row["label"] for row in (one, two, *ways)
    }
    assert actions()[6:] == ["annotation.updated"] * 2 + ["relation.updated"] * 2


def test_an_annotation_may_become_of_another_kind(
    annotator: Client, mine: str, label: Label, topic: Label
) -> None:
    item = span(label)
    kept(annotator, mine, of(item))
    whole = {"id": item["id"], "label": str(topic.pk)}
    [done] = kept(annotator, mine, of(whole))["annotations"]
    assert (done["start"], done["quote"], done["label_id"]) == (None, "", str(topic.pk))


def test_parts_of_pages_are_put_and_put_back(
    annotator: Client, mine: str, project: Project
) -> None:
    region = LabelFactory.create(project=project, kind=Kind.REGION)
    Revision.objects.update(layout={"pages": [[0, 47]]})
    box = {"page": 0, "left": 1, "top": 2.5, "right": 3, "bottom": 4}
    item = {"id": str(uuid4()), "label": str(region.pk), "boxes": [box]}
    first = kept(annotator, mine, of(item))
    assert kept(annotator, mine, first) == first
    assert kept(annotator, mine, of(item)) == first
    moved = kept(annotator, mine, of(item | {"boxes": [box | {"left": 0}]}))
    assert moved["annotations"][0]["boxes"][0]["left"] == 0
    assert actions() == ["annotation.created", "annotation.updated"]
