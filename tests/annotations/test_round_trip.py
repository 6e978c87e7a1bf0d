"""What is exported and imported again is the same, in another project too."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Annotation, AnnotationSet, Kind, Label, Relation
from documents.models import Document, Project, Revision
from tests.annotations.importing import errors_of, imported, preview
from tests.client import Client
from tests.factories import LabelFactory, MembershipFactory, ProjectFactory

Do = Callable[..., Any]
NOT_A_SPAN = {"start": ..., "end": ...}
PARTS = [{"quote": "Ada"}, {"quote": "Turin"}]
BOX = {"page": 0, "left": 10.0, "top": 20.0, "right": 110.0, "bottom": 30.5}
SCHEMA = {"type": "object", "properties": {"sure": {"type": "integer", "maximum": 5}}}


@pytest.fixture
def exported(
    *,
    annotator: Client,
    said: Do,
    document: Document,
    project: Project,
    topic: Label,
    manager: Client,
) -> bytes:
    """Return the export of a document of which all kinds of things were said."""
    rated = LabelFactory.create(project=project, name="rated", attribute_schema=SCHEMA)
    likes = LabelFactory.create(
        project=project, name="likes", kind=Kind.RELATION, attribute_schema=SCHEMA
    )
    span = said(annotator, label=rated.pk, attributes={"sure": 3}, confidence=0.5)
    apart = said(annotator, fragments=PARTS, body="both", **NOT_A_SPAN)
    said(annotator, label=topic.pk, body="an answer", **NOT_A_SPAN)
    content = {"label": likes.pk, "source": span["id"], "target": apart["id"]}
    more = {"attributes": {"sure": 5}, "body": "much", "confidence": 1.0}
    path = f"/documents/{document.pk}/relations"
    assert annotator.post(path, content | more).status_code == 201
    Document.objects.update(external_id="a")
    return _export(manager, project)


def _export(client: Client, project: Project, query: str = "") -> bytes:
    content: bytes = client.get(f"/projects/{project.pk}/export{query}").getvalue()
    return content


def told(content: bytes) -> Any:
    """Return what an export says, without ids, times and who said it."""
    record = json.loads(content)
    [one] = record["annotation_sets"]
    quotes = {each["id"]: each.get("quote") for each in one["annotations"]}
    unlike = {"id", "created_at", "updated_at", "schema_version"}
    said = [
        {name: value for name, value in each.items() if name not in unlike}
        | {"label": each["label"]["name"]}
        for each in one["annotations"] + one["relations"]
    ]
    for each in said:
        each |= {end: quotes[each[end]] for end in ("source", "target") if end in each}
    return record["text"], said


@pytest.fixture
def another(manager: Client) -> Project:
    """Return another project of the manager's."""
    made: Project = ProjectFactory.create()
    MembershipFactory.create(project=made, user=manager.person, role="manager")
    return made


def test_all_of_it_comes_into_another_project(
    manager: Client, exported: bytes, another: Project
) -> None:
    job = imported(manager, another, exported)
    assert (job["state"], job["counts"]["annotations"], job["counts"]["labels"]) == (
        "succeeded",
        3,
        4,
    )
    assert errors_of(manager, job) == []
    assert told(_export(manager, another)) == told(exported)
    assert Relation.objects.get(project=another).annotation_set.kind == "import"
    for known in ("update", "new_revision"):
        again = imported(manager, another, exported, on_known=known)
        assert "annotations" not in again["counts"]
    assert AnnotationSet.objects.filter(project=another).count() == 1


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_was_lost_is_counted_and_told(
    manager: Client, exported: bytes, another: Project, *, dry_run: bool
) -> None:
    record = json.loads(exported)
    [one] = record["annotation_sets"]
    one["lost"] = [one["annotations"].pop(0)]  # one of the ends of the relation
    content = json.dumps(record).encode() + b"\n"
    job = imported(manager, another, content, dry_run=dry_run)
    counts = {name: job["counts"][name] for name in ("created", "annotations", "lost")}
    assert counts == {"created": 1, "annotations": 2, "lost": 2}
    places = ("annotation_sets/0/lost/0", "annotation_sets/0/relations/0")
    assert errors_of(manager, job) == [(1, place, "lost") for place in places]


def test_a_relation_that_is_new_is_taken_of_what_was_said_before(
    manager: Client, exported: bytes, another: Project
) -> None:
    record = json.loads(exported)
    relations = record["annotation_sets"][0].pop("relations")
    imported(manager, another, json.dumps(record).encode() + b"\n")
    record["annotation_sets"][0]["relations"] = relations
    imported(manager, another, json.dumps(record).encode() + b"\n", on_known="update")
    assert Relation.objects.filter(project=another).count() == 1
    twice = exported + exported
    imported(manager, another, twice, on_known="update")
    assert Relation.objects.filter(project=another).count() == 1


