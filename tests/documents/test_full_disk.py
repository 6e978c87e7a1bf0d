"""A disk without room: what comes is refused by a code, leaves nothing, and may come again."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from pytest_django import Settings

from config.storages.folder import FolderStorage
from documents.models import Document, Job, Project, Upload
from tests.annotations.importing import finished, send
from tests.annotations.test_imports_archives import of_documents, stored, zipped
from tests.client import Client
from tests.documents import tus_client

pytestmark = pytest.mark.django_db


class Filling(File):  # type: ignore[type-arg] # no generic at run time
    """A file of which a part finds room."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"a part"
        raise OSError(errno.ENOSPC, "No space left on device")


class FullStorage(FolderStorage):
    """A folder on a full disk."""

    def _save(self, name: str, content: Any) -> str:
        return super()._save(name, Filling(content))


def fill(settings: Settings, *, is_full: bool = True) -> None:
    kind = FullStorage if is_full else FolderStorage
    media = settings.STORAGES["default"] | {"BACKEND": f"{kind.__module__}.{kind.__name__}"}
    settings.STORAGES = settings.STORAGES | {"default": media}


@pytest.fixture
def full(settings: Settings) -> None:
    fill(settings)


def assert_nothing_is_left() -> None:
    assert not Document.objects.exists()
    assert not Job.objects.exists()
    for folder in default_storage.listdir("")[0]:
        for inner in default_storage.listdir(folder)[0]:
            assert default_storage.listdir(f"{folder}/{inner}")[1] == []


def assert_told(response: Any) -> None:
    assert (response.status_code, response.json()["code"]) == (503, "storage_full")
    assert response["Retry-After"] == "60"


@pytest.mark.parametrize("route", ["documents", "imports"])
def test_what_is_sent_whole_is_refused(
    manager: Client, project: Project, full: None, route: str
) -> None:
    file = ContentFile(b'{"text": "Ada."}\n', "a.jsonl")
    assert_told(manager.upload(f"/projects/{project.pk}/{route}", file=file))
    assert_nothing_is_left()


def test_a_piece_is_refused_and_comes_again(
    manager: Client, project: Project, settings: Settings
) -> None:
    address = tus_client.address_of(tus_client.begin(manager, project, 4))
    fill(settings)
    assert_told(tus_client.send(manager, address, 0, b"Ada."))
    assert Upload.objects.get().offset == 0
    assert_nothing_is_left()
    fill(settings, is_full=False)
    assert tus_client.send(manager, address, 0, b"Ada.").status_code == 204


def test_an_upload_that_begins_with_a_piece_is_refused_whole(
    manager: Client, project: Project, full: None
) -> None:
    assert_told(tus_client.begin(manager, project, 4, b"Ada."))
    assert not Upload.objects.exists()


def test_an_import_stops_and_goes_on_where_it_stopped(
    manager: Client, project: Project, settings: Settings
) -> None:
    response = send(manager, project, zipped({"a.txt": b"A.", "b.txt": b"B."}), "a.zip")
    fill(settings)
    job = finished(manager, response.json()["id"])
    assert (job["state"], job["error"]["code"], job["counts"]) == ("failed", "storage_full", {})
    assert stored() == set()
    fill(settings, is_full=False)
    assert manager.post(f"/jobs/{job['id']}/retry").status_code == 202
    assert finished(manager, job["id"])["counts"] == {"created": 2}
    assert stored() == of_documents()
