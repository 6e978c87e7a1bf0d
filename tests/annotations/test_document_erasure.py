"""What is erased is nowhere any more: in no table and in no file, whatever happens on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone
from pytest_django import Settings

from annotations.jobs.erasure import documents as stage_of_documents
from annotations.jobs.erasure import past_jobs
from annotations.models import Annotation, AnnotationSet, Kind
from documents import pipeline
from documents.models import (
    Document,
    Job,
    JobError,
    JobState,
    Project,
    Revision,
    Status,
    Upload,
)
from documents.search_index import index_documents
from documents.services.documents import upload_document
from documents.services.jobs import cancel_job, retry_job
from documents.usage import used_by
from tests.annotations.erasing import MARK, SURE, erase, erasure_of, traces
from tests.client import Client
from tests.documents.at_work import claimed, extraction
from tests.documents.jobs_at_work import let_the_lease_of_a_job_run_out, work_on
from tests.events import log_of
from tests.factories import (
    AnnotationFactory,
    AnnotationSetFactory,
    DocumentFactory,
    JobFactory,
    LabelFactory,
)
from users.models import Event, KeptAnswer

pytestmark = pytest.mark.django_db


@pytest.fixture
def marked(project: Project, manager: Client, annotator: Client, curator: Client) -> Document:
    """Return a document of which everything that can hold a text holds the mark."""
    text = f"{MARK} lives in Turin. So does {MARK}'s friend."
    file = ContentFile(text.encode(), f"{MARK}.txt")
    document = upload_document(
        actor=manager.person,
        project=project,
        file=file,
        title=f"Of {MARK}",
        external_id=f"{MARK}-1",
        tags=[MARK],
        metadata={MARK: {"of": [MARK]}},
        iri=f"https://example.org/{MARK}",
    )
    Document.objects.filter(pk=document.pk).update(source_tag=MARK)
    pipeline.process(str(document.pk))
    replace_file(document)
    index_documents([document.pk])
    path = f"/documents/{document.pk}"
    manager.patch(path, {"title": f"About {MARK}"}, if_match=str(version_of(document)))
    span = {"label": str(LabelFactory.create(project=project).pk), "start": 0, "end": len(MARK)}
    body = span | {"body": f"It is {MARK}."}
    made = annotator.post(f"{path}/annotations", body, idempotency_key="b").json()
    annotator.post(f"{path}/annotations/bulk", {"annotations": [span]}, idempotency_key="c")
    schema = {"properties": {"who": {"type": "string"}}}
    noted = LabelFactory.create(project=project, attribute_schema=schema)
    parts = [{"quote": MARK, "suffix": " lives"}, {"quote": f"{MARK}'s friend"}]
    apart = {"label": str(noted.pk), "fragments": parts, "attributes": {"who": MARK}}
    second = annotator.post(f"{path}/annotations", apart, idempotency_key="f").json()
    ends = {"source": made["id"], "target": second["id"], "body": f"Both are {MARK}."}
    way = LabelFactory.create(project=project, kind=Kind.RELATION, attribute_schema=schema)
    joined = ends | {"label": str(way.pk), "attributes": {"who": MARK}}
    sent = annotator.post(f"{path}/relations", joined, idempotency_key="g")
    assert sent.status_code == 201, sent.content
    of_annotator = made["annotation_set_id"]
    annotator.post(f"/annotation-sets/{of_annotator}/submit", idempotency_key="d")
    reason = {"reason": f"No {MARK}."}
    curator.post(f"/annotation-sets/{of_annotator}/return", reason, idempotency_key="e")
    return document


def replace_file(document: Document) -> None:
    """Have the document come from another file; the revision keeps the one it was made of."""
    document = Document.objects.get(pk=document.pk)
    revision = Revision.objects.get(document=document)
    revision.source, revision.source_name = document.source.name, f"{MARK}.txt"
    revision.source_size = document.source_size
    revision.save()
    document.source.save("n", ContentFile(f"{MARK} again".encode()))


@pytest.fixture
def imported(project: Project, manager: Client) -> Job:
    """Return an import that has ended, and that met the document in its file."""
    job: Job = JobFactory.create(
        project=project,
        created_by=manager.person,
        state=JobState.FAILED,
        error_code="no_column",
        error_detail=f"No {MARK}.",
        parameters={"path": MARK},
        cursor={"at": MARK},
        source_name=f"{MARK}.jsonl",
        result_name=f"{MARK}.csv",
        created_at=timezone.now(),
    )
    job.source.save("n", ContentFile(MARK.encode()))
    job.result.save("n", ContentFile(MARK.encode()))
    half_stored = default_storage.save("sources/aa/half", ContentFile(MARK.encode()))
    Job.objects.filter(pk=job.pk).update(cursor={"at": MARK, "storing": [half_stored, "gone"]})
    JobError.objects.create(job=job, line=7, entry=MARK, field="text", code="odd", detail=MARK)
    manager.post(f"/jobs/{job.pk}/retry", idempotency_key="f")
    manager.post(f"/jobs/{job.pk}/cancel", idempotency_key="g")
    return job


def version_of(document: Document) -> int:
    return Document.objects.get(pk=document.pk).version


# No trace


def test_no_trace_is_left(marked: Document, imported: Job, manager: Client) -> None:
    everywhere = traces()
    assert everywhere.keys() >= {
        "annotations_annotation",
        "annotations_annotationset",
        "documents_document",
        "documents_job",
        "documents_joberror",
        "documents_revision",
        "documents_searchentry",
        "users_event",
        "users_keptanswer",
        "files",
    }
    job = erase(manager, marked)
    assert (job.state, job.done, job.total) == (JobState.SUCCEEDED, 1, 1)
    assert traces() == {}


def test_it_tells_how_much_went(marked: Document, imported: Job, manager: Client) -> None:
    job = erase(manager, marked)
    assert job.counts == {"documents": 1, "annotations": 3, "jobs": 1, "answers": 8}


def test_the_log_stays_in_its_order(marked: Document, manager: Client) -> None:
    before = log_of(marked.pk)
    erase(manager, marked)
    rows: list[Any] = list(Event.objects.filter(target_id=marked.pk).order_by("id"))
    assert log_of(marked.pk) == [
        *before,
        ("document.deleted", manager.person.pk),
        ("document.erased", manager.person.pk),
    ]
    erased = {"erased": True}
    assert [(event.before, event.after) for event in rows][:-1] == [
        (None, erased),
        *[(erased, erased)] * len(before),
    ]
    assert rows[-1].after["title"] == "Erased document"


def test_others_are_untouched(marked: Document, manager: Client, project: Project) -> None:
    beside = DocumentFactory.create(project=project, text="Turin lies by the Po.")
    AnnotationFactory.create(
        annotation_set=AnnotationSetFactory.create(document=beside), quote="Tur"
    )
    elsewhere = JobFactory.create(state=JobState.FAILED, error_code="n", error_detail="Mine.")
    manager.post(f"/projects/{project.pk}/documents", {"text": "Else."}, idempotency_key="z")
    before = [*rows_of(beside), elsewhere.error_detail, KeptAnswer.objects.get(key="z").body]
    erase(manager, marked)
    elsewhere.refresh_from_db()
    after = [*rows_of(beside), elsewhere.error_detail, KeptAnswer.objects.get(key="z").body]
    assert before == after


def rows_of(document: Document) -> list[Any]:
    """Return all that is kept of a document."""
    events = Event.objects.filter(target_id=document.pk).order_by("id")
    return [
        *Document.objects.filter(pk=document.pk).values_list(),
        *Revision.objects.filter(document=document).values_list(),
        *Annotation.objects.filter(document=document).values_list(),
        *AnnotationSet.objects.filter(document=document).values_list(),
        *events.values_list("before", "after"),
    ]


# What stays


def test_rows_stay_without_content(marked: Document, manager: Client) -> None:
    erase(manager, marked)
    marked.refresh_from_db()
    assert marked.erased_at
    assert (marked.title, marked.status, marked.error_code) == (
        "Erased document",
        Status.FAILED,
        "erased",
    )
    assert (marked.external_id, marked.sha256, marked.source_size) == (None, "", 0)
    revision = Revision.objects.get(document=marked)
    assert (revision.text, revision.length, revision.sha256, revision.layout) == ("", 0, "", {})
    for annotation in Annotation.objects.filter(document=marked):
        assert (annotation.start, annotation.quote, annotation.body) == (None, "", "")
        assert annotation.deleted_at
        assert annotation.label_id
        assert annotation.author_id
    assert AnnotationSet.objects.get(document=marked).reason == "Erased."


def test_repeated_requests_still_change_nothing(marked: Document, annotator: Client) -> None:
    path = f"/documents/{marked.pk}"
    asked = annotator.person.kept_answers.get(key="b")
    assert MARK in asked.body
    Annotation.objects.filter(document=marked).update(body="")
    boss = Client.of(marked.project.memberships.get(role="manager").user)
    erase(boss, marked)
    label = marked.project.labels.filter(kind=Kind.SPAN).earliest("pk").pk
    body = {"label": str(label), "start": 0, "end": len(MARK), "body": f"It is {MARK}."}
    again = annotator.post(f"{path}/annotations", body, idempotency_key="b")
    assert (again.status_code, again.json()) == (201, {"erased": True})


def test_the_erasure_itself_may_be_asked_for_again(marked: Document, manager: Client) -> None:
    manager.delete(f"/documents/{marked.pk}", if_match=str(version_of(marked)))
    path, body = f"/documents/{marked.pk}/erase", SURE | {"confirm": str(marked.pk)}
    first = manager.post(path, body, idempotency_key="erase")
    work_on(Job.objects.get(pk=first.json()["id"]))
    again = manager.post(path, body, idempotency_key="erase")
    assert (again.status_code, again.json()) == (202, first.json())
    assert Job.objects.count() == 1


def test_the_quota_is_given_back(project: Project, manager: Client) -> None:
    path = f"/projects/{project.pk}/documents"
    kept = manager.post(path, {"text": "Zoë stays."}).json()["revision"]["length"]
    goes = Document.objects.get(pk=manager.post(path, {"text": "Zoë goes."}).json()["id"])
    assert used_by(project) == (2, 11 + 10)
    erase(manager, goes)
    assert used_by(project) == (1, kept + 1)


def test_its_upload_goes(project: Project, manager: Client) -> None:
    document = DocumentFactory.create(project=project)
    upload = Upload.objects.create(
        project=project,
        created_by=manager.person,
        name=MARK,
        length=3,
        document=document,
        expires_at=timezone.now(),
    )
    piece = f"uploads/{upload.pk.hex[-2:]}/{upload.pk.hex}/piece"
    default_storage.save(piece, ContentFile(MARK.encode()))
    erase(manager, document)
    assert traces() == {}
    assert not Upload.objects.exists()


# Earlier jobs


def test_an_emptied_job_is_not_retried(imported: Job, marked: Document, manager: Client) -> None:
    erase(manager, marked)
    imported.refresh_from_db()
    assert (imported.state, imported.parameters) == (JobState.CANCELLED, {"erased": True})
    assert not imported.source
    error = imported.errors.get()
    assert (error.line, error.field, error.code, error.detail) == (7, "text", "odd", "Erased.")
    answer = manager.post(f"/jobs/{imported.pk}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "job_finished")
    assert "erased" in answer.json()["detail"]


def test_an_import_that_was_retried_meanwhile_is_cancelled(
    imported: Job, marked: Document, manager: Client
) -> None:
    job = erasure_of(manager, marked)
    retry_job(actor=manager.person, job=imported)
    work_on(job)
    imported.refresh_from_db()
    assert imported.state == JobState.CANCELLED
    assert traces() == {}


def test_later_jobs_and_other_erasures_are_let_be(marked: Document, manager: Client) -> None:
    other = DocumentFactory.create(project=marked.project)
    first = erase(manager, other)
    job = erasure_of(manager, marked)
    later = JobFactory.create(project=marked.project, parameters={"path": "new"})
    work_on(job)
    later.refresh_from_db()
    first.refresh_from_db()
    assert later.parameters == {"path": "new"}
    assert first.parameters == {"documents": [str(other.pk)]}


def test_its_upload_goes_with_a_job(imported: Job, marked: Document, manager: Client) -> None:
    Upload.objects.create(
        project=marked.project,
        created_by=manager.person,
        name=MARK,
        length=3,
        job=imported,
        expires_at=timezone.now(),
    )
    erase(manager, marked)
    assert traces() == {}


# In steps


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Have each step do one thing, and each turn make one step."""
    settings.JOB_TURN = timedelta(0)
    monkeypatch.setattr(stage_of_documents, "DOCUMENTS_AT_ONCE", 1)
    monkeypatch.setattr(stage_of_documents, "ANNOTATIONS_AT_ONCE", 1)
    monkeypatch.setattr(past_jobs, "JOBS_AT_ONCE", 1)
    monkeypatch.setattr(past_jobs, "ERRORS_AT_ONCE", 1)


