"""Workers that die, race and are overtaken: what a job does is done once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction

from documents import jobs
from documents.jobs import Turn
from documents.models import Document, Job, JobKind, JobState
from documents.services.jobs import cancel_job, retry_job
from tests.documents.job_process import NUMBERS, write_documents
from tests.documents.jobs_at_work import (
    count_to,
    let_the_lease_of_a_job_run_out,
    run_by,
    work_on,
)
from tests.factories import JobFactory, UserFactory
from tests.running_site import wait_for
from tests.threads import at_once, while_held
from users.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def working_on(job: Job) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker's process for the job on the database of the tests."""
    served = urlsplit(os.environ["DATABASE_URL"])
    database = served._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {
        "DATABASE_URL": database.geturl(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-m", "tests.documents.job_process", str(job.pk)]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def done(job: Job) -> int:
    job.refresh_from_db()
    return int(job.done)


def has_gone_on(job: Job, before: int) -> bool:
    return done(job) > before


def test_a_job_survives_the_death_of_its_workers() -> None:
    job = JobFactory.create()
    for _ in range(4):
        before = done(job)
        with working_on(job) as process:
            wait_for(partial(has_gone_on, job, before))
            process.kill()
            process.wait(30)
        with transaction.atomic():  # what the database has still at hand of it ends first
            held = Job.objects.select_for_update().get(pk=job.pk)
            assert Document.objects.count() == held.done > before
        let_the_lease_of_a_job_run_out(job)
    with working_on(job) as process:
        assert process.wait(60) == 0
    assert done(job) == NUMBERS
    assert job.state == JobState.SUCCEEDED
    numbers = list(Document.objects.values_list("external_id", flat=True))
    assert len(numbers) == NUMBERS
    assert set(numbers) == {f"n-{number}" for number in range(NUMBERS)}


def test_two_processes_do_the_work_of_one() -> None:
    job = JobFactory.create()
    with working_on(job) as one, working_on(job) as other:
        assert (one.wait(60), other.wait(60)) == (0, 0)
    assert (done(job), Document.objects.count()) == (NUMBERS, NUMBERS)
    assert job.state == JobState.SUCCEEDED


def test_of_many_simultaneous_workers_one_takes_it() -> None:
    with run_by(JobKind.IMPORT, count_to(20)):
        for _ in range(4):
            job = JobFactory.create()
            at_once(*[lambda job=job: jobs.run_turn(str(job.pk), job.version)] * 6)
            assert (done(job), job.state, job.attempts) == (20, JobState.SUCCEEDED, 0)


def test_of_simultaneous_sweeps_each_job_is_taken_by_one() -> None:
    for _ in range(3):
        pks = {str(JobFactory.create().pk) for _ in range(5)}
        taken = at_once(*[jobs.take_left_behind] * 6)
        together = [pk for some in taken for pk, _ in some]
        assert len(together) == 5
        assert set(together) == pks


def test_the_step_of_a_worker_that_was_overtaken_is_not_kept() -> None:
    """The first worker is slow with its batch; its lease runs out, and a second one does it all."""
    first: list[Turn] = []

    def slow(turn: Turn) -> None:
        if not first:
            first.append(turn)
            let_the_lease_of_a_job_run_out(turn.job)
            turn.job.refresh_from_db()
            assert jobs.run_turn(str(turn.job.pk), turn.job.version) is None
        write_documents(turn)

    job = JobFactory.create()
    with run_by(JobKind.IMPORT, slow):
        work_on(job)
    assert (job.state, job.done, Document.objects.count()) == (
        JobState.SUCCEEDED,
        NUMBERS,
        NUMBERS,
    )


def test_cancelling_waits_for_the_step_at_hand() -> None:
    boss = UserFactory.create()

    def run(turn: Turn) -> None:
        with turn.step() as step:
            step.advance(done=1)

    job = JobFactory.create()
    with run_by(JobKind.IMPORT, run):
        cancel: Callable[[], Any] = lambda: cancel_job(actor=boss, job=job)  # noqa: E731
        work: Callable[[], Any] = lambda: jobs.run_turn(str(job.pk), job.version)  # noqa: E731
        while_held(job, cancel, cancel, work)
    work_on(job)
    assert (job.state, job.done) == (JobState.CANCELLED, 0)
    actions = Event.objects.filter(target_id=job.pk).values_list("action", flat=True)
    assert list(actions) == ["job.cancel_requested", "job.cancelled"]


def test_of_simultaneous_retries_one_counts() -> None:
    boss, job = UserFactory.create(), JobFactory.create(state=JobState.CANCELLED)

    def retry() -> str:
        try:
            return str(retry_job(actor=boss, job=job).state)
        except Exception as error:  # noqa: BLE001 - told to the test
            return type(error).__name__

    answers = sorted(while_held(job, retry, retry, retry))
    assert answers == ["JobUnderWay", "JobUnderWay", "pending"]
    assert Event.objects.filter(action="job.retried").count() == 1
