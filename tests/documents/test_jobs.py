"""A job goes on in turns, each of steps that are wholly there or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import IntegrityError, OperationalError
from django.utils import timezone
from psycopg.errors import DeadlockDetected
from pytest_django import Settings

from documents import jobs
from documents.jobs import JobFailed, Turn
from documents.models import Job, JobError, JobKind, JobState, Project
from documents.services.jobs import start_job
from documents.tasks import run_job, sweep_jobs
from tests.documents.jobs_at_work import count_to, let_the_lease_of_a_job_run_out, run_by, work_on
from tests.events import changed, last_event, log_of
from tests.factories import DocumentFactory, JobFactory, UserFactory

pytestmark = pytest.mark.django_db
Run = Callable[..., Job]


@pytest.fixture
def job(project: Project) -> Iterator[Job]:
    with run_by(JobKind.IMPORT, count_to(11)):
        yield start_job(actor=UserFactory.create(), project=project, kind=JobKind.IMPORT)


@pytest.fixture
def ran(project: Project) -> Run:
    """Return a function that makes a job of a runner and gives it a turn."""

    def run(runner: jobs.Runner, *, turns: int = 1, **fields: Any) -> Job:
        made = JobFactory.create(project=project, **fields)
        with run_by(JobKind.IMPORT, runner):
            return work_on(made, turns=turns)

    return run


# Steps and turns


def test_a_job_is_done(job: Job) -> None:
    work_on(job)
    assert (job.state, job.done, job.total) == (JobState.SUCCEEDED, 11, 11)
    assert job.counts == {"good": 9, "wrong": 2}
    rows = job.errors.order_by("id")
    assert list(rows.values_list("line", "field", "code", "detail")) == [
        (5, "n", "five", "5."),
        (10, "n", "five", "10."),
    ]
    assert (job.lease_id, job.lease_expires_at, job.attempts) == (None, None, 0)
    assert job.started_at
    assert job.finished_at


def test_what_became_of_it_is_logged(job: Job) -> None:
    work_on(job)
    assert log_of(job.pk) == [("job.created", job.created_by_id), ("job.succeeded", None)]
    event = last_event(job.pk)
    assert event.project_id == job.project_id
    assert changed(event)["state"] == ("running", "succeeded")


def test_turns_follow_each_other(job: Job, settings: Settings) -> None:
    settings.JOB_TURN = timedelta(0)
    seen = []
    while not job.has_ended:
        work_on(job, turns=1)
        seen.append((job.state, job.done, job.lease_id, job.attempts))
    running = [(JobState.RUNNING, done, None, 0) for done in (2, 4, 6, 8, 10, 11)]
    assert seen == [*running, (JobState.SUCCEEDED, 11, None, 1)]  # the last turn found all done
    assert JobError.objects.count() == 2


def test_a_turn_that_has_time_makes_all_steps(job: Job) -> None:
    work_on(job, turns=1)
    assert job.state == JobState.SUCCEEDED


def test_each_step_is_a_version(job: Job) -> None:
    work_on(job)
    assert job.version == 1 + 1 + 6 + 1  # made, claimed, six steps, ended


def test_a_step_notes_as_often_as_it_likes(ran: Run) -> None:
    def run(turn: Turn) -> None:
        with turn.step() as step:
            step.advance(done=1, counts={"a": 1}, total=3)
            step.advance(done=2, counts={"a": 1, "b": 5}, cursor={"at": 3})
            step.advance()

    ended = ran(run)
    assert (ended.done, ended.total, ended.counts, ended.cursor) == (
        3,
        3,
        {"a": 2, "b": 5},
        {"at": 3},
    )


def test_errors_may_quote_anything(ran: Run) -> None:
    def run(turn: Turn) -> None:
        with turn.step() as step:
            odd = JobError(
                entry="e" * 2000, field="f\0" * 300, code="odd", detail="nul \0, half \ud800"
            )
            step.advance(errors=[odd])

    assert ran(run).state == JobState.SUCCEEDED
    error = JobError.objects.get()
    assert (len(error.entry), len(error.field)) == (1000, 255)
    assert error.detail == "nul �, half ?"


def test_a_step_that_fails_leaves_nothing(ran: Run, project: Project) -> None:
    def run(turn: Turn) -> None:
        def fail() -> None:
            with turn.step() as step:
                step.advance(done=2, cursor={"at": 2})
                DocumentFactory.create(project=project)
                type(project).objects.create(slug=project.slug)

        with pytest.raises(IntegrityError):
            fail()
        with turn.step() as step:
            assert step.job.cursor == turn.job.cursor == {}
            step.advance(done=1)

    ended = ran(run, turns=2)
    assert (ended.state, ended.done) == (JobState.SUCCEEDED, 1)
    assert not project.documents.exists()


def test_a_long_batch_keeps_the_lease(ran: Run) -> None:
    seen: list[Any] = []

    def run(turn: Turn) -> None:
        let_the_lease_of_a_job_run_out(turn.job)
        turn.keep()
        seen.append(Job.objects.get().lease_expires_at)

    ran(run)
    assert seen[0] > timezone.now()


# Files


def test_a_source_is_read_and_a_result_kept(project: Project) -> None:
    def run(turn: Turn) -> None:
        with turn.open_source() as source:
            turn.keep_result(ContentFile(source.read().upper()), "loud.txt")
            turn.keep_result(ContentFile(source.read() + b"again"), "loud.txt")

    job = start_job(
        actor=UserFactory.create(),
        project=project,
        kind=JobKind.IMPORT,
        source=ContentFile(b"ada"),
        source_name="ada.txt",
    )
    with run_by(JobKind.IMPORT, run):
        work_on(job)
    assert job.result_name == "loud.txt"
    with job.result.open("rb") as result:
        assert result.read() == b"again"
    assert "loud" not in job.result.name
    folders = {job.source.name, job.result.name}
    assert {f"jobs/{name}/{file}" for name, file in stored(job)} == folders


def stored(job: Job) -> list[tuple[str, str]]:
    """Return the folder and name of every file below `jobs`."""
    storage = job.result.storage
    folders = storage.listdir("jobs")[0]
    return [(folder, file) for folder in folders for file in storage.listdir(f"jobs/{folder}")[1]]


def test_a_result_is_known_before_it_is_there(ran: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(turn: Turn) -> None:
        with monkeypatch.context() as machine:
            machine.setattr(FileSystemStorage, "save", out_of_space)
            turn.keep_result(ContentFile(b"much"), "much.txt")

    def out_of_space(*args: Any, **kwargs: Any) -> str:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        ran(run)
    job = Job.objects.get()
    assert job.result.name
    assert job.result_name == ""


@pytest.mark.parametrize("source", ["", "jobs/aa/gone"])
def test_a_source_that_is_gone_fails(ran: Run, source: str) -> None:
    def run(turn: Turn) -> None:
        turn.open_source()

    ended = ran(run, source=source)
    assert (ended.state, ended.error_code) == (JobState.FAILED, "source_missing")


# Ends


def test_a_runner_says_why_it_cannot_go_on(ran: Run) -> None:
    def run(turn: Turn) -> None:
        with turn.step() as step:
            step.advance(done=1)
        raise JobFailed("no_column", "Expected a column called text.")

    ended = ran(run)
    assert (ended.state, ended.done) == (JobState.FAILED, 1)
    assert (ended.error_code, ended.error_detail) == (
        "no_column",
        "Expected a column called text.",
    )
    assert last_event(ended.pk).action == "job.failed"


def test_a_fault_of_ours_is_logged_and_not_told(ran: Run, caplog: pytest.LogCaptureFixture) -> None:
    def run(turn: Turn) -> None:
        raise RuntimeError("the inner life")

    ended = ran(run)
    assert (ended.state, ended.error_code) == (JobState.FAILED, "internal_error")
    assert "inner" not in ended.error_detail
    assert "the inner life" in caplog.text
    assert str(ended.pk) in caplog.text


def test_a_kind_that_nobody_runs_fails(project: Project) -> None:
    job = JobFactory.create(project=project, kind=JobKind.IMPORT)
    runners = dict(jobs.RUNNERS)
    jobs.RUNNERS.clear()
    try:
        work_on(job)
    finally:
        jobs.RUNNERS.update(runners)
    assert job.error_code == "internal_error"


@pytest.mark.parametrize("fault", [OperationalError("lock time-out"), OSError("no space left")])
def test_a_fault_of_the_machine_is_no_end(ran: Run, project: Project, fault: Exception) -> None:
    def run(turn: Turn) -> None:
        if turn.job.attempts == 1:
            raise fault

    with run_by(JobKind.IMPORT, run):
        job = JobFactory.create(project=project)
        with pytest.raises(type(fault)):
            work_on(job)
        job.refresh_from_db()
        assert (job.state, job.attempts, job.error_code) == (JobState.RUNNING, 1, "")
        let_the_lease_of_a_job_run_out(job)
        work_on(job)
    assert job.state == JobState.SUCCEEDED


def test_a_step_that_meets_a_deadlock_is_made_again_at_once(ran: Run) -> None:
    """The database chose this one of two that wait for each other; it says so of either."""

    def run(turn: Turn) -> None:
        if turn.job.attempts == 1:
            raise OperationalError("deadlock detected") from DeadlockDetected()
        with turn.step() as step:
            step.advance(done=1)

    ended = ran(run, turns=2)
    assert (ended.state, ended.done) == (JobState.SUCCEEDED, 1)


def test_steps_that_meet_nothing_but_deadlocks_end_the_job(ran: Run) -> None:
    def run(turn: Turn) -> None:
        raise OperationalError("deadlock detected") from DeadlockDetected()

    ended = ran(run, turns=10)
    assert (ended.state, ended.error_code) == (JobState.FAILED, "worker_lost")


# Workers that are lost


def lose_a_worker(job: Job) -> None:
    """Take the job (over) as a worker does that is never heard of again."""
    let_the_lease_of_a_job_run_out(job)
    job.refresh_from_db()
    assert jobs.running._claim(str(job.pk), job.version)
    let_the_lease_of_a_job_run_out(job)


def test_a_job_that_loses_every_worker_fails(job: Job) -> None:
    for _ in range(3):
        lose_a_worker(job)
    work_on(job)
    assert (job.state, job.error_code, job.done) == (JobState.FAILED, "worker_lost", 0)


def test_the_last_attempt_may_still_succeed(job: Job) -> None:
    for _ in range(2):
        lose_a_worker(job)
    work_on(job)
    assert job.state == JobState.SUCCEEDED


def test_a_step_forgives_lost_workers(job: Job, settings: Settings) -> None:
    settings.JOB_TURN = timedelta(0)
    for _ in range(5):
        lose_a_worker(job)
        lose_a_worker(job)
        work_on(job, turns=1)
    assert (job.state, job.done) == (JobState.RUNNING, 10)


def test_who_lost_the_lease_writes_nothing_any_more(
    ran: Run, caplog: pytest.LogCaptureFixture
) -> None:
    def take_over(turn: Turn) -> None:
        lose_a_worker(Job.objects.get())
        with turn.step() as step:
            step.advance(done=1000)

    slow = ran(take_over)
    assert (slow.state, slow.done, slow.attempts) == (JobState.RUNNING, 0, 2)
    assert "taken over by another worker" in caplog.text


@pytest.mark.parametrize("how", ["returns", "fails", "breaks", "is over"])
def test_who_lost_the_lease_ends_nothing(ran: Run, settings: Settings, how: str) -> None:
    def take_over(turn: Turn) -> None:
        if how == "is over":
            settings.JOB_TURN = timedelta(0)
            turn._ends = 0
            with pytest.raises(jobs.TurnOver), turn.step():
                pass
            lose_a_worker(Job.objects.get())
            raise jobs.TurnOver
        lose_a_worker(Job.objects.get())
        if how == "fails":
            raise JobFailed("mine", "Mine.")
        if how == "breaks":
            raise RuntimeError

    slow = ran(take_over)
    assert (slow.state, slow.error_code) == (JobState.RUNNING, "")
    assert slow.lease_id is not None


def test_a_lease_that_ran_out_but_was_not_taken_over_still_counts(ran: Run) -> None:
    def run(turn: Turn) -> None:
        let_the_lease_of_a_job_run_out(turn.job)
        with turn.step() as step:
            step.advance(done=1)

    ended = ran(run, turns=2)
    assert (ended.state, ended.done) == (JobState.SUCCEEDED, 1)


# Messages


def test_a_message_is_good_for_one_turn(job: Job, settings: Settings) -> None:
    settings.JOB_TURN = timedelta(0)
    following = jobs.run_turn(str(job.pk), job.version)
    assert following
    assert jobs.run_turn(str(job.pk), job.version) is None
    job.refresh_from_db()
    assert (job.done, job.version) == (2, following)


def test_a_job_at_hand_or_done_is_let_be(job: Job) -> None:
    job.refresh_from_db()
    held = jobs.running._claim(str(job.pk), job.version)
    assert held
    assert jobs.run_turn(str(job.pk), held.version) is None
    let_the_lease_of_a_job_run_out(job)
    work_on(job)
    assert jobs.run_turn(str(job.pk), job.version) is None
    assert len(log_of(job.pk)) == 2


def test_the_jobs_of_a_deleted_project_rest(job: Job, project: Project) -> None:
    type(project).objects.update(deleted_at=timezone.now())
    work_on(job)
    assert job.state == JobState.PENDING
    type(project).objects.update(deleted_at=None)
    work_on(job)
    assert job.state == JobState.SUCCEEDED


def test_each_turn_sends_the_next(
    job: Job, settings: Settings, working: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOB_TURN = timedelta(0)
    turns = []
    usual = jobs.run_turn

    def noted(job_id: str, version: int) -> int | None:
        turns.append((job_id, version))
        return usual(job_id, version)

    monkeypatch.setattr(jobs, "run_turn", noted)
    with working():
        run_job.delay(str(job.pk), job.version)
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED
    assert len(turns) == 7
    assert len(set(turns)) == 7


# The sweep


def left_behind(**fields: Any) -> Job:
    """Return a job that was announced longer ago than the sweep has patience for."""
    job: Job = JobFactory.create(**{"announced_at": timezone.now() - timedelta(minutes=1)} | fields)
    return job


def under_lease(until: timedelta) -> dict[str, Any]:
    ends = timezone.now() + until
    return {"state": JobState.RUNNING, "lease_id": JobFactory.build().pk, "lease_expires_at": ends}


def test_what_was_left_behind_is_taken_once() -> None:
    lost, resting = left_behind(), left_behind(state=JobState.RUNNING, version=7)
    dead = left_behind(**under_lease(-timedelta(seconds=1)))
    found = [(str(one.pk), one.version) for one in (lost, resting, dead)]
    assert jobs.take_left_behind() == found
    assert jobs.take_left_behind() == []


def test_what_is_well_is_let_be() -> None:
    left_behind(announced_at=timezone.now())
    left_behind(**under_lease(timedelta(seconds=30)))
    left_behind(state=JobState.SUCCEEDED)
    left_behind(state=JobState.FAILED, error_code="no_column")
    assert jobs.take_left_behind() == []


def test_a_sweep_takes_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.running, "SWEEP_SIZE", 2)
    pks = [str(left_behind().pk) for _ in range(3)]
    assert [pk for pk, _ in jobs.take_left_behind()] == pks[:2]
    assert [pk for pk, _ in jobs.take_left_behind()] == pks[2:]


def test_what_a_worker_has_added_is_sent_by_the_sweep(
    project: Project, working: Callable[[], Any]
) -> None:
    job = jobs.add_job(actor=None, project=project, kind=JobKind.IMPORT)
    with run_by(JobKind.IMPORT, count_to(3)), working():
        sweep_jobs()
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.SUCCEEDED, 3)
    assert log_of(job.pk)[0] == ("job.created", None)
