"""Labels lie below each other, have attributes, join others, and tell what uses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Annotation, Kind, Label
from documents.models import Project
from tests.annotations.relabelling import relate
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import LabelFactory

Do = Callable[..., Any]
SCHEMA = {"type": "object", "properties": {"gender": {"enum": ["feminine", "masculine"]}}}


@pytest.fixture
def make(project: Project, manager: Client) -> Do:
    """Return a function that makes a label over HTTP and returns the answer."""

    def send(name: str, kind: str = "span", **members: Any) -> Any:
        content = {"kind": kind, "name": name} | members
        return manager.post(f"/projects/{project.pk}/labels", content)

    return send


def refusal(answer: Any) -> tuple[str, str]:
    assert answer.status_code == 422, answer.content
    [error] = answer.json()["errors"]
    assert error["detail"]
    return error["pointer"], error["code"]


@pytest.mark.parametrize("kind", Kind.values)
def test_a_label_of_each_kind_has_attributes(make: Do, kind: str) -> None:
    made = make("person", kind, attribute_schema=SCHEMA).json()
    assert (made["kind"], made["attribute_schema"]) == (kind, SCHEMA)


@pytest.mark.parametrize(
    ("schema", "pointer", "code"),
    [
        ([], "/attribute_schema", "not_an_object"),
        ({"type": "array"}, "/attribute_schema/type", "not_an_object"),
        (
            {"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}},
            "/attribute_schema/properties/a/pattern",
            "unsafe_pattern",
        ),
    ],
)
def test_what_is_no_schema_is_refused(
    make: Do, manager: Client, label: Label, schema: Any, pointer: str, code: str
) -> None:
    assert refusal(make("person", attribute_schema=schema)) == (pointer, code)
    content = {"attribute_schema": schema}
    answer = manager.patch(f"/labels/{label.pk}", content, if_match="1")
    assert refusal(answer) == (pointer, code)


def test_a_schema_is_changed_and_taken_away(manager: Client, label: Label) -> None:
    path = f"/labels/{label.pk}"
    shown = manager.patch(path, {"attribute_schema": SCHEMA}, if_match="1").json()
    assert shown["attribute_schema"] == SCHEMA
    assert changed(last_event(label.pk))["attribute_schema"] == (None, SCHEMA)
    shown = manager.patch(path, {"attribute_schema": None}, if_match="2").json()
    assert shown["attribute_schema"] is None


def test_a_label_lies_below_another(
    project: Project, viewer: Client, manager: Client, make: Do, label: Label
) -> None:
    made = make("scientist", parent=label.pk).json()
    assert made["parent_id"] == str(label.pk)
    path = f"/projects/{project.pk}/labels"

    def names(query: str) -> list[str]:
        return [row["name"] for row in viewer.get(f"{path}?{query}").json()["results"]]

    assert names(f"parent={label.pk}") == ["scientist"]
    assert (names("top=true"), names("top=false")) == (["person"], ["scientist"])
    shown = manager.patch(f"/labels/{made['id']}", {"parent": None}, if_match="1").json()
    assert (shown["parent_id"], shown["version"]) == (None, 2)


def test_a_parent_is_a_live_label_of_the_project_and_kind(
    project: Project, manager: Client, make: Do, label: Label, topic: Label
) -> None:
    foreign = LabelFactory.create()
    assert refusal(make("x", parent=foreign.pk)) == ("/parent", "unknown_label")
    assert refusal(make("x", parent=topic.pk)) == ("/parent", "another_kind")
    manager.delete(f"/labels/{label.pk}", if_match="1")
    assert refusal(make("x", parent=label.pk)) == ("/parent", "archived_label")
    assert not Label.objects.filter(name="x").exists()


def test_no_way_up_leads_back_or_is_too_long(
    project: Project, manager: Client, make: Do, label: Label
) -> None:
    way = [str(label.pk)]
    for level in range(7):
        way.append(make(f"level {level}", parent=way[-1]).json()["id"])
    assert refusal(make("too deep", parent=way[-1])) == ("/parent", "too_deep")
    for end in (0, 3, 7):
        answer = manager.patch(f"/labels/{label.pk}", {"parent": way[end]}, if_match="1")
        assert refusal(answer) == ("/parent", "circular")
    top = make("top").json()
    answer = manager.patch(f"/labels/{label.pk}", {"parent": top["id"]}, if_match="1")
    assert refusal(answer) == ("/parent", "too_deep")


def test_the_way_up_of_others_does_not_matter(
    project: Project, manager: Client, label: Label
) -> None:
    """Two labels that lie below each other, which only the database's owner can make, stay so."""
    one, other = LabelFactory.create_batch(2, project=project)
    Label.objects.filter(pk=one.pk).update(parent=other)
    Label.objects.filter(pk=other.pk).update(parent=one)
    answer = manager.patch(f"/labels/{label.pk}", {"parent": one.pk}, if_match="1")
    assert refusal(answer) == ("/parent", "too_deep")


