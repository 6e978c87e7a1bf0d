"""Files of records are imported by jobs: good rows are kept, bad ones told, each taken in once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from pytest_django import Settings

from annotations.jobs.importing import records
from config.celery import app
from documents.models import Document, Job, Project, Worker
from tests.annotations.importing import (
    errors_of,
    finished,
    imported,
    lines,
    numbered,
    send,
    texts,
)
from tests.client import Client
from tests.documents.jobs_at_work import work_on
from users.models import Event

pytestmark = pytest.mark.django_db
TABLE = "id;body;year;label\nn-1;Ada lives.;1843;letter\nn-2;Bea lives.;;\n"


def test_a_file_of_records_becomes_documents(manager: Client, project: Project) -> None:
    response = send(manager, project, numbered(3), "letters.jsonl")
    assert response.status_code == 202
    job = response.json()
    assert response["Location"].endswith(f"/api/v1/jobs/{job['id']}")
    assert (job["kind"], job["state"], job["source_name"]) == ("import", "pending", "letters.jsonl")
    job = finished(manager, job["id"])
    assert texts(project) == {f"n-{n}": f"Letter {n}." for n in (1, 2, 3)}
    told = (job["state"], job["done"], job["total"], job["counts"])
    assert told == ("succeeded", 3, 3, {"created": 3})
    assert errors_of(manager, job) == []
    assert job["links"]["result"] is None
    created = Event.objects.filter(action="document.created", project_id=project.pk)
    assert {event.actor for event in created} == {manager.person}
    assert created.count() == 3


def test_a_job_that_nobody_does_says_so_at_once(manager: Client, project: Project) -> None:
    job = send(manager, project, numbered(1)).json()
    assert job["notice"] == "No worker is running: this waits until one is started."
    Worker.objects.create(name="worker@here", seen_at=timezone.now())
    assert send(manager, project, numbered(1)).json()["notice"] is None


def test_a_worker_takes_it_up_when_it_is_sent(
    manager: Client,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    monkeypatch.setattr(app.conf, "task_always_eager", True)
    with django_capture_on_commit_callbacks(execute=True):
        job = send(manager, project, numbered(2)).json()
    assert manager.get(f"/jobs/{job['id']}").json()["state"] == "succeeded"


FILES: dict[str, bytes] = {
    "a.jsonl": numbered(2),
    "a.json": json.dumps([json.loads(line) for line in numbered(2).splitlines()]).encode(),
    "a.csv": b"id,text\nn-1,Letter 1.\nn-2,Letter 2.\n",
    "a.tsv": b"id\ttext\nn-1\tLetter 1.\nn-2\tLetter 2.\n",
    "latin.csv": "id;text\nn-1;Möwe über Köln\nn-2;für Grüße\n".encode("cp1252"),
    "wide.json": '[{"id": "n-1", "text": "é"}, {"id": "n-2", "text": "ü"}]'.encode("utf-16"),
}


@pytest.mark.parametrize("name", FILES)
def test_formats_are_found_out(manager: Client, project: Project, name: str) -> None:
    job = imported(manager, project, FILES[name], name)
    assert (job["state"], job["counts"]) == ("succeeded", {"created": 2})
    assert set(texts(project)) == {"n-1", "n-2"}
    if name == "latin.csv":
        assert texts(project)["n-1"] == "Möwe über Köln"


def test_each_line_of_a_text_may_be_a_document(manager: Client, project: Project) -> None:
    job = imported(manager, project, b"Ada lives.\n\nBea lives.\n", "a.txt")
    titles = Document.objects.filter(project=project).values_list("title", flat=True)
    assert sorted(titles) == ["Ada lives.", "Bea lives."]
    assert job["parameters"]["shape"]["format"] == "lines"


def test_columns_are_recognised_and_told(manager: Client, project: Project) -> None:
    job = imported(manager, project, TABLE.replace("body", "text").encode(), "a.csv")
    mapping = job["parameters"]["mapping"]
    assert (mapping["text"], mapping["external_id"], mapping["labels"], mapping["others"]) == (
        "text",
        "id",
        ["label"],
        True,
    )
    assert job["parameters"]["shape"]["delimiter"] == ";"
    [ada, bea] = Document.objects.filter(project=project).order_by("external_id")
    assert (ada.metadata, bea.metadata) == ({"year": "1843"}, {})


def test_columns_are_taken_as_told(manager: Client, project: Project) -> None:
    mapping: dict[str, Any] = {
        "text": "body",
        "external_id": None,
        "title": "id",
        "metadata": {"born": "year"},
        "others": False,
        "labels": [],
    }
    job = imported(manager, project, TABLE.encode(), "a.csv", mapping=mapping)
    assert job["counts"] == {"created": 2}
    ada = Document.objects.get(project=project, title="n-1")
    assert (ada.external_id, ada.metadata) == (None, {"born": "1843"})


def test_all_that_a_row_says_is_kept(manager: Client, project: Project) -> None:
    row = {
        "text": "Ada.",
        "external_id": 7,
        "title": "T",
        "lang": "en",
        "split": "train",
        "tags": ["a", "b"],
        "meta": {"n": 1},
        "more": [2],
    }
    imported(manager, project, lines(row))
    document = Document.objects.get(project=project)
    told = manager.get(f"/documents/{document.pk}").json()
    assert {name: told[name] for name in ("external_id", "title", "language", "split", "tags")} == {
        "external_id": "7",
        "title": "T",
        "language": "en",
        "split": "train",
        "tags": ["a", "b"],
    }
    assert told["metadata"] == {"n": 1, "more": [2]}


def test_a_nul_in_a_text_is_replaced_and_noted(manager: Client, project: Project) -> None:
    imported(manager, project, lines({"text": "a\0b"}))
    revision = Document.objects.get(project=project).revision
    assert revision
    assert (revision.text, revision.notes) == (
        "a\ufffdb",
        ["1 NUL characters replaced by U+FFFD"],
    )


def test_bad_rows_are_told_with_line_and_field_and_good_ones_kept(
    manager: Client, project: Project
) -> None:
    content = (
        lines({"id": 1, "text": "Good."})
        + b'\n{"text" 2}\n'
        + lines({"id": "x" * 256, "text": ""}, {"id": 2, "text": "Good.", "label": [[0, 9, "A"]]})
        + lines({"id": 3, "text": "Good."})
    )
    job = imported(manager, project, content)
    assert (job["state"], job["done"], job["counts"]) == (
        "succeeded",
        5,
        {"created": 2, "refused": 3},
    )
    assert errors_of(manager, job) == [
        (3, "", "invalid_json"),
        (4, "id", "too_long"),
        (5, "label/0", "offset_out_of_range"),
    ]
    assert set(texts(project)) == {"1", "3"}


def test_the_errors_come_as_a_file_too(manager: Client, project: Project) -> None:
    job = imported(manager, project, b'{"text": "a"}\n{"text": ""}\n[]\n')
    response = manager.get(f"/jobs/{job['id']}/result")
    assert "errors.jsonl" in response["Content-Disposition"]
    told = [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]
    assert [(one["line"], one["field"], one["code"]) for one in told] == [
        (2, "text", "required"),
        (3, "", "not_an_object"),
    ]


def test_a_file_that_is_cut_off_is_told_after_its_rows(manager: Client, project: Project) -> None:
    job = imported(manager, project, b'[{"id": "a", "text": "Ada."}, {"id": "b"', "a.json")
    assert (job["state"], job["error"]["code"]) == ("failed", "unexpected_end")
    assert texts(project) == {"a": "Ada."}
    job = imported(manager, project, b"[", "a.json", mapping={"text": "text"})
    assert (job["state"], job["done"]) == ("failed", 0)


POLICIES = [
    ("skip", {"skipped": 2, "created": 1}, "Old.", {}),
    ("error", {"refused": 2, "created": 1}, "Old.", {}),
    ("update", {"updated": 2, "created": 1}, "Old.", {"n": 1}),
    ("new_revision", {"revised": 2, "created": 1}, "New.", {"n": 1}),
]


@pytest.mark.parametrize(("policy", "counts", "text", "metadata"), POLICIES)
def test_known_documents_are_treated_by_the_policy(
    manager: Client, project: Project, policy: str, counts: Any, text: str, metadata: Any
) -> None:
    old = lines({"id": "a", "text": "Old."}, {"id": "b", "text": "Old, too."})
    imported(manager, project, old)
    new = lines(
        {"id": "a", "text": "New.", "n": 1},
        {"id": "b", "text": "New, too.", "n": 1},
        {"id": "c", "text": "Other."},
    )
    job = imported(manager, project, new, on_known=policy)
    assert job["counts"] == counts
    assert texts(project)["a"] == text
    assert Document.objects.get(project=project, external_id="a").metadata == metadata
    expected = [(n, "external_id", "external_id_taken") for n in (1, 2)]
    assert errors_of(manager, job) == (expected if policy == "error" else [])


def test_what_is_imported_again_is_skipped_unless_told_otherwise(
    manager: Client, project: Project
) -> None:
    imported(manager, project, numbered(3))
    assert imported(manager, project, numbered(4))["counts"] == {"created": 1, "skipped": 3}
    again = imported(manager, project, numbered(4), on_known="update")
    assert again["counts"] == {"unchanged": 4}


def test_duplicates_are_refused_where_the_project_refuses_them(
    manager: Client, project: Project
) -> None:
    Project.objects.filter(pk=project.pk).update(duplicates="refuse")
    content = lines({"id": "a", "text": "Same."}, {"id": "b", "text": "Same."})
    job = imported(manager, project, content)
    assert job["counts"] == {"created": 1, "refused": 1}
    assert errors_of(manager, job) == [(2, "text", "duplicate_document")]


def test_beyond_the_quota_the_job_fails_and_can_go_on_later(
    manager: Client, project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "ROWS", 2)
    settings.PROJECT_MAX_DOCUMENTS = 3
    job = imported(manager, project, numbered(5))
    assert (job["state"], job["error"]["code"], job["done"]) == ("failed", "quota_exceeded", 2)
    settings.PROJECT_MAX_DOCUMENTS = None
    assert manager.post(f"/jobs/{job['id']}/retry").status_code == 202
    assert finished(manager, job["id"])["counts"] == {"created": 5}


BATCHES = {"ROWS": 2, "CHARACTERS": 5, "BYTES": 10, "SECONDS": -1.0}


@pytest.mark.parametrize("bound", BATCHES)
def test_batches_are_bounded(
    manager: Client, project: Project, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(records, bound, BATCHES[bound])
    response = send(manager, project, numbered(5))
    job = Job.objects.get(pk=response.json()["id"])
    begun = job.version
    work_on(job, turns=1)
    assert (job.done, job.state) == (5, "succeeded")
    assert job.version >= begun + {"ROWS": 5}.get(bound, 7)


def test_the_total_is_estimated_until_it_is_known(
    manager: Client, project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "ROWS", 2)
    settings.JOB_TURN = settings.JOB_TURN * 0
    job = Job.objects.get(pk=send(manager, project, numbered(8)).json()["id"])
    work_on(job, turns=1)
    assert (job.done, job.total, job.state) == (2, 8, "running")
    short = lines({"text": "a" * 100}) + b"\n" * 500 + lines({"text": "b"})
    job = Job.objects.get(pk=send(manager, project, short).json()["id"])
    work_on(job)
    assert (job.done, job.total, job.state) == (2, 2, "succeeded")


def test_an_upload_can_be_imported(manager: Client, project: Project) -> None:
    content = numbered(3)
    begun: Any = manager.send(
        "POST",
        f"/projects/{project.pk}/uploads",
        content,
        Tus_Resumable="1.0.0",
        Upload_Length=str(len(content)),
        Upload_Metadata="filename YS5qc29ubA==",
    )
    assert begun.status_code == 201, begun.content
    response = manager.post(f"/projects/{project.pk}/imports", {"upload": begun.json()["id"]})
    assert response.status_code == 202, response.content
    job = finished(manager, response.json()["id"])
    assert (job["counts"], job["source_name"]) == ({"created": 3}, "a.jsonl")
    again = manager.post(f"/projects/{project.pk}/imports", {"upload": begun.json()["id"]})
    assert (again.status_code, again.json()["code"]) == (409, "upload_used")


def test_our_own_export_is_taken_back(
    manager: Client, project: Project, client_of: Callable[[Any], Client]
) -> None:
    row = {
        "id": "a",
        "text": "Ada 👩 in Turin.",
        "title": "T",
        "label": [[0, 3, "PER"], "letter"],
        "lang": "en",
        "tags": ["x"],
        "n": 1,
    }
    imported(manager, project, lines(row, {"id": "b", "text": "Nothing."}))
    query = "?offset_unit=utf16"
    exported = b"".join(manager.get(f"/projects/{project.pk}/export{query}").streaming_content)
    other = manager.post("/projects", {"name": "Other"}).json()
    target = Project.objects.get(pk=other["id"])
    job = imported(manager, target, exported, "export.jsonl")
    assert job["parameters"]["shape"]["format"] == "postil"
    assert job["counts"] == {"created": 2, "labels": 2, "annotations": 2}
    again = b"".join(manager.get(f"/projects/{target.pk}/export{query}").streaming_content)
    assert [_content(line) for line in again.splitlines()] == [
        _content(line) for line in exported.splitlines()
    ]


def _content(line: bytes) -> Any:
    """Return what an exported record says, without whose and which it is."""
    record = json.loads(line)
    for name in ("id", "revision"):
        record.pop(name)
    for one in record["annotation_sets"]:
        for name in ("id", "submitted_at"):
            one.pop(name)
        for annotation in one["annotations"]:
            for name in ("id", "created_at", "updated_at"):
                annotation.pop(name)
            annotation["label"].pop("id")
    return record


def test_an_export_with_a_mapping_is_read_as_records(manager: Client, project: Project) -> None:
    imported(manager, project, numbered(1))
    exported = b"".join(manager.get(f"/projects/{project.pk}/export").streaming_content)
    other = Project.objects.get(pk=manager.post("/projects", {"name": "Other"}).json()["id"])
    job = imported(manager, other, exported, mapping={"text": "title", "external_id": "id"})
    assert job["parameters"]["shape"]["format"] == "jsonl"
    assert set(texts(other).values()) == {"Letter 1."}


def test_a_lost_file_is_told(manager: Client, project: Project) -> None:
    job = Job.objects.get(pk=send(manager, project, numbered(1)).json()["id"])
    job.source.delete(save=False)
    assert finished(manager, str(job.pk))["error"]["code"] == "source_missing"


def test_a_file_without_a_name_or_with_a_strange_one_is_kept(
    manager: Client, project: Project
) -> None:
    file = ContentFile(numbered(1), "../a\u202eb.jsonl")
    job = manager.upload(f"/projects/{project.pk}/imports", file=file).json()
    assert job["source_name"] == "ab.jsonl"