@pytest.fixture
def several(marked: Document, imported: Job, project: Project, manager: Client) -> list[Document]:
    """Return three marked documents; two have annotations, one has a file."""
    annotated = AnnotationSetFactory.create(document=marked_too(project))
    label = LabelFactory.create(project=project)
    AnnotationFactory.create_batch(3, annotation_set=annotated, label=label, body=MARK)
    JobFactory.create(project=project, source_name=MARK, state=JobState.SUCCEEDED)
    return [marked, annotated.document, marked_too(project)]


def marked_too(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project, text=f"Ada knows {MARK}.")
    return made


@pytest.mark.usefixtures("in_small_steps")
def test_many_small_steps_take_all(several: list[Document], manager: Client) -> None:
    job = erase(manager, *several)
    assert (job.state, job.done, job.total) == (JobState.SUCCEEDED, 3, 3)
    assert job.counts == {"documents": 3, "annotations": 6, "jobs": 2, "answers": 8}
    assert traces() == {}


@pytest.mark.usefixtures("in_small_steps")
@pytest.mark.parametrize("turns", range(3, 17))
def test_cancelled_at_any_time_each_is_erased_wholly_or_not_at_all(
    several: list[Document], manager: Client, turns: int
) -> None:
    job = erasure_of(manager, *several)
    work_on(job, turns=turns)
    if not job.has_ended:
        cancel_job(actor=manager.person, job=job)
        work_on(job)
        assert job.state == JobState.CANCELLED
    for document in several:
        of_annotations = Event.objects.filter(target_id__in=targets(document))
        rows = [*rows_of(document), *of_annotations.values_list("before", "after")]
        left = [row for row in rows if MARK in str(row)]
        assert bool(left) is not is_erased(document), left