def test_a_relation_joins_labels(make: Do, label: Label, topic: Label) -> None:
    joins = [
        {"source": str(label.pk), "target": str(topic.pk)},
        {"source": str(label.pk), "target": str(label.pk)},
    ]
    made = make("is about", "relation", joins=joins).json()
    assert made["joins"] == joins
    assert Label.objects.get(pk=made["id"]).joins[0] == [str(label.pk), str(topic.pk)]


def test_what_cannot_be_joined_is_told(
    project: Project, manager: Client, make: Do, label: Label
) -> None:
    own, relation = str(label.pk), str(make("knows", "relation").json()["id"])
    foreign = str(LabelFactory.create().pk)
    good = {"source": own, "target": own}
    for joins, pointer, code in (
        ([good, {"source": own, "target": foreign}], "/joins/1/target", "unknown_label"),
        ([{"source": relation, "target": own}], "/joins/0/source", "another_kind"),
        ([good, good], "/joins/1", "given_twice"),
        ([{"source": own}], "/joins/0/target", "required"),
        ([{"source": "x", "target": own}], "/joins/0/source", "invalid"),
        ([good | {"kind": "x"}], "/joins/0/kind", "unknown"),
    ):
        assert refusal(make("likes", "relation", joins=joins)) == (pointer, code)
        answer = manager.patch(f"/labels/{relation}", {"joins": joins}, if_match="1")
        assert refusal(answer) == (pointer, code)
    assert refusal(make("x", joins=[good])) == ("/joins", "not_a_relation")


def test_what_uses_a_label_is_told_before_it_is_archived(
    project: Project, manager: Client, curator: Client, annotator: Client, label: Label, said: Do
) -> None:
    one, gone = said(annotator), said(annotator, start=4, end=12)
    said(curator, start=22, end=27)
    annotator.delete(f"/annotations/{gone['id']}", if_match="1")
    child = LabelFactory.create(project=project, parent=label)
    joins = [[str(label.pk), str(child.pk)]]
    LabelFactory.create(project=project, kind=Kind.RELATION, joins=joins)
    LabelFactory.create(project=project, kind=Kind.RELATION)
    path = f"/labels/{label.pk}"
    usage = curator.get(f"{path}/usage").json()
    assert usage == {
        "annotations": 2,
        "relations": 0,
        "deleted": 1,
        "sets": 2,
        "documents": 1,
        "by_state": {"draft": 2, "submitted": 0, "approved": 0, "returned": 0},
        "children": 1,
        "joining": 1,
    }
    for query in ("", "?confirm=false"):
        refused = manager.delete(path + query, if_match="1")
        assert (refused.status_code, refused.json()["code"]) == (409, "label_in_use")
        assert refused.json()["usage"] == usage
    assert log_of(label.pk) == []
    assert manager.delete(f"{path}?confirm=true", if_match="1").status_code == 204
    assert Label.objects.get(pk=child.pk).parent_id == label.pk
    assert Annotation.objects.filter(label=label).count() == 3
    assert annotator.get(f"/annotations/{one['id']}").json()["label_id"] == str(label.pk)
    assert curator.get(f"{path}/usage").json() == usage


def test_relations_use_their_label(
    project: Project, manager: Client, annotator: Client, said: Do
) -> None:
    relation = LabelFactory.create(project=project, kind=Kind.RELATION)
    source = Annotation.objects.get(pk=said(annotator)["id"])
    relate(source, said(annotator, start=4, end=12), project, label=relation)
    path = f"/labels/{relation.pk}"
    usage = manager.get(f"{path}/usage").json()
    assert (usage["annotations"], usage["relations"], usage["sets"]) == (0, 1, 1)
    assert manager.delete(path, if_match="1").status_code == 409


def test_what_was_deleted_does_not_use_its_label(
    manager: Client, annotator: Client, label: Label, said: Do
) -> None:
    gone = said(annotator)
    annotator.delete(f"/annotations/{gone['id']}", if_match="1")
    assert manager.delete(f"/labels/{label.pk}", if_match="1").status_code == 204


def test_an_archived_label_stays_the_parent_and_joined(
    project: Project, manager: Client, label: Label
) -> None:
    child = LabelFactory.create(project=project, parent=label)
    joins = [[str(label.pk), str(child.pk)]]
    relation = LabelFactory.create(project=project, kind=Kind.RELATION, joins=joins)
    assert manager.delete(f"/labels/{label.pk}", if_match="1").status_code == 204
    shown = manager.patch(f"/labels/{child.pk}", {"name": "kid"}, if_match="1").json()
    assert shown["parent_id"] == str(label.pk)
    again = {"joins": [{"source": str(label.pk), "target": str(child.pk)}]}
    answer = manager.patch(f"/labels/{relation.pk}", again, if_match="1")
    assert (answer.status_code, answer.json()["joins"]) == (200, again["joins"])
    assert manager.delete(f"/labels/{label.pk}", if_match="2").status_code == 204
    assert manager.post(f"/labels/{label.pk}/restore").json()["version"] == 4


def test_only_curators_and_managers_read_what_uses_a_label(
    label: Label, annotator: Client, viewer: Client, stranger: Client
) -> None:
    path = f"/labels/{label.pk}/usage"
    assert annotator.get(path).status_code == viewer.get(path).status_code == 403
    assert stranger.get(path).status_code == 404
