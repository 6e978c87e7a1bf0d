"""Whatever happens to a worker, each row is taken in once, in as many turns as it takes."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from annotations.jobs.importing import records, renewing, writing
from annotations.models import Annotation
from documents import jobs
from documents.models import Document, Job, Project
from tests.annotations.importing import errors_of, finished, numbered, send, texts
from tests.client import Client
from tests.documents.jobs_at_work import let_the_lease_of_a_job_run_out, work_on
from users.models import Event

pytestmark = pytest.mark.django_db
LABEL = [[0, 6, "X"]]


class Killed(BaseException):
    """A worker ends in the middle of a step."""


def killing(step: int) -> Any:
    """Return a `write` after which, before the commit, the worker ends at the given step."""
    steps = iter(range(step + 1))

    def write(*args: Any) -> Any:
        pairs = writing.write(*args)
        if next(steps) == step:
            raise Killed
        return pairs

    return write


def begun(client: Client, project: Project, content: bytes, **told: Any) -> Job:
    return Job.objects.get(pk=send(client, project, content, **told).json()["id"])


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_a_worker_that_dies_in_a_step_leaves_it_to_the_next(
    manager: Client, project: Project, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(records, "ROWS", 3)
    content = numbered(8, label=LABEL) + b"[]\n" + numbered(1)
    job = begun(manager, project, content)
    with monkeypatch.context() as dying:
        dying.setattr(records, "write", killing(step))
        with pytest.raises(Killed):
            jobs.run_turn(str(job.pk), job.version)
    job.refresh_from_db()
    assert Document.objects.count() == min(3 * step, 8)
    let_the_lease_of_a_job_run_out(job)
    told = finished(manager, str(job.pk))
    assert told["counts"] == {
        "created": 8,
        "refused": 1,
        "skipped": 1,
        "labels": 1,
        "annotations": 8,
    }
    assert (told["done"], told["total"]) == (10, 10)
    assert errors_of(manager, told) == [(9, "", "not_an_object")]
    assert len(texts(project)) == Annotation.objects.count() == 8
    assert Event.objects.filter(action="document.created").count() == 8


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv"])
def test_every_turn_goes_on_where_the_last_one_ended(
    manager: Client,
    project: Project,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setattr(records, "ROWS", 1)
    settings.JOB_TURN = settings.JOB_TURN * 0
    contents = {
        "a.jsonl": numbered(4),
        "a.json": b"[" + b",".join(numbered(4).splitlines()) + b"]",
        "a.csv": b'id,text\nn-1,a\nn-2,"b\nb"\nn-3,c\nn-4,d\n',
    }
    job = Job.objects.get(pk=send(manager, project, contents[name], name).json()["id"])
    for done in range(1, 5):
        work_on(job, turns=1)
        assert (job.done, job.state, Document.objects.count()) == (done, "running", done)
    work_on(job)
    assert (job.state, job.total) == ("succeeded", 4)
    assert set(texts(project)) == {"n-1", "n-2", "n-3", "n-4"}


def test_a_cancelled_import_keeps_what_it_has_and_can_go_on(
    manager: Client, project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "ROWS", 2)
    settings.JOB_TURN = settings.JOB_TURN * 0
    job = begun(manager, project, numbered(5))
    work_on(job, turns=1)
    assert manager.post(f"/jobs/{job.pk}/cancel").json()["state"] == "cancelled"
    work_on(job)
    assert (job.state, Document.objects.count()) == ("cancelled", 2)
    assert manager.post(f"/jobs/{job.pk}/retry").status_code == 202
    assert finished(manager, str(job.pk))["counts"] == {"created": 5}
    assert Document.objects.count() == 5


def test_the_lease_is_renewed_while_texts_are_laid_out(
    manager: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "PART", -1.0)
    job = begun(manager, project, numbered(3))
    before = job.version
    work_on(job)
    assert (job.state, job.version - before) == ("succeeded", 3 + 3)
