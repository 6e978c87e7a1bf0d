from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from documents.admin import jobs as admin_jobs
from documents.models import Job, JobError, JobKind, JobState, Project, Role
from tests.documents.jobs_at_work import count_to, run_by, work_on
from tests.factories import JobFactory
from tests.staff import Staff, address_of, page

KIND = "documents_job"


@pytest.fixture
def manager(project: Project) -> Staff:
    return Staff.of(project, Role.MANAGER)


@pytest.fixture
def job(project: Project, manager: Staff) -> Job:
    made: Job = JobFactory.create(
        project=project,
        created_by=manager.user,
        source_name="letters.jsonl",
        parameters={"mapping": {"text": "body"}},
    )
    return made


def failed(project: Project, **fields: Any) -> Job:
    made: Job = JobFactory.create(
        project=project,
        **{"state": JobState.FAILED, "error_code": "no_column", "error_detail": "<b>"} | fields,
    )
    return made


def test_the_list_shows_how_far_each_is(manager: Staff, job: Job, project: Project) -> None:
    with run_by(JobKind.IMPORT, count_to(1500, by=1500)):
        work_on(job)
    JobFactory.create(project=project, done=7)
    shown = manager.list_of(KIND)
    assert "1,500 of 1,500" in shown
    assert ">7<" in shown
    assert "letters.jsonl" in shown
    assert str(manager.user) in shown
    assert "the system" in shown


def test_jobs_are_found_by_state_kind_and_project(
    manager: Staff, job: Job, project: Project
) -> None:
    failed(project, source_name="broken.csv", kind=JobKind.REANCHORING)
    for query in ("?state=failed", "?kind=reanchoring"):
        shown = manager.list_of(KIND, query)
        assert ("broken.csv" in shown, "letters.jsonl" in shown) == (True, False)
    assert "letters.jsonl" in manager.list_of(KIND, f"?project={project.pk}")


def test_the_page_tells_all_of_a_job(manager: Staff, job: Job) -> None:
    with run_by(JobKind.IMPORT, count_to(11)):
        work_on(job)
    shown = manager.page_of(job)
    for told in ("succeeded", "11 of 11", "9 good, 2 wrong", "letters.jsonl", "&quot;body&quot;"):
        assert told in shown
    assert "<li>line 5, n <code>five</code> 5.</li>" in shown
    assert "There are more" not in shown


def test_a_job_that_has_just_begun_has_nothing_to_tell(manager: Staff, project: Project) -> None:
    shown = manager.page_of(JobFactory.create(project=project))
    assert "<ul>" not in shown.partition("Progress")[2].partition("Resource")[0]


def test_the_first_errors_are_shown(
    manager: Staff, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_jobs, "SHOWN_ERRORS", 2)
    for code in ("one", "two", "three"):
        JobError.objects.create(job=job, entry="<a>.txt", code=code, detail="<script>")
    shown = manager.page_of(job)
    assert "<li>&lt;a&gt;.txt <code>two</code> &lt;script&gt;</li>" in shown
    assert "three" not in shown
    assert "There are more: see the API." in shown


def test_why_it_failed_is_told_as_text(manager: Staff, project: Project) -> None:
    assert "<code>no_column</code> &lt;b&gt;" in manager.page_of(failed(project))


def test_the_result_is_downloaded(manager: Staff, job: Job) -> None:
    job.result_name = "report.csv"
    job.result.save("n", ContentFile(b"<script>"))
    address = reverse("admin:documents_job_result", args=[job.pk])
    assert f'<a href="{address}">report.csv</a>' in manager.page_of(job)
    answer = manager.get(address)
    assert b"".join(answer) == b"<script>"
    assert answer["Content-Disposition"] == 'attachment; filename="report.csv"'
    job.result.storage.delete(job.result.name)
    assert manager.messages_after(manager.get(address)) == [
        "The stored file is gone from the storage. Ask the operator to restore it from the backup."
    ]


def test_a_job_is_cancelled_and_tried_again(manager: Staff, job: Job) -> None:
    assert "Cancel" in manager.page_of(job)
    Job.objects.filter(pk=job.pk).update(version=7)  # it goes on while somebody looks at its page
    assert manager.step(job, "cancel") == [
        f"{job}: cancelled, or as soon as what its worker has at hand is done."
    ]
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert "Retry" in manager.page_of(job)
    assert manager.step(job, "retry") == [f"{job}: on its way to a worker, from where it stopped."]
    [stale] = manager.step(job, "retry")
    assert stale.startswith("It changed after this page was loaded")
    job.refresh_from_db()
    assert job.state == JobState.PENDING


def test_what_cannot_be_done_is_not_offered(manager: Staff, project: Project) -> None:
    done = JobFactory.create(project=project, state=JobState.SUCCEEDED)
    emptied = failed(project, parameters={"erased": True})
    for job in (done, emptied):
        shown = manager.page_of(job)
        assert address_of(job, "cancel") not in shown
        assert address_of(job, "retry") not in shown


def test_curators_look_and_others_do_not(job: Job, project: Project) -> None:
    curator, annotator = Staff.of(project, Role.CURATOR), Staff.of(project, Role.ANNOTATOR)
    assert address_of(job, "cancel") not in curator.page_of(job)
    assert curator.press(job, "cancel").status_code == 403
    assert "letters.jsonl" not in annotator.list_of(KIND)
    assert annotator.get(page(job)).status_code == 404
    result = reverse("admin:documents_job_result", args=[job.pk])
    assert annotator.get(result).status_code == 404


def test_failed_jobs_wait_on_the_home_page(manager: Staff, project: Project) -> None:
    failed(project)
    failed(project)
    shown = " ".join(manager.get(reverse("admin:index")).content.decode().split())
    assert f"{reverse('admin:documents_job_changelist')}?state=failed" in shown
    assert "jobs failed" in shown
