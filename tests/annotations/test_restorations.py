"""What was changed after a time is taken back: in a project, in a document, by a user."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from annotations.jobs.restoring import batches, running
from annotations.models import Annotation, Kind, Label
from documents.models import Document, Job, Project, Role
from tests.annotations.restoring import (
    delete,
    join,
    left,
    live,
    patch,
    restored,
    started,
    state,
)
from tests.client import Client
from tests.documents.jobs_at_work import let_the_lease_of_a_job_run_out, work_on
from tests.events import last_event, log_of
from tests.factories import DocumentFactory, LabelFactory
from users.models import Event

Do = Callable[..., Any]
Make = Callable[[str], Client]
NOBODY = "01980000-0000-7000-8000-000000000000"


@pytest.fixture
def knows(project: Project) -> Label:
    """Return a label that joins annotations."""
    made: Label = LabelFactory.create(project=project, kind=Kind.RELATION)
    return made


def say(client: Client, document: Document, label: Label, start: int = 0) -> dict[str, Any]:
    content = {"label": label.pk, "start": start, "end": start + 3}
    answer = client.post(f"/documents/{document.pk}/annotations", content)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_all_is_as_it_was_then(
    document: Document, annotator: Client, curator: Client, said: Do, topic: Label, knows: Label
) -> None:
    project = document.project
    kept, gone = said(annotator), said(annotator, start=4, end=12)
    whole = said(annotator, start=13, end=18)
    topics = said(annotator, label=topic.pk, start=..., end=...)
    tie = join(annotator, document, knows, kept, gone)
    then, at = state(project), timezone.now()
    patch(annotator, kept, body="Hm.", attributes={}, confidence=0.5, start=2, end=5)
    delete(annotator, gone)  # with the relation
    patch(annotator, whole, fragments=[{"start": 0, "end": 3}, {"start": 13, "end": 18}])
    delete(annotator, topics)
    again = said(annotator, label=topic.pk, start=..., end=...)
    new = join(annotator, document, knows, kept, whole)
    job = restored(curator, project, at)
    now = state(project)
    assert {pk: now[pk] for pk in then} == then
    assert set(live(project)) == set(then)
    assert job.counts == {"updated": 2, "restored": 3, "deleted": 2}
    assert (job.done, job.total) == (7, 7)
    assert left(job) == []
    assert last_event(tie["id"]).action == "relation.restored"
    assert last_event(new["id"]).action == "relation.deleted"
    assert log_of(again["id"])[1:] == [("annotation.deleted", curator.person.pk)]
    told = last_event(kept["id"])
    assert (told.action, told.actor_id) == ("annotation.updated", curator.person.pk)
    assert told.request_id == f"job:{job.pk}"
    assert (told.before["version"], told.after["version"]) == (2, 3)
    assert Annotation.objects.get(pk=kept["id"]).version == 3


def test_what_was_deleted_then_is_deleted_again(
    project: Project, annotator: Client, curator: Client, said: Do
) -> None:
    one = said(annotator)
    delete(annotator, one)
    then, at = state(project), timezone.now()
    annotator.post(f"/annotations/{one['id']}/restore")
    patch(annotator, one, body="Hm.")
    assert restored(curator, project, at).counts == {"deleted": 1}
    assert state(project) == then


def test_a_document_alone(
    project: Project, document: Document, annotator: Client, curator: Client, label: Label
) -> None:
    other = DocumentFactory.create(project=project)
    one, two = say(annotator, document, label), say(annotator, other, label)
    at = timezone.now()
    delete(annotator, one)
    delete(annotator, two)
    job = restored(curator, project, at, document=str(document.pk))
    assert (job.document_id, job.counts) == (document.pk, {"restored": 1})
    assert list(live(project)) == [one["id"]]


def test_a_user_alone(
    project: Project,
    document: Document,
    curator: Client,
    member: Make,
    label: Label,
) -> None:
    other = DocumentFactory.create(project=project)
    first, second = member(Role.ANNOTATOR), member(Role.ANNOTATOR)
    at = timezone.now()
    say(first, document, label), say(first, other, label)
    kept = say(second, document, label)
    job = restored(curator, project, at, user=str(first.person.pk), document=str(document.pk))
    assert job.counts == {"deleted": 1}
    job = restored(curator, project, at, user=str(first.person.pk))
    assert job.counts == {"deleted": 1, "unchanged": 1}
    assert list(live(project)) == [kept["id"]]


def test_a_restoration_is_taken_back_as_any_change(
    project: Project, annotator: Client, curator: Client, said: Do
) -> None:
    one, two = said(annotator), said(annotator, start=4, end=12)
    at = timezone.now()
    patch(annotator, one, body="Hm.")
    delete(annotator, two)
    third = said(annotator, start=22, end=27)
    now, before = state(project), timezone.now()
    restored(curator, project, at)
    between = timezone.now()
    assert restored(curator, project, before).counts == {"updated": 1, "deleted": 1, "restored": 1}
    assert state(project) == now | {two["id"]: now[two["id"]]}
    assert restored(curator, project, between).counts["updated"] == 1
    assert third["id"] not in live(project)
    mine = restored(curator, project, before, user=str(curator.person.pk))
    assert mine.counts == {"updated": 1, "deleted": 1, "restored": 1}


def test_what_is_as_it_was_already_is_left_alone(
    project: Project, annotator: Client, curator: Client, said: Do
) -> None:
    one, two = said(annotator), said(annotator)
    at = timezone.now()
    patch(annotator, one, body="Hm.")
    made = said(annotator)
    delete(annotator, made)
    restored(curator, project, at)
    log = Event.objects.filter(target_id__in=[one["id"], two["id"], made["id"]]).count()
    job = restored(curator, project, at)
    assert job.counts == {"unchanged": 2}
    same = Event.objects.filter(target_id__in=[one["id"], two["id"], made["id"]])
    assert same.count() == log


def test_a_dry_run_tells_what_would_be(
    project: Project, annotator: Client, curator: Client, said: Do, step: Do
) -> None:
    one, two = said(annotator), said(annotator)
    at = timezone.now()
    patch(annotator, one, body="Hm.")
    delete(annotator, two)
    said(annotator)
    now, log = state(project), Event.objects.exclude(target_type="job").count()
    job = restored(curator, project, at, dry_run=True)
    assert job.counts == {"updated": 1, "restored": 1, "deleted": 1}
    assert job.parameters["dry_run"] is True
    assert state(project) == now
    assert Event.objects.exclude(target_type="job").count() == log
    step(annotator, "submit", one["annotation_set_id"])
    assert len(left(restored(curator, project, at, dry_run=True))) == 3


def test_the_order_is_that_of_the_log(
    project: Project, annotator: Client, curator: Client, said: Do
) -> None:
    """A clock that is ahead has no say in what came first."""
    one = said(annotator)
    at = timezone.now()
    patch(annotator, one, body="Hm.")
    late = Event.objects.latest("pk")
    Event.objects.filter(pk=late.pk).update(at=at + timedelta(days=1))
    patch(annotator, one, body="Well.")
    last = Event.objects.latest("pk")
    Event.objects.filter(pk=last.pk).update(at=at - timedelta(seconds=9))
    job = restored(curator, project, at)
    assert (job.parameters["after_event"], job.total) == (last.pk, 0)
    assert Annotation.objects.get().body == "Well."


def test_deleted_documents_stay_as_they_are(
    project: Project, document: Document, manager: Client, annotator: Client, said: Do
) -> None:
    one = said(annotator)
    at = timezone.now()
    delete(annotator, one)
    manager.delete(f"/documents/{document.pk}", If_Match="*")
    job = restored(manager, project, at)
    assert (job.total, job.counts, live(project)) == (0, {}, {})


def test_ones_own_undo_is_not_about_restorations(
    project: Project, document: Document, curator: Client, annotator: Client, said: Do
) -> None:
    at = timezone.now()
    said(annotator)
    restored(curator, project, at)
    assert curator.get(f"/documents/{document.pk}/steps").json()["can_undo"] is False


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        ({"at": "2999-01-01T00:00:00Z"}, "/at", "in_future"),
        ({"at": "1999-01-01T00:00:00Z"}, "/at", "before_project"),
        ({"at": "yesterday"}, "/at", "invalid"),
        ({}, "/at", "required"),
        ({"document": NOBODY}, "/document", "unknown"),
        ({"user": NOBODY}, "/user", "unknown"),
    ],
    ids=["future", "past", "no-time", "nothing", "document", "user"],
)
def test_what_cannot_be_asked_for(
    project: Project, curator: Client, content: dict[str, Any], pointer: str, code: str
) -> None:
    if pointer != "/at":
        content = {"at": timezone.now().isoformat(), **content}
    answer = curator.post(f"/projects/{project.pk}/restorations", content)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["code"]) == (422, pointer, code)
    assert not Job.objects.exists()


def test_who_has_done_nothing_since_has_nothing_taken_back(
    project: Project, curator: Client, annotator: Client
) -> None:
    job = restored(curator, project, timezone.now(), user=str(annotator.person.pk))
    assert (job.total, job.done) == (0, 0)


def test_who_has_left_may_be_asked_for(
    project: Project, manager: Client, annotator: Client, said: Do
) -> None:
    at = timezone.now()
    said(annotator)
    gone = annotator.person.memberships.get()
    assert manager.delete(f"/members/{gone.pk}", If_Match="*").status_code == 204
    job = restored(manager, project, at, user=str(annotator.person.pk))
    assert job.counts == {"deleted": 1}


def test_two_restorations_of_a_document_do_not_meet(
    project: Project, document: Document, curator: Client
) -> None:
    content = {"at": timezone.now().isoformat(), "document": str(document.pk)}
    started(curator, project, timezone.now(), document=str(document.pk))
    answer = curator.post(f"/projects/{project.pk}/restorations", content)
    assert (answer.status_code, answer.json()["code"]) == (409, "job_under_way")


@pytest.fixture
def in_turns(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Have each turn do one set."""
    settings.JOB_TURN = settings.JOB_TURN * 0
    monkeypatch.setattr(batches, "ROWS_AT_ONCE", 1)


