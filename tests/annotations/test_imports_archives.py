"""The entries of archives become documents with a stored file, each processed as uploads are."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from annotations.jobs.importing import archive, files, renewing, shelf, writing
from documents import jobs, pipeline
from documents.ingest.archives import read_archive_in_cell
from documents.models import Document, Job, Project
from tests.annotations.importing import errors_of, finished, imported, send, texts
from tests.client import Client
from tests.documents.jobs_at_work import let_the_lease_of_a_job_run_out, work_on

pytestmark = pytest.mark.django_db


def zipped(entries: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return file.getvalue()


def tarred(entries: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as made:
        for name, content in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return file.getvalue()


def stored() -> set[str]:
    """Return the names of all stored sources of documents."""
    folders = default_storage.listdir("sources")[0] if default_storage.exists("sources") else []
    found = {folder: default_storage.listdir(f"sources/{folder}")[1] for folder in folders}
    return {f"sources/{folder}/{name}" for folder, names in found.items() for name in names}


def of_documents() -> set[str]:
    return {document.source.name or "" for document in Document.objects.all()}


def process(project: Project) -> None:
    for document in Document.objects.filter(project=project):
        pipeline.process(str(document.pk))


ENTRIES = {"a.txt": b"Ada lives.", "letters/b.html": b"<p>Bea lives.</p>", "../c.txt": b"Cleo."}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_each_entry_becomes_a_document(manager: Client, project: Project, pack: Any) -> None:
    job = imported(manager, project, pack(ENTRIES), "a.bin")
    assert (job["state"], job["counts"], job["total"]) == ("succeeded", {"created": 3}, 3)
    assert job["parameters"]["source"] == "archive"
    documents = Document.objects.filter(project=project)
    assert {one.external_id for one in documents} == {"a.txt", "letters/b.html", "c.txt"}
    assert {(one.title, one.source_name, one.status) for one in documents} == {
        (name, name, "pending") for name in ("a.txt", "b.html", "c.txt")
    }
    assert stored() == of_documents()
    process(project)
    assert texts(project) == {
        "a.txt": "Ada lives.",
        "letters/b.html": "Bea lives.",
        "c.txt": "Cleo.",
    }
    html = documents.get(external_id="letters/b.html")
    source = b"".join(manager.get(f"/documents/{html.pk}/source").streaming_content)
    assert source == ENTRIES["letters/b.html"]


def test_the_format_may_be_told(manager: Client, project: Project) -> None:
    job = imported(manager, project, zipped(ENTRIES), "a.zip", format="zip")
    assert job["counts"] == {"created": 3}
    job = imported(manager, project, b"no archive", "a.zip", format="zip")
    assert (job["state"], job["error"]["code"]) == ("failed", "unsupported_media_type")


def test_entries_that_cannot_be_had_are_told_by_name(
    manager: Client, project: Project, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 300
    inner = zipped({"x.txt": b"x"})
    content = zipped({"a.txt": b"Ada.", "long.txt": b"a b " * 100, "in.zip": inner, "b.txt": b"B."})
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    job = imported(manager, project, content, "a.zip")
    assert job["counts"] == {"created": 2, "refused": 2}
    assert errors_of(manager, job) == [
        ("long.txt", "", "too_large"),
        ("in.zip", "", "nested_archive"),
    ]


def test_an_archive_that_breaks_off_is_told_after_its_entries(
    manager: Client, project: Project
) -> None:
    content = tarred({f"{n}.txt": bytes([97 + n]) * 9000 + b"\n" for n in range(9)})
    job = imported(manager, project, content[: len(content) * 2 // 3], "a.tgz")
    assert (job["state"], job["error"]["code"]) == ("failed", "archive_broken")
    assert 0 < job["done"] < 9
    assert Document.objects.count() == job["done"]


POLICIES = [
    ("skip", {"skipped": 2}),
    ("error", {"refused": 2}),
    ("update", {"unchanged": 2}),
    ("new_revision", {"unchanged": 1, "revised": 1}),
]


@pytest.mark.parametrize(("policy", "counts"), POLICIES)
def test_known_entries_are_treated_by_the_policy(
    manager: Client, project: Project, policy: str, counts: Any
) -> None:
    imported(manager, project, zipped({"a.txt": b"Ada.", "b.txt": b"Bea."}), "a.zip")
    process(project)
    new = zipped({"a.txt": b"Ada.", "b.txt": b"Bea lives."})
    job = imported(manager, project, new, "a.zip", on_known=policy)
    assert job["counts"] == counts
    assert stored() >= of_documents()
    process(project)
    is_new = policy == "new_revision"
    assert texts(project) == {"a.txt": "Ada.", "b.txt": "Bea lives." if is_new else "Bea."}
    codes = [(f"{name}.txt", "external_id", "external_id_taken") for name in "ab"]
    assert errors_of(manager, job) == (codes if policy == "error" else [])


def test_a_long_name_is_known_by_a_digest(manager: Client, project: Project) -> None:
    names = [f"{'a' * 300}{n}.txt" for n in (1, 2)]
    content = zipped({name: name.encode() for name in names})
    assert imported(manager, project, content, "a.zip")["counts"] == {"created": 2}
    ids = Document.objects.values_list("external_id", flat=True)
    assert {len(one or "") for one in ids} == {255}
    assert imported(manager, project, content, "a.zip")["counts"] == {"skipped": 2}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FILES", 2)
    monkeypatch.setattr(shelf, "FILES", 2)


SEVEN = {f"{n}.txt": b"Letter %d." % n for n in range(7)}


class Killed(BaseException):
    """A worker ends in the middle of a batch."""


@pytest.mark.parametrize("step", [0, 1, 3])
def test_a_worker_that_dies_leaves_nothing_behind_and_nothing_out(
    manager: Client, project: Project, small: None, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    job = Job.objects.get(pk=send(manager, project, zipped(SEVEN), "a.zip").json()["id"])
    steps = iter(range(9))
    write = writing.write

    def dying(*args: Any) -> Any:
        if next(steps) == step:
            raise Killed
        return write(*args)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", dying)
        # As after kill -9: nothing is tidied up.
        patch.setattr(shelf.Shelf, "__exit__", lambda *_: None)
        with pytest.raises(Killed):
            jobs.run_turn(str(job.pk), job.version)
    left = stored() - of_documents()
    assert len(left) == (1 if step == 3 else 2)
    let_the_lease_of_a_job_run_out(job)
    assert finished(manager, str(job.pk))["counts"] == {"created": 7}
    assert stored() == of_documents()
    assert len(stored()) == 7


def test_what_fails_takes_its_files_along(
    manager: Client, project: Project, small: None, settings: Settings
) -> None:
    settings.PROJECT_MAX_DOCUMENTS = 5
    job = imported(manager, project, zipped(SEVEN), "a.zip")
    assert (job["state"], job["error"]["code"], job["done"]) == ("failed", "quota_exceeded", 4)
    assert stored() == of_documents()
    assert len(stored()) == 4


def test_what_is_refused_leaves_no_file(manager: Client, project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(duplicates="refuse")
    content = zipped({"a.txt": b"Same.", "b.txt": b"Same."})
    job = imported(manager, project, content, "a.zip")
    assert job["counts"] == {"created": 1, "refused": 1}
    assert errors_of(manager, job) == [("b.txt", "text", "duplicate_document")]
    assert stored() == of_documents()


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_every_turn_goes_on_with_the_next_entry(
    manager: Client, project: Project, small: None, settings: Settings, pack: Any
) -> None:
    settings.JOB_TURN = settings.JOB_TURN * 0
    job = Job.objects.get(pk=send(manager, project, pack(SEVEN), "a.bin").json()["id"])
    work_on(job)
    assert (job.state, job.done, Document.objects.count()) == ("succeeded", 7, 7)
    assert stored() == of_documents()


BOUNDS = {"LOOKED_AT": 1, "BYTES": 1, "SECONDS": -1.0}


@pytest.mark.parametrize("bound", BOUNDS)
def test_batches_are_bounded(
    manager: Client, project: Project, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(files, bound, BOUNDS[bound])
    sizes: list[int] = []
    write = writing.write

    def counting(batch: Any, *args: Any) -> Any:
        sizes.append(batch.done)
        return write(batch, *args)

    monkeypatch.setattr(files, "write", counting)
    imported(manager, project, zipped(SEVEN), "a.zip")
    assert sizes == [1] * 7


class Distant(io.BytesIO):
    """A file as remote storages give it: without a descriptor."""


def test_an_archive_in_a_remote_storage_is_copied_first(
    manager: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = zipped(ENTRIES)

    def opened(turn: Any) -> Iterator[Any]:
        return Distant(content)

    monkeypatch.setattr(jobs.Turn, "open_source", opened)
    assert imported(manager, project, content, "a.zip")["counts"] == {"created": 3}


def test_the_lease_is_renewed_between_entries(
    manager: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "PART", -1.0)
    kept: list[int] = []
    keep = jobs.Turn.keep

    def noting(turn: jobs.Turn) -> None:
        kept.append(1)
        keep(turn)

    monkeypatch.setattr(jobs.Turn, "keep", noting)
    read = read_archive_in_cell

    def telling(*args: Any, on_progress: Any, **told: Any) -> Any:
        on_progress(1, 2)
        return read(*args, on_progress=on_progress, **told)

    monkeypatch.setattr(archive, "read_archive_in_cell", telling)
    imported(manager, project, zipped(ENTRIES), "a.zip")
    assert kept