def is_erased(document: Document) -> bool:
    return Document.objects.get(pk=document.pk).erased_at is not None


def targets(document: Document) -> list[Any]:
    """Return the ids of a document, and of what was said of it."""
    of_annotations = Annotation.objects.filter(document=document).values_list("pk", flat=True)
    return [document.pk, *of_annotations]


@pytest.mark.usefixtures("in_small_steps")
def test_a_job_that_stopped_in_the_middle_is_retried(
    several: list[Document], manager: Client
) -> None:
    job = erasure_of(manager, *several)
    work_on(job, turns=5)
    cancel_job(actor=manager.person, job=job)
    work_on(job)
    retry_job(actor=manager.person, job=job)
    work_on(job)
    assert job.state == JobState.SUCCEEDED
    assert traces() == {}


def test_files_that_could_not_be_deleted_are_deleted_later(
    several: list[Document], manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_disk(storage: Any, name: str) -> None:
        raise OSError("the disk is away")

    job = erasure_of(manager, *several)
    for _ in range(2):  # once for the file of a job, once for that of a document
        with monkeypatch.context() as machine:
            machine.setattr(FileSystemStorage, "delete", no_disk)
            with pytest.raises(OSError, match="away"):
                work_on(job)
        assert traces()["files"]
        let_the_lease_of_a_job_run_out(job)
        work_on(job, turns=0)
    work_on(job)
    assert job.state == JobState.SUCCEEDED
    assert traces() == {}


# Who is in the way


def test_who_works_on_it_adds_nothing_any_more(project: Project, manager: Client) -> None:
    file = ContentFile(MARK.encode(), "n.txt")
    document = upload_document(actor=manager.person, project=project, file=file)
    held = claimed(document)
    erase(manager, document)
    pipeline._finish(held, extraction(MARK))
    assert traces() == {}
    assert not Revision.objects.filter(document=document).exists()


def test_what_was_restored_meanwhile_stays(several: list[Document], manager: Client) -> None:
    job = erasure_of(manager, *several)
    kept = several[1]
    manager.post(f"/documents/{kept.pk}/restore")
    before = rows_of(kept)
    work_on(job)
    assert rows_of(kept) == before
    assert (job.counts["documents"], job.counts["restored"], job.done) == (2, 1, 3)
    error = job.errors.get()
    assert (error.entry, error.code) == (str(kept.pk), "document_live")
