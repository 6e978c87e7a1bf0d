"""A merge or a split is taken back from the log, but for what was changed since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from annotations.jobs.relabelling import moving, undoing
from annotations.models import Annotation, Kind, Label, Relation
from documents.models import Job, Project
from tests.annotations.relabelling import errors_of, finished, relate, started, undone
from tests.client import Client
from tests.events import last_event, log_of
from tests.factories import AnnotationFactory, AnnotationSetFactory, DocumentFactory, LabelFactory
from users.models import Event

Do = Callable[..., Any]


@pytest.fixture
def human(project: Project) -> Label:
    made: Label = LabelFactory.create(project=project, name="human")
    return made


@pytest.fixture
def merged(manager: Client, label: Label, human: Label) -> Do:
    """Return a function that merges the label into the other one and returns the ended job."""

    def merge(source: Label = label, into: Label = human) -> Job:
        job = started(manager, source, "merge", into=into.pk)
        assert finished(manager, job)["state"] == "succeeded"
        return Job.objects.get(pk=job.pk)

    return merge


@pytest.fixture
def little_at_once(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Have each turn do two rows."""
    settings.JOB_TURN = settings.JOB_TURN * 0
    for module in (moving, undoing):
        monkeypatch.setattr(module, "AT_ONCE", 2)