def test_a_record_that_comes_twice_is_taken_once(
    manager: Client, exported: bytes, another: Project
) -> None:
    record = json.loads(exported)
    said = record["annotation_sets"][0]["annotations"]
    said.append(said[0] | {"id": "another", "label": {"name": "another"}})
    more = json.dumps(record).encode() + b"\n"
    job = imported(manager, another, exported + exported + more, on_known="update")
    assert (job["counts"]["annotations"], errors_of(manager, job)) == (4, [])
    assert Relation.objects.filter(project=another).count() == 1


def test_what_does_not_fit_the_labels_that_are_there_is_told_and_left_out(
    manager: Client, exported: bytes, another: Project
) -> None:
    person = LabelFactory.create(project=another, name="person")
    narrow = {"properties": {"sure": {"type": "integer", "maximum": 4}}}
    joins = [[str(person.pk), str(person.pk)]]
    LabelFactory.create(project=another, name="likes", kind=Kind.RELATION, joins=joins)
    job = imported(manager, another, exported)
    assert errors_of(manager, job) == [(1, "relations", "not_joined_by_label")]
    Label.objects.filter(project=another, name="likes").update(joins=[], attribute_schema=narrow)
    Label.objects.filter(project=another, name="rated").update(attribute_schema=None)
    record = json.loads(exported) | {"external_id": "b"}
    job = imported(manager, another, json.dumps(record).encode() + b"\n")
    assert errors_of(manager, job) == [(1, "annotations", "unknown_attribute")]
    assert not Relation.objects.filter(project=another).exists()


def test_regions_come_back_where_their_pages_are(
    manager: Client,
    annotator: Client,
    said: Do,
    document: Document,
    project: Project,
    another: Project,
) -> None:
    size = {"width": 595.3, "height": 841.9, "runs": []}
    Revision.objects.update(layout={"pages": [[0, 47]], "geometry": [size]})
    Document.objects.update(external_id="a")
    figure = LabelFactory.create(project=project, name="figure", kind=Kind.REGION)
    boxes = [BOX, BOX | {"left": 0.0}]
    said(annotator, label=figure.pk, boxes=boxes, **NOT_A_SPAN)
    content = _export(manager, project)
    assert json.loads(content)["annotation_sets"][0]["annotations"][0]["boxes"] == boxes
    [shown] = preview(manager, imported(manager, another, content, dry_run="true"))["sample"]
    assert shown["annotations"] == [{"label": "figure", "boxes": boxes}]
    job = imported(manager, project, content, on_known="update")
    assert errors_of(manager, job) == []
    one = Annotation.objects.get(annotation_set__kind="import")
    assert (one.boxes, one.page, one.start) == (boxes, 0, None)
    job = imported(manager, another, content)  # there it is a text without pages
    assert errors_of(manager, job) == [(1, "annotations", "unknown_page")]


def test_a_dry_run_shows_and_writes_nothing(
    manager: Client, exported: bytes, another: Project
) -> None:
    job = imported(manager, another, exported, dry_run="true")
    assert (job["state"], job["counts"]["annotations"]) == ("succeeded", 3)
    assert not Annotation.objects.filter(project=another).exists()


@pytest.mark.parametrize("unit", ["utf16", "utf8"])
def test_fragments_are_exported_in_the_unit_that_is_asked_for(
    manager: Client, annotator: Client, said: Do, project: Project, another: Project, unit: str
) -> None:
    said(annotator, fragments=[{"quote": "Ada"}, {"quote": "Zoë"}], **NOT_A_SPAN)
    content = _export(manager, project, f"?offset_unit={unit}")
    [one] = json.loads(content)["annotation_sets"][0]["annotations"]
    starts = {"utf16": (45, 48), "utf8": (51, 55)}
    last = one["fragments"][1]
    assert (last["start"], last["end"], last["quote"]) == (*starts[unit], "Zoë")
    imported(manager, another, content)
    assert Annotation.objects.get(project=another).fragments == [[0, 3], [43, 46]]


def test_a_model_s_run_is_exported_with_its_set(
    manager: Client, annotator: Client, said: Do, document: Document, project: Project
) -> None:
    run = {"name": "tagger", "model_version": "2", "parameters": {"beam": 4}, "description": "d"}
    pk = annotator.post(f"/projects/{project.pk}/model-runs", run).json()["id"]
    content = {"kind": "model", "model_run": pk}
    opened = annotator.post(f"/documents/{document.pk}/annotation-sets", content).json()
    source = said(annotator, annotation_set=opened["id"])
    gold = manager.post(f"/documents/{document.pk}/annotation-sets", {"kind": "gold"}).json()["id"]
    said(manager, annotation_set=gold, derived_from=source["id"])
    model, gold = json.loads(_export(manager, project))["annotation_sets"]
    assert model["model_run"] == run | {"id": pk}
    assert "model_run" not in gold
    assert gold["annotations"][0]["derived_from"] == source["id"]
