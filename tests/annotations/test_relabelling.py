"""Labels are merged and split by jobs: each annotation once, with its event, whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from annotations.jobs.relabelling import moving
from annotations.models import Annotation, AnnotationSet, Kind, Label, Relation
from documents import jobs
from documents.models import Document, Job, Project
from tests.annotations.relabelling import errors_of, finished, relate, started
from tests.client import Client
from tests.documents.jobs_at_work import let_the_lease_of_a_job_run_out, work_on
from tests.events import changed, last_event, log_of
from tests.factories import AnnotationFactory, AnnotationSetFactory, DocumentFactory, LabelFactory

Do = Callable[..., Any]


@pytest.fixture
def human(project: Project) -> Label:
    made: Label = LabelFactory.create(project=project, name="human")
    return made


def now(label: Label) -> Label:
    found: Label = Label.objects.get(pk=label.pk)
    return found


def test_a_merge_gives_everything_the_other_label_and_archives_the_first(
    project: Project, manager: Client, annotator: Client, label: Label, human: Label, said: Do
) -> None:
    one, gone = said(annotator), said(annotator, start=4, end=12)
    annotator.delete(f"/annotations/{gone['id']}", if_match="1")
    other = said(annotator, label=human.pk, start=22, end=27)
    job = started(manager, label, "merge", into=human.pk)
    assert (job.total, job.created_by) == (2, manager.person)
    told = finished(manager, job)
    assert (told["state"], told["done"], told["counts"]) == ("succeeded", 2, {"relabelled": 2})
    assert {row.label_id for row in Annotation.objects.all()} == {human.pk}
    shown = annotator.get(f"/annotations/{one['id']}").json()
    assert (shown["label_id"], shown["version"]) == (str(human.pk), 2)
    assert log_of(one["id"])[1:] == [("annotation.relabelled", manager.person.pk)]
    event = last_event(one["id"])
    versions = event.before["schema_version_id"], event.after["schema_version_id"]
    assert changed(event) == {
        "label_id": (str(label.pk), str(human.pk)),
        "version": (1, 2),
    } | ({"schema_version_id": versions} if versions[0] != versions[1] else {})
    assert event.request_id == f"job:{job.pk}"
    assert [action for action, _ in log_of(other["id"])] == ["annotation.created"]
    merged = manager.get(f"/labels/{label.pk}").json()
    assert merged["archived_at"]
    assert (merged["merged_into_id"], merged["version"]) == (str(human.pk), 2)
    assert log_of(label.pk) == [("label.merged", manager.person.pk)]
    assert project.schema_versions.count() == 2
    assert AnnotationSet.objects.get().state == "draft"


def test_a_merge_puts_the_other_label_in_its_place(
    project: Project, manager: Client, label: Label, human: Label
) -> None:
    top = LabelFactory.create(project=project, name="being")
    child = LabelFactory.create(project=project, name="scientist", parent=label)
    place = LabelFactory.create(project=project, name="place")
    Label.objects.filter(pk=label.pk).update(parent=top)
    Label.objects.filter(pk=human.pk).update(parent=child)
    joins = [[str(one.pk), str(place.pk)] for one in (label, human)]
    lives = LabelFactory.create(project=project, kind=Kind.RELATION, name="in", joins=joins)
    told = finished(manager, started(manager, label, "merge", into=human.pk))
    assert told["state"] == "succeeded"
    assert (now(human).parent_id, now(child).parent_id) == (top.pk, human.pk)
    assert now(lives).joins == [[str(human.pk), str(place.pk)]]
    assert now(label).parent_id == top.pk
    for one in (human, child, lives):
        assert [action for action, _ in log_of(one.pk)] == ["label.updated"]
        assert now(one).version == 2
    assert log_of(place.pk) == []
    assert project.schema_versions.count() == 2


def test_of_document_labels_that_would_be_there_twice_the_second_is_deleted(
    project: Project, manager: Client, annotator: Client, curator: Client, topic: Label, said: Do
) -> None:
    physics = LabelFactory.create(project=project, name="physics", kind=Kind.DOCUMENT)
    whole = {"start": ..., "end": ...}
    kept = said(annotator, label=physics.pk, **whole)
    twice = said(annotator, label=topic.pk, **whole)
    alone = said(curator, label=topic.pk, **whole)
    source = Annotation.objects.get(pk=twice["id"])
    relation = relate(source, said(annotator), project)
    told = finished(manager, started(manager, topic, "merge", into=physics.pk))
    assert (told["state"], told["counts"]) == ("succeeded", {"relabelled": 1, "deleted": 1})
    source.refresh_from_db()
    assert (source.label_id, source.version) == (physics.pk, 2)
    assert source.deleted_at is not None
    relation.refresh_from_db()
    assert relation.deleted_at == source.deleted_at
    assert [action for action, _ in log_of(source.pk)][1:] == ["annotation.deleted"]
    assert [action for action, _ in log_of(relation.pk)] == ["relation.deleted"]
    assert [action for action, _ in log_of(alone["id"])][1:] == ["annotation.relabelled"]
    assert [action for action, _ in log_of(kept["id"])] == ["annotation.created"]


def test_relations_are_merged_and_no_pair_bears_a_label_twice(
    project: Project, manager: Client, annotator: Client, said: Do
) -> None:
    knows, likes = (
        LabelFactory.create(project=project, kind=Kind.RELATION, name=name)
        for name in ("knows", "likes")
    )
    source = Annotation.objects.get(pk=said(annotator)["id"])
    target, third = said(annotator, start=4, end=12), said(annotator, start=22, end=27)
    kept = relate(source, target, project, label=likes)
    twice = relate(source, target, project, label=knows)
    alone = relate(source, third, project, label=knows)
    told = finished(manager, started(manager, knows, "merge", into=likes.pk))
    assert (told["state"], told["counts"]) == ("succeeded", {"relabelled": 1, "deleted": 1})
    live = Relation.objects.live().filter(label=likes)
    assert {one.pk for one in live} == {kept.pk, alone.pk}
    assert [action for action, _ in log_of(twice.pk)] == ["relation.deleted"]
    assert [action for action, _ in log_of(alone.pk)] == ["relation.relabelled"]
    assert not Relation.objects.filter(label=knows).exists()


def test_what_does_not_fit_the_other_label_moves_and_is_told(
    project: Project, manager: Client, annotator: Client, label: Label, said: Do
) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    other = LabelFactory.create(project=project, attribute_schema=schema)
    good, bad = said(annotator), said(annotator, start=4, end=12)
    Annotation.objects.filter(pk=good["id"]).update(attributes={"n": 1})
    Annotation.objects.filter(pk=bad["id"]).update(attributes={"n": "one"})
    job = started(manager, label, "merge", into=other.pk)
    finished(manager, job)
    [error] = errors_of(manager, job)
    assert (error["entry"], error["field"]) == (bad["id"], "/attributes/n")
    assert error["code"] == "wrong_type"
    moved = Annotation.objects.get(pk=bad["id"])
    assert (moved.label_id, moved.attributes) == (other.pk, {"n": "one"})


def test_relations_that_their_new_label_may_not_join_are_told(
    project: Project, manager: Client, annotator: Client, label: Label, human: Label, said: Do
) -> None:
    first, second = (
        LabelFactory.create(project=project, kind=Kind.RELATION, name=name, joins=joins)
        for name, joins in (("a", []), ("b", [[str(label.pk), str(label.pk)]]))
    )
    source = Annotation.objects.get(pk=said(annotator)["id"])
    fits = relate(source, said(annotator, start=4, end=12), project, label=first)
    not_ = relate(source, said(annotator, label=human.pk), project, label=first)
    job = started(manager, first, "merge", into=second.pk)
    finished(manager, job)
    [error] = errors_of(manager, job)
    assert (error["entry"], error["field"], error["code"]) == (str(not_.pk), "/label", "not_joined")
    assert Relation.objects.get(pk=fits.pk).label_id == second.pk


class TwoAnnotations:
    """Two annotations of one label that differ in all that a split may ask for."""

    def __init__(self, project: Project, label: Label) -> None:
        first, second = (
            AnnotationSetFactory.create(document=DocumentFactory.create(project=project), **fields)
            for fields in ({}, {"kind": "gold", "state": "approved"})
        )
        self.one = AnnotationFactory.create(
            annotation_set=first, label=label, attributes={"role": "x"}
        )
        attributes = {"role": "poet", "more": [1]}
        self.other = AnnotationFactory.create(
            annotation_set=second,
            label=label,
            attributes=attributes,
            start=22,
            end=27,
            quote="Turin",
        )


# A callable gives a value that is not known before there are annotations.
@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"author": lambda world: world.other.author_id}, "other"),
        ({"document": lambda world: world.other.document_id}, "other"),
        ({"set_kind": "gold"}, "other"),
        ({"set_state": "approved"}, "other"),
        ({"attributes": {"role": "poet"}}, "other"),
        ({"quote": "Turin"}, "other"),
        ({"quote_contains": "tURI"}, "other"),
        ({"quote": "Ada", "set_kind": "annotator"}, "one"),
    ],
)
def test_a_split_moves_what_meets_its_conditions(
    project: Project, manager: Client, label: Label, human: Label, where: Any, expected: str
) -> None:
    world = TwoAnnotations(project, label)
    given = {name: one(world) if callable(one) else one for name, one in where.items()}
    asked = {"into": human.pk, "where": given}
    previewed = manager.post(f"/labels/{label.pk}/split?dry_run=true", asked)
    assert (previewed.status_code, previewed.json()["annotations"]) == (200, 1)
    assert not Job.objects.filter(kind="relabelling").exists()
    told = finished(manager, started(manager, label, "split", **asked))
    assert (told["state"], told["total"], told["done"]) == ("succeeded", 1, 1)
    moved = Annotation.objects.get(label=human)
    assert moved == getattr(world, expected)
    assert now(label).archived_at is None


@pytest.mark.parametrize(
    ("where", "pointer"),
    [
        ({}, "/where"),
        ({"author": "x"}, "/where/author"),
        ({"set_kind": "x"}, "/where/set_kind"),
        ({"attributes": []}, "/where/attributes"),
        ({"text": "x"}, "/where/text"),
        (..., "/where"),
    ],
)
def test_a_split_takes_conditions(
    manager: Client, label: Label, human: Label, where: Any, pointer: str
) -> None:
    asked = {"into": human.pk} | ({} if where is ... else {"where": where})
    answer = manager.post(f"/labels/{label.pk}/split", asked)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_split_of_relations_knows_no_quotes(project: Project, manager: Client) -> None:
    one, other = LabelFactory.create_batch(2, project=project, kind=Kind.RELATION)
    asked = {"into": other.pk, "where": {"quote": "Ada"}}
    answer = manager.post(f"/labels/{one.pk}/split", asked)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/where/quote"
    asked = {"into": other.pk, "where": {"set_kind": "gold"}}
    assert finished(manager, started(manager, one, "split", **asked))["state"] == "succeeded"


def test_what_is_given_is_another_live_label_of_the_kind(
    project: Project, manager: Client, label: Label, topic: Label, human: Label
) -> None:
    path = f"/labels/{label.pk}/merge"
    foreign = LabelFactory.create()
    for other in (label, topic, foreign):
        for query in ("", "?dry_run=true"):
            answer = manager.post(path + query, {"into": other.pk})
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/into")
    manager.delete(f"/labels/{human.pk}", if_match="1")
    answer = manager.post(path, {"into": human.pk})
    assert (answer.status_code, answer.json()["code"]) == (409, "label_archived")


def test_a_merge_that_would_make_the_tree_too_high_is_refused(
    project: Project, manager: Client, label: Label, human: Label
) -> None:
    LabelFactory.create(project=project, parent=label)
    above: Any = None
    for _ in range(7):
        above = LabelFactory.create(project=project, parent=above)
    Label.objects.filter(pk=human.pk).update(parent=above)
    answer = manager.post(f"/labels/{label.pk}/merge", {"into": human.pk})
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["code"]) == (422, "/into", "too_deep")


def test_one_relabelling_is_at_work_in_a_project(
    manager: Client, label: Label, human: Label
) -> None:
    job = started(manager, label, "merge", into=human.pk)
    answer = manager.post(f"/labels/{human.pk}/merge", {"into": label.pk})
    assert (answer.status_code, answer.json()["code"]) == (409, "relabelling_under_way")
    assert manager.post(f"/jobs/{job.pk}/cancel").status_code == 200
    started(manager, human, "merge", into=label.pk)


# Whatever happens to a worker


class Killed(BaseException):
    """A worker ends in the middle of a step."""


@pytest.fixture
def many(project: Project, label: Label, monkeypatch: pytest.MonkeyPatch) -> list[Annotation]:
    """Return five annotations with the label, relabelled two at once."""
    monkeypatch.setattr(moving, "AT_ONCE", 2)
    document: Document = DocumentFactory.create(project=project)
    one = AnnotationSetFactory.create(document=document)
    return list(AnnotationFactory.create_batch(5, annotation_set=one, label=label))


@pytest.mark.parametrize("step", range(4))
def test_a_worker_that_dies_in_a_step_leaves_it_to_the_next(
    manager: Client,
    label: Label,
    human: Label,
    many: list[Annotation],
    monkeypatch: pytest.MonkeyPatch,
    step: int,
) -> None:
    job = started(manager, label, "merge", into=human.pk)
    steps = iter(range(step + 1))
    write = jobs.Step.write

    def dying(self: Any) -> None:
        write(self)
        if next(steps) == step:
            raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(jobs.Step, "write", dying)
        with pytest.raises(Killed):
            jobs.run_turn(str(job.pk), job.version)
    assert Annotation.objects.filter(label=human).count() == min(2 * step, 5)
    assert now(label).archived_at is None
    job.refresh_from_db()
    let_the_lease_of_a_job_run_out(job)
    told = finished(manager, job)
    assert (told["state"], told["done"]) == ("succeeded", 5)
    assert told["counts"] == {"relabelled": 5}
    for one in many:
        assert [action for action, _ in log_of(one.pk)] == ["annotation.relabelled"]
    assert log_of(label.pk) == [("label.merged", manager.person.pk)]


def test_a_merge_goes_on_in_turns_and_takes_what_comes_meanwhile(
    manager: Client, label: Label, human: Label, many: list[Annotation], settings: Settings
) -> None:
    settings.JOB_TURN = settings.JOB_TURN * 0
    job = started(manager, label, "merge", into=human.pk)
    for done in (2, 4, 5):
        work_on(job, turns=1)
        assert (job.state, job.done) == ("running", done)
    one = many[0].annotation_set
    early = AnnotationFactory.create(pk=UUID(int=1), annotation_set=one, label=label)
    late = AnnotationFactory.create(annotation_set=one, label=label)
    told = finished(manager, job)
    assert (told["state"], told["done"], told["counts"]) == ("succeeded", 7, {"relabelled": 7})
    for row in (early, late):
        assert [action for action, _ in log_of(row.pk)] == ["annotation.relabelled"]
    assert log_of(label.pk) == [("label.merged", manager.person.pk)]
    assert not Annotation.objects.filter(label=label).exists()


def test_a_cancelled_merge_keeps_the_label_and_can_go_on(
    manager: Client, label: Label, human: Label, many: list[Annotation], settings: Settings
) -> None:
    settings.JOB_TURN = settings.JOB_TURN * 0
    job = started(manager, label, "merge", into=human.pk)
    work_on(job, turns=1)
    assert manager.post(f"/jobs/{job.pk}/cancel").json()["state"] == "cancelled"
    assert Annotation.objects.filter(label=human).count() == 2
    assert now(label).archived_at is None
    assert manager.post(f"/jobs/{job.pk}/retry").status_code == 202
    assert finished(manager, job)["counts"] == {"relabelled": 5}
    assert now(label).merged_into_id == human.pk


def test_a_label_that_is_archived_meanwhile_is_given_no_more(
    manager: Client, label: Label, human: Label, many: list[Annotation]
) -> None:
    job = started(manager, label, "merge", into=human.pk)
    manager.delete(f"/labels/{human.pk}", if_match="1")
    told = finished(manager, job)
    assert (told["state"], told["error"]["code"]) == ("failed", "label_archived")
    assert Annotation.objects.filter(label=label).count() == 5


def test_a_tree_that_becomes_too_high_meanwhile_stops_the_end(
    project: Project, manager: Client, label: Label, human: Label
) -> None:
    job = started(manager, label, "merge", into=human.pk)
    parent = LabelFactory.create(project=project, parent=label)
    above: Any = None
    for _ in range(7):
        above = LabelFactory.create(project=project, parent=above)
    Label.objects.filter(pk=human.pk).update(parent=above)
    told = finished(manager, job)
    assert (told["state"], told["error"]["code"]) == ("failed", "too_deep")
    assert now(parent).parent_id == label.pk


def test_a_batch_of_20_costs_what_one_of_2_costs(
    project: Project, manager: Client, label: Label, human: Label
) -> None:
    costs = []
    for number in (2, 20):
        one = AnnotationSetFactory.create(document=DocumentFactory.create(project=project))
        AnnotationFactory.create_batch(number, annotation_set=one, label=label)
        asked = {"into": human.pk, "where": {"quote": "Ada"}}
        job = started(manager, label, "split", **asked)
        with CaptureQueriesContext(connection) as queries:
            work_on(job)
        assert job.done == number
        costs.append(len(queries))
    assert costs[0] == costs[1]