@pytest.fixture
def many(project: Project, annotator: Client, label: Label) -> list[dict[str, Any]]:
    """Return annotations of five sets."""
    documents = DocumentFactory.create_batch(5, project=project)
    return [say(annotator, one, label) for one in documents]


@pytest.mark.usefixtures("in_turns")
def test_each_row_is_taken_back_once_whatever_becomes_of_workers(
    project: Project,
    annotator: Client,
    curator: Client,
    many: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = timezone.now()
    for one in many:
        patch(annotator, one, body="Hm.")
    job = started(curator, project, at)
    work_on(job, turns=2)
    assert (job.done, job.state) == (2, "running")

    def die(**_: Any) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(running, "record_changes", die)
        with pytest.raises(OperationalError):
            work_on(job)
    job.refresh_from_db()
    assert job.done == 2
    assert Annotation.objects.filter(body="").count() == 2
    let_the_lease_of_a_job_run_out(job)
    work_on(job)
    assert (job.state, job.done, job.counts) == ("succeeded", 5, {"updated": 5})
    for one in many:
        assert len(log_of(one["id"])) == 3
    assert not Annotation.objects.exclude(body="").exists()


@pytest.mark.usefixtures("in_turns")
def test_a_cancelled_one_stays_where_it_is_and_goes_on_when_retried(
    project: Project, annotator: Client, manager: Client, many: list[Any]
) -> None:
    at = timezone.now()
    for one in many:
        delete(annotator, one)
    job = started(manager, project, at)
    work_on(job, turns=1)
    assert manager.post(f"/jobs/{job.pk}/cancel").status_code == 200
    work_on(job)
    assert (job.state, len(live(project))) == ("cancelled", 1)
    annotator.post(f"/annotations/{many[4]['id']}/restore")
    patch(annotator, many[4], body="Mine.")
    manager.post(f"/jobs/{job.pk}/retry")
    work_on(job)
    assert (job.state, job.counts) == ("succeeded", {"restored": 4, "left": 1})
    assert left(job) == [(many[4]["id"], "annotation", "changed_since")]
    assert live(project)[many[4]["id"]]["body"] == "Mine."


def test_statements_do_not_grow_with_rows(
    project: Project,
    document: Document,
    annotator: Client,
    curator: Client,
    label: Label,
    knows: Label,
) -> None:
    other = DocumentFactory.create(project=project)

    def cost(number: int, *documents: Document) -> int:
        rows = [[say(annotator, one, label, at) for at in range(number)] for one in documents]
        at = timezone.now()
        for one, (first, second, *rest) in zip(documents, rows, strict=True):
            join(annotator, one, knows, first, second)
            for row in (first, *rest):
                delete(annotator, row)
            say(annotator, one, label)
        job = started(curator, project, at)
        with CaptureQueriesContext(connection) as made:
            work_on(job)
        assert job.counts["restored"] == len(documents) * (number - 1)
        return len(made)

    few = cost(2, document)
    assert cost(12, document, other) == few
