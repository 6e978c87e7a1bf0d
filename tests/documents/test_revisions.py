"""A text that comes out different is a new revision; one that comes out the same is none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from documents import pipeline
from documents.models import Document, Project, Revision, Status
from documents.usage import used_by
from tests.client import Client
from tests.events import changed, last_event, log_of

Upload = Callable[..., Document]
Working = Callable[[], AbstractContextManager[Any]]


def again(client: Client, document: Document, content: bytes) -> Any:
    """Process a document once more after its stored file has changed."""
    storage, name = document.source.storage, document.source.name
    storage.delete(name)
    storage.save(name, ContentFile(content))
    answer = client.post(f"/documents/{document.pk}/reprocess")
    assert answer.status_code == 202
    pipeline.process(str(document.pk))
    return client.get(f"/documents/{document.pk}").json()


def test_a_text_that_comes_out_the_same_makes_no_new_revision(
    manager: Client, upload: Upload
) -> None:
    document = upload(b"Ada")
    pipeline.process(str(document.pk))
    first = Revision.objects.get()
    shown = again(manager, document, b"Ada")
    assert (shown["status"], shown["revision"]["id"]) == ("ready", str(first.pk))
    assert Revision.objects.count() == 1


def test_another_text_makes_the_next_revision(manager: Client, upload: Upload) -> None:
    document = upload(b"Ada")
    pipeline.process(str(document.pk))
    shown = again(manager, document, b"Eve")
    assert (shown["revision"]["number"], shown["revision"]["length"]) == (2, 3)
    assert manager.get(f"/documents/{document.pk}/text?revision=1").json()["text"] == "Ada"
    assert manager.get(f"/documents/{document.pk}/text").json()["text"] == "Eve"
    shown = again(manager, document, b"Ada")
    assert shown["revision"]["number"] == 3


def test_a_text_stays_when_reading_it_again_fails(manager: Client, upload: Upload) -> None:
    document = upload(b"Ada")
    pipeline.process(str(document.pk))
    shown = again(manager, document, b"%PDF-1.7")
    assert (shown["status"], shown["revision"]["number"]) == ("ready", 1)
    assert shown["error"]["code"] == "pdf_broken"
    assert last_event(document.pk).action == "document.revision_failed"
    shown = again(manager, document, b"Ada")
    assert (shown["status"], shown["error"]) == ("ready", None)


# Corrections


def test_a_corrected_text_is_the_next_revision(
    manager: Client, viewer: Client, made: Callable[..., Any]
) -> None:
    document = made(external_id="n-1")
    path = f"/documents/{document['id']}"
    answer = manager.post(f"{path}/revisions", {"text": "Ada lived in Turin."})
    assert answer.status_code == 201, answer.content
    shown = answer.json()
    assert (shown["status"], shown["version"], answer["ETag"]) == ("ready", 2, '"2"')
    assert (shown["revision"]["number"], shown["revision"]["length"]) == (2, 19)
    assert answer["Location"] == f"http://testserver/api/v1{path}/revisions/2"
    assert viewer.get(answer["Location"].partition("/api/v1")[2]).json() == shown["revision"]
    assert shown["sha256"] == shown["revision"]["sha256"] != document["sha256"]
    assert viewer.get(path).json() == shown
    assert viewer.get(f"{path}/text").json()["text"] == "Ada lived in Turin."
    assert viewer.get(f"{path}/text?revision=1").json()["text"] == "Ada lives in Turin."
    listed = viewer.get(f"{path}/revisions").json()["results"]
    assert listed == [document["revision"], shown["revision"]]
    one = viewer.get(f"{path}/revisions?limit=1&ordering=-created_at").json()
    assert (one["results"], bool(one["next"])) == (listed[1:], True)


def test_a_correction_is_told_in_one_event(manager: Client, made: Callable[..., Any]) -> None:
    document = made()
    shown = manager.post(f"/documents/{document['id']}/revisions", {"text": "Eve."}).json()
    event = last_event(document["id"])
    assert (event.action, event.actor) == ("document.revised", manager.person)
    told = changed(event)
    assert told["revision_id"] == (document["revision"]["id"], shown["revision"]["id"])
    assert told["version"] == (1, 2)


def test_the_text_that_it_has_changes_nothing(manager: Client, made: Callable[..., Any]) -> None:
    document = made()
    path = f"/documents/{document['id']}/revisions"
    answer = manager.post(path, {"text": "Ada lives in Turin."})
    assert (answer.status_code, answer.json()) == (200, document)
    assert "Location" not in answer
    assert len(log_of(document["id"])) == 1
    manager.post(path, {"text": "Eve."})
    assert manager.post(path, {"text": "Ada lives in Turin."}).json()["revision"]["number"] == 3


def test_a_stale_correction_is_refused(manager: Client, made: Callable[..., Any]) -> None:
    path = f"/documents/{made()['id']}/revisions"
    stale = manager.post(path, {"text": "Eve."}, if_match="7")
    assert (stale.status_code, stale.json()["current"]["version"]) == (412, 1)
    assert manager.post(path, {"text": "Eve."}, if_match="1").status_code == 201


@pytest.mark.parametrize("status", [Status.PENDING, Status.PROCESSING])
def test_a_document_at_work_gets_no_other_text(
    manager: Client, made: Callable[..., Any], status: Status
) -> None:
    path = f"/documents/{made()['id']}/revisions"
    Document.objects.update(status=status)
    answer = manager.post(path, {"text": "Eve."})
    assert (answer.status_code, answer.json()["code"]) == (409, "being_processed")
    assert answer.json()["detail"] == f"Its status is {status}."


def test_a_correction_keeps_the_kind_of_text_unless_told(
    manager: Client, made: Callable[..., Any]
) -> None:
    document = made(text="# Ada", media_type="text/markdown")
    path = f"/documents/{document['id']}/revisions"
    kept = manager.post(path, {"text": "# Ada\n\nlives."}).json()
    assert (kept["media_type"], kept["revision"]["extractor"]) == (
        "text/markdown",
        "markdown-it-py",
    )
    told = manager.post(path, {"text": "# Eve", "media_type": "text/plain"}).json()
    assert (told["media_type"], told["revision"]["extractor"]) == ("text/plain", "python")


def test_a_file_that_gave_no_text_may_get_one_by_hand(manager: Client, upload: Upload) -> None:
    document = upload(b"%PDF-1.7", "a.pdf")
    pipeline.process(str(document.pk))
    path = f"/documents/{document.pk}"
    shown = manager.post(f"{path}/revisions", {"text": "Ada."}).json()
    assert (shown["status"], shown["error"], shown["revision"]["number"]) == ("ready", None, 1)
    assert shown["sha256"] == document.sha256  # of the file, which stays what it is of
    source = manager.get(f"{path}/source")
    assert b"".join(source) == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": "a", "media_type": "text/html"}, "/media_type"),
        ({"text": "a", "title": "b"}, "/title"),
    ],
)
def test_what_is_no_text_is_refused(
    manager: Client, made: Callable[..., Any], body: Any, pointer: str
) -> None:
    answer = manager.post(f"/documents/{made()['id']}/revisions", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_content_that_another_document_has_is_refused(
    manager: Client, made: Callable[..., Any], project: Project
) -> None:
    Project.objects.update(duplicates="refuse")
    first, second = made(text="Ada."), made(text="Eve.")
    path = f"/documents/{second['id']}/revisions"
    answer = manager.post(path, {"text": "Ada."})
    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_document")
    assert answer.json()["document_id"] == first["id"]
    files = storage_of(project)
    answer = manager.upload(path, file=SimpleUploadedFile("a.txt", b"Ada."))
    assert answer.json()["code"] == "duplicate_document"
    assert storage_of(project) == files
    assert manager.post(path, {"text": "Zo\u00eb."}).status_code == 201


# Other files


def storage_of(project: Project) -> list[Path]:
    """Return the files of the storage, which the test has for itself."""
    storage: Any = Document._meta.get_field("source").storage
    folder = Path(storage.location)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def send(client: Client, document: Any, content: bytes, name: str = "b.txt", **more: Any) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.upload(f"/documents/{document.pk}/revisions", file=file, **more)


def test_another_file_is_read_by_a_worker(
    manager: Client, upload: Upload, working: Working
) -> None:
    document = upload(b"Ada.", "a.txt")
    pipeline.process(str(document.pk))
    path = f"/documents/{document.pk}"
    with working():
        answer = send(manager, document, b"<p>Eve.</p>", "b.html", boilerplate="drop")
        assert answer.status_code == 202, answer.content
        shown = answer.json()
        assert (shown["status"], shown["source_name"]) == ("pending", "b.html")
        assert (shown["revision"]["number"], shown["source_size"]) == (1, 11)
        assert manager.get(f"{path}/text").json()["text"] == "Ada."
        assert last_event(document.pk).action == "document.revised"
    shown = manager.get(path).json()
    assert (shown["status"], shown["media_type"]) == ("ready", "text/html")
    assert shown["extraction_options"] == {"boilerplate": "drop"}
    assert shown["revision"]["number"] == 2
    assert manager.get(f"{path}/text").json()["text"].strip() == "Eve."


def test_the_former_file_stays_with_its_text(manager: Client, upload: Upload) -> None:
    document = upload(b"Ada.", "a.txt")
    pipeline.process(str(document.pk))
    path = f"/documents/{document.pk}"
    none = manager.get(f"{path}/revisions/1/source")
    assert (none.status_code, none.json()["code"]) == (409, "no_source")
    send(manager, document, b"Eve.")
    former = manager.get(f"{path}/revisions/1/source")
    assert (b"".join(former), "a.txt" in former["Content-Disposition"]) == (b"Ada.", True)
    assert b"".join(manager.get(f"{path}/source")) == b"Eve."
    revision = Revision.objects.get()
    revision.source.storage.delete(revision.source.name)
    gone = manager.get(f"{path}/revisions/1/source")
    assert (gone.status_code, gone.json()["code"]) == (410, "source_missing")
    assert manager.get(f"{path}/revisions/2/source").status_code == 404


def test_a_file_that_gave_no_text_is_replaced(
    manager: Client,
    upload: Upload,
    project: Project,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    document = upload(b"%PDF-1.7", "a.pdf")
    pipeline.process(str(document.pk))
    with django_capture_on_commit_callbacks(execute=True):
        assert send(manager, document, b"Ada.").status_code == 202
    assert [path.read_bytes() for path in storage_of(project)] == [b"Ada."]
    assert used_by(project) == (1, 4)


def test_the_file_that_it_has_changes_nothing(
    manager: Client, upload: Upload, project: Project
) -> None:
    document = upload(b"Ada.", "a.txt")
    pipeline.process(str(document.pk))
    answer = send(manager, document, b"Ada.")
    assert (answer.status_code, answer.json()["version"]) == (200, 3)
    assert len(storage_of(project)) == 1
    document.refresh_from_db()
    assert document.source_name == "a.txt"


def test_the_file_that_failed_is_tried_again(manager: Client, upload: Upload) -> None:
    document = upload(b"%PDF-1.7", "a.pdf")
    pipeline.process(str(document.pk))
    answer = send(manager, document, b"%PDF-1.7")
    assert (answer.status_code, answer.json()["error"]) == (202, None)


def test_another_file_that_failed_is_tried_again(manager: Client, upload: Upload) -> None:
    document = upload(b"Ada.")
    pipeline.process(str(document.pk))
    for _ in range(2):
        answer = send(manager, document, b"%PDF-1.7")
        assert (answer.status_code, answer.json()["error"]) == (202, None)
        pipeline.process(str(document.pk))


def test_a_text_stays_when_the_other_file_gives_none(manager: Client, upload: Upload) -> None:
    document = upload(b"Ada.")
    pipeline.process(str(document.pk))
    send(manager, document, b"%PDF-1.7")
    pipeline.process(str(document.pk))
    shown = manager.get(f"/documents/{document.pk}").json()
    assert (shown["status"], shown["revision"]["number"]) == ("ready", 1)
    assert shown["error"]["code"] == "pdf_broken"
    assert manager.get(f"/documents/{document.pk}/text").json()["text"] == "Ada."
    listed = manager.get(f"/projects/{document.project_id}/documents?error_code=pdf_broken").json()
    assert [one["id"] for one in listed["results"]] == [str(document.pk)]


def test_revisions_are_charged(manager: Client, upload: Upload, project: Project) -> None:
    document = upload(b"Ada.")
    pipeline.process(str(document.pk))
    path = f"/documents/{document.pk}/revisions"
    manager.post(path, {"text": "Eve!!"})
    assert used_by(project) == (1, 4 + 4 + 5)
    send(manager, document, b"Zoe?")
    assert used_by(project) == (1, 4 + 4 + 5 + 4)
    Document.objects.update(status="ready")
    Project.objects.update(max_bytes=20)
    for answer in (manager.post(path, {"text": "Adalbert"}), send(manager, document, b"Adalbert")):
        assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
    assert len(storage_of(project)) == 2


def test_a_file_beyond_the_limit_is_refused(
    manager: Client, upload: Upload, settings: Settings
) -> None:
    document = upload(b"Ada.")
    settings.UPLOAD_MAX_BYTES = 3
    answer = send(manager, document, b"Adam")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too_large")


def test_a_text_of_no_document_is_missing(manager: Client, made: Callable[..., Any]) -> None:
    path = f"/documents/{made()['id']}/revisions"
    assert manager.get(f"{path}/2").status_code == 404
    assert manager.get(f"{path}/99999999999999999999").status_code == 404
    assert manager.get(f"{path}?number=1").status_code == 400
