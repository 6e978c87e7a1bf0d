"""Jobs over HTTP: how far each is, how it ended, how it is cancelled and tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError
from django.utils import timezone
from pytest_django import Settings

from documents.errors import JobUnderWay
from documents.models import Job, JobError, JobKind, JobState, Project, Worker
from documents.services import jobs
from documents.services.jobs import start_job
from documents.services.workers import SILENCE
from tests.client import Client
from tests.documents.jobs_at_work import (
    count_to,
    let_the_lease_of_a_job_run_out,
    run_by,
    work_on,
)
from tests.events import changed, last_event, log_of
from tests.factories import DocumentFactory, JobFactory, UserFactory

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=1)


@pytest.fixture
def job(project: Project) -> Iterator[Job]:
    with run_by(JobKind.IMPORT, count_to(11)):
        yield start_job(actor=UserFactory.create(), project=project, kind=JobKind.IMPORT)


# What one sees


def test_a_job_is_shown(curator: Client, job: Job) -> None:
    work_on(job)
    shown = curator.get(f"/jobs/{job.pk}")
    assert shown["ETag"] == f'"{job.version}"'
    body = shown.json()
    assert {name: body[name] for name in ("kind", "state", "done", "total", "counts")} == {
        "kind": "import",
        "state": "succeeded",
        "done": 11,
        "total": 11,
        "counts": {"good": 9, "wrong": 2},
    }
    assert (body["error"], body["notice"], body["cancel_requested_at"]) == (None, None, None)
    assert body["created_by_id"] == str(job.created_by_id)
    assert body["started_at"] < body["finished_at"]
    assert body["links"]["result"] is None
    assert body["links"]["errors"].endswith(f"/api/v1/jobs/{job.pk}/errors")


def test_why_it_failed_is_shown(curator: Client, project: Project) -> None:
    job = JobFactory.create(
        project=project, state=JobState.FAILED, error_code="no_column", error_detail="No text."
    )
    error = curator.get(f"/jobs/{job.pk}").json()["error"]
    assert error == {"code": "no_column", "detail": "No text."}


def test_the_jobs_of_a_project_are_listed(curator: Client, project: Project) -> None:
    one = JobFactory.create(project=project)
    other = JobFactory.create(project=project, kind=JobKind.ERASURE, state=JobState.SUCCEEDED)
    JobFactory.create()

    def listed(query: str = "") -> list[str]:
        found = curator.get(f"/projects/{project.pk}/jobs{query}").json()["results"]
        return [job["id"] for job in found]

    assert listed() == [str(one.pk), str(other.pk)]
    assert listed("?kind=erasure") == listed("?state=succeeded") == [str(other.pk)]
    assert curator.get(f"/projects/{project.pk}/jobs?kind=none").status_code == 400


def test_errors_page_in_their_order(curator: Client, job: Job) -> None:
    work_on(job)
    JobError.objects.create(job=JobFactory.create(project=job.project), code="n", detail="N.")
    page = curator.get(f"/jobs/{job.pk}/errors?limit=1").json()
    five = {"line": 5, "entry": "", "field": "n", "code": "five", "detail": "5."}
    assert page["results"] == [five]
    following = page["next"].partition("/api/v1")[2]
    assert [one["line"] for one in curator.get(following).json()["results"]] == [10]


def test_a_result_is_downloaded(curator: Client, project: Project) -> None:
    job = JobFactory.create(project=project, result_name="zoë.csv")
    job.result.save("n", ContentFile(b"<script>"))
    answer = curator.get(f"/jobs/{job.pk}/result")
    assert b"".join(answer) == b"<script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''zo%C3%AB.csv"
    links = curator.get(f"/jobs/{job.pk}").json()["links"]
    assert links["result"].endswith(f"/jobs/{job.pk}/result")
    job.result.storage.delete(job.result.name)
    gone = curator.get(f"/jobs/{job.pk}/result")
    assert (gone.status_code, gone.json()["code"]) == (410, "source_missing")


def test_there_may_be_no_result(curator: Client, job: Job) -> None:
    answer = curator.get(f"/jobs/{job.pk}/result")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_result")


# When nobody works


@pytest.mark.parametrize("seen_at", [None, LONG_AGO])
def test_that_nobody_works_is_told_at_once(
    manager: Client, job: Job, project: Project, seen_at: Any
) -> None:
    if seen_at:
        Worker.objects.create(name="worker@one", seen_at=timezone.now() - SILENCE)
    told = "No worker is running: this waits until one is started."
    assert manager.get(f"/jobs/{job.pk}").json()["notice"] == told
    made = manager.upload(f"/projects/{project.pk}/documents", file=ContentFile(b"Ada", "a.txt"))
    assert (made.status_code, made.json()["notice"]) == (202, told)
    Worker.objects.create(name="worker@two", seen_at=timezone.now())
    assert manager.get(f"/jobs/{job.pk}").json()["notice"] is None
    document = manager.get(f"/documents/{made.json()['id']}").json()
    assert (document["status"], document["notice"]) == ("pending", None)


def test_it_is_told_of_each_that_waits(curator: Client, project: Project) -> None:
    JobFactory.create_batch(3, project=project)
    JobFactory.create(project=project, state=JobState.CANCELLED)
    listed = curator.get(f"/projects/{project.pk}/jobs").json()["results"]
    assert [job["notice"] is None for job in listed] == [False, False, False, True]


def test_what_does_not_wait_needs_nobody(manager: Client, job: Job, project: Project) -> None:
    work_on(job)
    assert manager.get(f"/jobs/{job.pk}").json()["notice"] is None
    document = DocumentFactory.create(project=project)
    assert manager.get(f"/documents/{document.pk}").json()["notice"] is None


# Starting


def test_a_job_on_a_document_waits_for_the_one_before(project: Project) -> None:
    document, boss = DocumentFactory.create(project=project), UserFactory.create()
    asked: dict[str, Any] = {"project": project, "kind": JobKind.REANCHORING, "document": document}
    first = start_job(actor=boss, **asked)
    with pytest.raises(JobUnderWay):
        start_job(actor=boss, **asked)
    JobFactory.create(project=project, kind=JobKind.IMPORT, document=document)
    jobs.cancel_job(actor=boss, job=first)
    second = start_job(actor=boss, **asked)
    with pytest.raises(JobUnderWay):
        jobs.retry_job(actor=boss, job=first)
    jobs.cancel_job(actor=boss, job=second)
    assert jobs.retry_job(actor=boss, job=first).state == JobState.PENDING


def test_a_source_without_its_job_does_not_stay(project: Project) -> None:
    source = ContentFile(b"ada")
    with pytest.raises(IntegrityError):
        start_job(
            actor=UserFactory.create(),
            project=project,
            kind="unheard of",  # type: ignore[arg-type]
            source=source,
        )
    storage: Any = Job().source.storage
    [folder], files = storage.listdir("jobs")
    assert (storage.listdir(f"jobs/{folder}"), files) == (([], []), [])


def test_a_source_may_be_in_the_storage_already(project: Project) -> None:
    job = start_job(
        actor=UserFactory.create(), project=project, kind=JobKind.IMPORT, source="jobs/aa/there"
    )
    job.refresh_from_db()
    assert job.source.name == "jobs/aa/there"
    with pytest.raises(IntegrityError):
        start_job(
            actor=UserFactory.create(),
            project=project,
            kind="unheard of",  # type: ignore[arg-type]
            source="jobs/aa/there",
        )


# Cancelling


def test_a_job_that_rests_is_cancelled_at_once(
    manager: Client, job: Job, settings: Settings
) -> None:
    settings.JOB_TURN = timedelta(0)
    work_on(job, turns=1)
    answer = manager.post(f"/jobs/{job.pk}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert answer.json()["finished_at"]
    work_on(job)
    assert (job.state, job.done) == (JobState.CANCELLED, 2)
    assert log_of(job.pk)[1:] == [
        ("job.cancel_requested", manager.person.pk),
        ("job.cancelled", None),
    ]


def test_a_job_at_hand_is_cancelled_before_the_next_step(manager: Client, project: Project) -> None:
    answers = []

    def run(turn: Any) -> None:
        for _ in range(3):
            with turn.step() as step:
                step.advance(done=1)
            answers.append(manager.post(f"/jobs/{turn.job.pk}/cancel").json())

    job = JobFactory.create(project=project)
    with run_by(JobKind.IMPORT, run):
        work_on(job)
    assert [one["state"] for one in answers] == ["running"]
    assert answers[0]["cancel_requested_at"]
    assert (job.state, job.done, job.error_code) == (JobState.CANCELLED, 1, "")


def test_a_job_is_cancelled_at_the_end_of_a_turn(
    manager: Client, project: Project, settings: Settings
) -> None:
    settings.JOB_TURN = timedelta(0)

    def run(turn: Any) -> None:
        with turn.step() as step:
            step.advance(done=1)
            step.job.cancel_requested_at = timezone.now()
            step.job.save(update_fields=["cancel_requested_at"])

    job = JobFactory.create(project=project)
    with run_by(JobKind.IMPORT, run):
        work_on(job, turns=1)
    assert (job.state, job.done) == (JobState.CANCELLED, 1)


def test_a_job_whose_worker_died_after_the_request_is_cancelled(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(cancel_requested_at=timezone.now())
    work_on(job)
    assert (job.state, job.done) == (JobState.CANCELLED, 0)


def test_the_job_of_a_lost_worker_is_cancelled_at_once(manager: Client, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_id=job.pk, state=JobState.RUNNING)
    let_the_lease_of_a_job_run_out(job)
    assert manager.post(f"/jobs/{job.pk}/cancel").json()["state"] == "cancelled"


def test_what_must_not_be_left_half_done_is_brought_to_its_end(
    manager: Client, project: Project, settings: Settings
) -> None:
    settings.JOB_TURN = timedelta(0)

    def run(turn: Any) -> None:
        while True:
            with turn.step() as step:
                done = step.job.done + 1
                step.advance(done=1, cursor={"unbroken": done % 3 != 0})

    job = JobFactory.create(project=project)
    with run_by(JobKind.IMPORT, run):
        work_on(job, turns=4)
        assert manager.post(f"/jobs/{job.pk}/cancel").json()["state"] == "running"
        work_on(job)
    assert (job.state, job.done) == (JobState.CANCELLED, 6)


def test_cancelling_again_changes_nothing(manager: Client, job: Job) -> None:
    first = manager.post(f"/jobs/{job.pk}/cancel").json()
    assert manager.post(f"/jobs/{job.pk}/cancel").json() == first
    assert len(log_of(job.pk)) == 3


def test_what_has_ended_is_not_cancelled(manager: Client, job: Job) -> None:
    work_on(job)
    answer = manager.post(f"/jobs/{job.pk}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "job_finished")


# Trying again


def test_a_failed_job_goes_on_where_it_stopped(
    manager: Client, job: Job, settings: Settings, working: Callable[[], Any]
) -> None:
    settings.JOB_TURN = timedelta(0)
    work_on(job, turns=2)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.FAILED, error_code="no_disk", error_detail="N.", attempts=3
    )
    with working():
        answer = manager.post(f"/jobs/{job.pk}/retry")
    body = answer.json()
    assert (answer.status_code, body["state"], body["error"], body["done"]) == (
        202,
        "pending",
        None,
        4,
    )
    job.refresh_from_db()
    assert (job.state, job.done, job.errors.count()) == (JobState.SUCCEEDED, 11, 2)
    retried = [event for event, _ in log_of(job.pk)]
    assert retried == ["job.created", "job.retried", "job.succeeded"]


def test_a_cancelled_job_goes_on(manager: Client, job: Job) -> None:
    manager.post(f"/jobs/{job.pk}/cancel")
    body = manager.post(f"/jobs/{job.pk}/retry").json()
    assert (body["state"], body["cancel_requested_at"], body["finished_at"]) == (
        "pending",
        None,
        None,
    )
    assert changed(last_event(job.pk))["state"] == ("cancelled", "pending")
    assert work_on(job).state == JobState.SUCCEEDED


def test_what_has_not_failed_is_not_tried_again(manager: Client, job: Job) -> None:
    waiting = manager.post(f"/jobs/{job.pk}/retry")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "job_under_way")
    work_on(job)
    done = manager.post(f"/jobs/{job.pk}/retry")
    assert (done.status_code, done.json()["code"]) == (409, "job_finished")