def now(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def state_of(*rows: Any) -> list[dict[str, Any]]:
    """Return what rows are but for their versions and times."""
    beside = {"version", "updated_at", "schema_version_id"}
    return [
        {name: value for name, value in now(row).snapshot().items() if name not in beside}
        for row in rows
    ]


def test_everything_is_as_it_was(
    project: Project, manager: Client, annotator: Client, label: Label, human: Label, said: Do
) -> None:
    top = LabelFactory.create(project=project)
    child = LabelFactory.create(project=project, parent=label)
    Label.objects.filter(pk=label.pk).update(parent=top)
    Label.objects.filter(pk=human.pk).update(parent=child)
    joins = [[str(label.pk), str(human.pk)], [str(human.pk), str(human.pk)]]
    lives = LabelFactory.create(project=project, kind=Kind.RELATION, joins=joins)
    pks = [said(annotator)["id"], said(annotator, start=4, end=12)["id"]]
    annotator.delete(f"/annotations/{pks[1]}", if_match="1")
    rows = [label, human, child, lives, top, *Annotation.objects.filter(pk__in=pks)]
    before = state_of(*rows)
    job = started(manager, label, "merge", into=human.pk)
    finished(manager, job)
    assert state_of(*rows) != before
    undo = undone(manager, job)
    assert (undo.state, undo.total, undo.done) == ("succeeded", 2, 2)
    assert undo.counts == {"undone": 2 + 4}
    assert state_of(*rows) == before
    assert log_of(label.pk)[1:] == [("label.restored", manager.person.pk)]
    assert log_of(child.pk)[1:] == [("label.updated", manager.person.pk)]
    assert log_of(pks[0])[2:] == [("annotation.relabelled", manager.person.pk)]
    first, last = Event.objects.filter(target_id=pks[0]).order_by("id")[1:]
    assert last.undoes == first.transaction
    assert last.request_id == f"job:{undo.pk}"
    first, last = Event.objects.filter(target_id=label.pk).order_by("id")
    assert last.undoes == first.transaction


def test_a_job_that_was_undone_says_so_and_is_undone_once(
    manager: Client, label: Label, merged: Do
) -> None:
    job = merged()
    undo = undone(manager, job)
    told = manager.get(f"/jobs/{job.pk}").json()
    assert told["parameters"]["undone_by"] == str(undo.pk)
    assert log_of(job.pk)[-1] == ("job.undone", manager.person.pk)
    for one in (job, undo):
        answer = manager.post(f"/jobs/{one.pk}/undo")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_undoable")


def test_what_was_changed_since_is_left_and_told(
    manager: Client, annotator: Client, label: Label, human: Label, said: Do, merged: Do
) -> None:
    one, other = said(annotator), said(annotator, start=4, end=12)
    job = merged()
    path = f"/annotations/{one['id']}"
    assert annotator.patch(path, {"body": "mine"}, if_match="2").status_code == 200
    undo = undone(manager, job)
    assert undo.counts == {"undone": 2, "left": 1}
    [error] = errors_of(manager, undo)
    assert (error["entry"], error["code"]) == (one["id"], "changed_since")
    assert annotator.get(path).json()["label_id"] == str(human.pk)
    shown = annotator.get(f"/annotations/{other['id']}").json()
    assert shown["label_id"] == str(label.pk)


def test_a_split_is_undone(
    manager: Client, annotator: Client, label: Label, human: Label, said: Do
) -> None:
    one = said(annotator)
    asked = {"into": human.pk, "where": {"quote": "Ada"}}
    job = started(manager, label, "split", **asked)
    finished(manager, job)
    assert undone(manager, job).counts == {"undone": 1}
    assert annotator.get(f"/annotations/{one['id']}").json()["label_id"] == str(label.pk)
    assert log_of(label.pk) == []


def test_what_was_deleted_as_the_second_comes_back_with_its_relations(
    project: Project, manager: Client, annotator: Client, topic: Label, said: Do, merged: Do
) -> None:
    physics = LabelFactory.create(project=project, name="physics", kind=Kind.DOCUMENT)
    whole = {"start": ..., "end": ...}
    said(annotator, label=physics.pk, **whole)
    twice = Annotation.objects.get(pk=said(annotator, label=topic.pk, **whole)["id"])
    relation = relate(twice, said(annotator), project)
    before = state_of(twice, relation)
    undo = undone(manager, merged(topic, physics))
    assert undo.counts == {"undone": 3}
    assert state_of(twice, relation) == before
    assert log_of(twice.pk)[-1][0] == "annotation.restored"
    assert log_of(relation.pk)[-1][0] == "relation.restored"


def test_what_has_no_room_where_it_was_is_left(
    project: Project, manager: Client, annotator: Client, topic: Label, said: Do, merged: Do
) -> None:
    physics = LabelFactory.create(project=project, name="physics", kind=Kind.DOCUMENT)
    whole = {"start": ..., "end": ...}
    one = said(annotator, label=topic.pk, **whole)
    job = merged(topic, physics)
    assert manager.post(f"/labels/{topic.pk}/restore").status_code == 200
    again = said(annotator, label=topic.pk, **whole)
    undo = undone(manager, job)
    assert (undo.state, undo.counts) == ("succeeded", {"left": 1})
    [error] = errors_of(manager, undo)
    assert (error["entry"], error["code"]) == (one["id"], "label_already_given")
    live = Annotation.objects.live().filter(label=topic)
    assert [str(row.pk) for row in live] == [again["id"]]


def test_a_relation_whose_end_is_deleted_is_left(
    project: Project, manager: Client, annotator: Client, said: Do, merged: Do
) -> None:
    knows, likes = LabelFactory.create_batch(2, project=project, kind=Kind.RELATION)
    source = Annotation.objects.get(pk=said(annotator)["id"])
    target = said(annotator, start=4, end=12)
    relate(source, target, project, label=likes)
    twice = relate(source, target, project, label=knows)
    third = relate(source, said(annotator, start=22, end=27), project, label=knows)
    job = merged(knows, likes)
    Annotation.objects.filter(pk=target["id"]).update(deleted_at=third.created_at)
    undo = undone(manager, job)
    [error] = errors_of(manager, undo)
    assert (error["entry"], error["code"]) == (str(twice.pk), "end_deleted")
    assert Relation.objects.get(pk=third.pk).label_id == knows.pk
    assert last_event(third.pk).action == "relation.relabelled"


def test_what_labels_became_since_stays(
    project: Project, manager: Client, label: Label, human: Label, merged: Do
) -> None:
    child = LabelFactory.create(project=project, parent=label)
    joins = [[str(label.pk), str(label.pk)]]
    lives = LabelFactory.create(project=project, kind=Kind.RELATION, joins=joins)
    job = merged()
    assert manager.patch(f"/labels/{lives.pk}", {"joins": []}, if_match="2").status_code == 200
    renamed = manager.patch(f"/labels/{child.pk}", {"name": "kid"}, if_match="2")
    assert renamed.status_code == 200
    undo = undone(manager, job)
    [error] = errors_of(manager, undo)
    assert (error["entry"], error["field"]) == (str(lives.pk), "/joins")
    assert (now(child).name, now(child).parent_id) == ("kid", label.pk)
    assert now(lives).joins == []


def test_a_parent_below_its_child_by_now_is_not_given_back(
    project: Project, manager: Client, label: Label, merged: Do
) -> None:
    child = LabelFactory.create(project=project, parent=label)
    job = merged()
    manager.post(f"/labels/{label.pk}/restore")
    moved = manager.patch(f"/labels/{label.pk}", {"parent": child.pk}, if_match="3")
    assert moved.status_code == 200
    undo = undone(manager, job)
    [error] = errors_of(manager, undo)
    assert (error["entry"], error["field"]) == (str(child.pk), "/parent_id")
    assert now(label).parent_id == child.pk


def test_a_name_that_is_taken_by_now_stops_the_undoing_until_it_is_free(
    project: Project, manager: Client, annotator: Client, label: Label, said: Do, merged: Do
) -> None:
    one = said(annotator)
    job = merged()
    taker = LabelFactory.create(project=project, name="person")
    undo = undone(manager, job)
    assert (undo.state, undo.error_code) == ("failed", "label_name_taken")
    manager.patch(f"/labels/{taker.pk}", {"name": "somebody"}, if_match="1")
    assert manager.post(f"/jobs/{undo.pk}/retry").status_code == 202
    assert finished(manager, undo)["state"] == "succeeded"
    assert annotator.get(f"/annotations/{one['id']}").json()["label_id"] == str(label.pk)


def test_an_undoing_goes_on_in_turns_and_touches_nothing_else(
    project: Project,
    manager: Client,
    label: Label,
    human: Label,
    merged: Do,
    little_at_once: None,
) -> None:
    one = AnnotationSetFactory.create(document=DocumentFactory.create(project=project))
    rows = AnnotationFactory.create_batch(5, annotation_set=one, label=label)
    kept = AnnotationFactory.create(annotation_set=one, label=human)
    undo = undone(manager, merged())
    assert (undo.state, undo.done, undo.counts) == ("succeeded", 5, {"undone": 6})
    for row in rows:
        assert [action for action, _ in log_of(row.pk)] == ["annotation.relabelled"] * 2
        assert now(row).label_id == label.pk
    assert now(kept).label_id == human.pk
    assert log_of(kept.pk) == []


def test_only_relabellings_that_have_ended_are_undone(
    project: Project, manager: Client, label: Label, human: Label, settings: Settings
) -> None:
    job = started(manager, label, "merge", into=human.pk)
    answer = manager.post(f"/jobs/{job.pk}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_undoable")
    manager.post(f"/jobs/{job.pk}/cancel")
    undo = undone(manager, job)
    assert (undo.state, undo.counts) == ("succeeded", {})
    manager.post(f"/jobs/{job.pk}/retry")
    told = finished(manager, job)
    assert (told["state"], told["error"]["code"]) == ("failed", "undone")


def test_an_undoing_waits_for_other_relabellings(
    project: Project, manager: Client, label: Label, human: Label, merged: Do
) -> None:
    job = merged()
    started(manager, human, "merge", into=LabelFactory.create(project=project).pk)
    answer = manager.post(f"/jobs/{job.pk}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "relabelling_under_way")
