"""A file sent as multipart/form-data is taken in at once and read by a worker later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from pytest_django import Settings

from config.celery import app
from documents.models import Document, Project
from documents.tasks import sweep_documents
from tests.client import BASE, Client
from tests.documents.sending import send_raw
from tests.events import last_event, log_of
from tests.threads import at_once


def file_of(content: bytes = b"Ada lives in Turin.", name: str = "ada.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def stored_files(settings: Settings) -> list[str]:
    media = settings.STORAGES["default"]["OPTIONS"]["location"]
    return sorted(str(path) for path in media.rglob("*") if path.is_file())


def test_an_upload_is_accepted_before_it_is_read(project: Project, manager: Client) -> None:
    response = manager.upload(f"/projects/{project.pk}/documents", file=file_of())
    assert response.status_code == 202
    document = response.json()
    assert document["source_name"] == document["title"] == "ada.txt"
    assert document["source_size"] == 19
    assert document["sha256"] == sha256(b"Ada lives in Turin.").hexdigest()
    assert (document["status"], document["revision"], document["media_type"]) == (
        "pending",
        None,
        "",
    )
    assert response["Location"] == f"http://testserver/api/v1/documents/{document['id']}"
    assert response["ETag"] == '"1"'
    assert log_of(document["id"]) == [("document.created", manager.person.pk)]
    assert last_event(document["id"]).request_id == response["X-Request-ID"]


def test_a_file_is_kept_byte_for_byte_under_a_generated_name(
    project: Project, manager: Client, settings: Settings
) -> None:
    content = bytes(range(256)) * 40
    file = file_of(content, "../../etc/pass wd.txt")
    manager.upload(f"/projects/{project.pk}/documents", file=file)
    document = Document.objects.get()
    folder, short, name = document.source.name.split("/")
    assert (folder, short, len(name)) == ("sources", name[:2], 32)
    with default_storage.open(document.source.name) as kept:
        assert kept.read() == content
    assert document.source_name == "pass wd.txt"
    assert len(stored_files(settings)) == 1


def test_properties_come_as_parts_beside_the_file(project: Project, manager: Client) -> None:
    parts = {
        "external_id": "n-1",
        "title": "Ada",
        "language": "pt-BR",
        "split": "dev",
        "tags": ["a", "b"],
        "metadata": '{"page": 1, "of": ["x", null]}',
        "iri": "https://example.org/ada",
    }
    response = manager.upload(f"/projects/{project.pk}/documents", file=file_of(), **parts)
    assert response.status_code == 202
    expected = parts | {"metadata": {"page": 1, "of": ["x", None]}}
    assert expected.items() <= response.json().items()


def test_an_empty_external_id_is_none(project: Project, manager: Client) -> None:
    path = f"/projects/{project.pk}/documents"
    response = manager.upload(path, file=file_of(), external_id="")
    assert (response.status_code, response.json()["external_id"]) == (202, None)


@pytest.mark.parametrize(
    ("metadata", "detail"),
    [
        ("{", "Not JSON"),
        ("[1]", "Expected a JSON object, found an array."),
        ('{"a": 1, "a": 2}', "The key 'a' stands twice in one object."),
        ('{"a": NaN}', "NaN is not a JSON number."),
        ('{"a": "\\u0000"}', "U+0000 cannot be stored in text."),
        ("", "Not JSON"),
    ],
)
def test_metadata_that_is_no_strict_json_object_is_refused(
    project: Project, manager: Client, metadata: str, detail: str
) -> None:
    path = f"/projects/{project.pk}/documents"
    response = manager.upload(path, file=file_of(), metadata=metadata)
    [error] = response.json()["errors"]
    assert (response.status_code, error["pointer"]) == (422, "/metadata")
    assert error["detail"].startswith(detail)


@pytest.mark.parametrize(
    ("parts", "pointer", "code"),
    [
        ({}, "/file", "required"),
        ({"file": "no file"}, "/file", "invalid"),
        ({"file": file_of(b"")}, "/file", "empty"),
        ({"file": file_of(), "text": "Ada"}, "/text", "unknown"),
        ({"file": file_of(), "status": "ready"}, "/status", "unknown"),
        ({"file": file_of(), "tags": ["a", ""]}, "/tags/1", "blank"),
    ],
)
def test_an_upload_that_does_not_fit_is_refused(
    project: Project, manager: Client, parts: dict[str, Any], pointer: str, code: str
) -> None:
    response = manager.upload(f"/projects/{project.pk}/documents", **parts)
    assert response.status_code == 422
    errors = response.json()["errors"]
    assert [(error["pointer"], error["code"]) for error in errors] == [(pointer, code)]
    assert not Document.objects.exists()


def test_a_file_beyond_the_limit_is_refused(
    project: Project, manager: Client, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 100
    path = f"/projects/{project.pk}/documents"
    assert manager.upload(path, file=file_of(b"n" * 100)).status_code == 202
    response = manager.upload(path, file=file_of(b"n" * 101))
    [error] = response.json()["errors"]
    assert (response.status_code, error["code"]) == (422, "too_large")
    assert error["detail"] == "Expected at most 100 bytes, found 101."


def test_a_body_far_beyond_the_limit_is_not_even_read(
    project: Project, manager: Client, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100, 400
    response = manager.upload(f"/projects/{project.pk}/documents", file=file_of(b"n" * 500))
    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")


def test_two_files_are_refused(project: Project, manager: Client) -> None:
    parts = {"file": file_of(), "other": file_of()}
    response = manager.upload(f"/projects/{project.pk}/documents", **parts)
    assert (response.status_code, response.json()["code"]) == (400, "malformed_body")
    assert response.json()["detail"] == "Send one file."


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("C:\\\\Users\\\\ada\\\\notes.txt", "notes.txt"),
        ("/etc/passwd", "passwd"),
        ("..%2f..%2fnotes.txt", "..%2f..%2fnotes.txt"),
        ("nötes 日本.txt", "nötes 日本.txt"),
        ("right\u202eto left.txt", "rightto left.txt"),
        ("two\tparts\x7f.txt", "twoparts.txt"),
        ("&lt;b&gt;.txt", "<b>.txt"),
    ],
)
def test_a_display_name_is_cleaned_once(
    project: Project, manager: Client, sent: str, kept: str
) -> None:
    response = send_raw(manager, f"/projects/{project.pk}/documents", f'filename="{sent}"')
    assert response.status_code == 202, response.content
    assert response.json()["source_name"] == kept


def test_a_long_name_is_cut_before_its_suffix(project: Project, manager: Client) -> None:
    response = manager.upload(f"/projects/{project.pk}/documents", file=file_of(name="n" * 300))
    assert response.json()["source_name"] == "n" * 255


def test_a_file_whose_name_is_only_control_characters_is_untitled(
    upload: Callable[..., Document],
) -> None:
    document = upload(name="\x01\u202e")
    assert (document.source_name, document.title) == ("", "Untitled")


def test_an_external_id_is_taken_once_and_the_refused_file_goes_again(
    project: Project, manager: Client, settings: Settings
) -> None:
    path = f"/projects/{project.pk}/documents"
    first = manager.upload(path, file=file_of(), external_id="n-1").json()
    response = manager.upload(path, file=file_of(b"Eve"), external_id="n-1")
    assert (response.status_code, response.json()["code"]) == (409, "external_id_taken")
    assert response.json()["document_id"] == first["id"]
    assert len(stored_files(settings)) == 1
    assert Document.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_uploads_with_one_external_id_one_is_taken_in(
    project: Project, manager: Client, settings: Settings
) -> None:
    path = f"/projects/{project.pk}/documents"
    clients = [Client.of(manager.person) for _ in range(4)]
    answers = at_once(
        *(lambda c=c: c.upload(path, file=file_of(), external_id="n-1") for c in clients)
    )
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    assert len(stored_files(settings)) == 1


@pytest.mark.django_db(transaction=True)
def test_an_upload_retried_under_one_key_is_taken_in_once(
    project: Project, manager: Client
) -> None:
    def send(**parts: Any) -> Any:
        path, key = f"{BASE}/projects/{project.pk}/documents", {"Idempotency-Key": "k"}
        return manager.http.post(path, parts, format="multipart", headers=key)

    first = send(file=file_of(), tags=["a", "b"])
    again = send(file=file_of(), tags=["a", "b"])
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert Document.objects.count() == 1
    for other in (send(file=file_of(b"Eve"), tags=["a", "b"]), send(file=file_of(), tags=["b"])):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_an_upload_is_accepted_and_swept_up_later(
    project: Project, manager: Client, broker_away: None, eager: None
) -> None:
    app.conf.task_always_eager = False
    response = manager.upload(f"/projects/{project.pk}/documents", file=file_of())
    assert (response.status_code, response.json()["status"]) == (202, "pending")
    document = Document.objects.get()
    with document.source.open() as kept:
        assert kept.read() == b"Ada lives in Turin."
    Document.objects.update(announced_at=F("announced_at") - timedelta(hours=1))
    app.conf.task_always_eager = True
    sweep_documents()
    assert manager.get(f"/documents/{document.pk}").json()["status"] == "ready"


def test_who_may_not_add_documents_stores_no_file(
    project: Project, curator: Client, settings: Settings
) -> None:
    path = f"/projects/{project.pk}/documents"
    assert curator.upload(path, file=file_of()).status_code == 403
    assert curator.post(path, {"text": "Ada"}).status_code == 403
    assert stored_files(settings) == []
