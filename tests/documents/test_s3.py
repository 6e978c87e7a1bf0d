"""Files in a bucket, on a real server of the S3 protocol; and what happens when it fails."""

from __future__ import annotations

import io
import threading
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from config.api.problems import Unavailable
from config.storages.addresses import backend
from documents import pipeline
from documents.errors import PathRefused
from documents.models import Document, JobKind, Project, Upload
from documents.pieces import forget_old
from documents.places import list_files, open_file
from documents.services.uploads import start_job_with_upload
from tests.client import Client
from tests.config.away import closed_port
from tests.documents.conftest import Upload as SendFile
from tests.documents.conftest import Working
from tests.documents.test_tus import CONTENT, let_expire
from tests.documents.tus_client import (
    TUS,
    Arriving,
    address_of,
    begin,
    send,
    send_arriving,
    uploaded,
)
from tests.s3_server import CREDENTIALS, running_s3

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    with running_s3() as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


def keep_at(settings: Settings, url: str) -> None:
    settings.STORAGES = settings.STORAGES | {"default": backend(url)}


class Bucket:
    """A bucket of the test's own, in which the site keeps its files."""

    def __init__(self, endpoint: str) -> None:
        self.name = f"postil-{uuid4().hex[:12]}"
        self.query = f"region=eu-central-1&endpoint={endpoint}"
        self.url = f"s3://{self.name}/some/prefix?{self.query}"

    @property
    def client(self) -> Any:
        storage: Any = default_storage
        return storage.client

    def make(self) -> None:
        place = {"LocationConstraint": "eu-central-1"}
        self.client.create_bucket(Bucket=self.name, CreateBucketConfiguration=place)

    def keys(self) -> list[str]:
        listed = self.client.list_objects_v2(Bucket=self.name)
        return [found["Key"] for found in listed.get("Contents", ())]

    def put(self, key: str, content: bytes = b"Ada") -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=content)


@pytest.fixture
def bucket(s3: str, settings: Settings) -> Bucket:
    made = Bucket(s3)
    keep_at(settings, made.url)
    made.make()
    return made


# Documents


def test_a_document_goes_its_whole_way_in_a_bucket(
    project: Project, manager: Client, working: Working, bucket: Bucket
) -> None:
    file = SimpleUploadedFile("../ada.html", b"<p>Ada lives.", "text/html")
    with working():
        sent = manager.upload(f"/projects/{project.pk}/documents", file=file)
    assert sent.status_code == 202
    address = f"/documents/{sent.json()['id']}"
    assert manager.get(address).json()["status"] == "ready"
    assert manager.get(f"{address}/text").json()["text"].strip() == "Ada lives."
    source = manager.get(f"{address}/source")
    assert (b"".join(source), source["Content-Length"]) == (b"<p>Ada lives.", "13")
    with working():
        assert manager.post(f"{address}/reprocess").status_code == 202
    assert manager.get(address).json()["status"] == "ready"


def test_an_object_has_a_generated_key_below_the_prefix_and_is_private(
    project: Project, manager: Client, bucket: Bucket
) -> None:
    file = SimpleUploadedFile("../lovelace.html", b"<p>Ada lives.", "text/html")
    manager.upload(f"/projects/{project.pk}/documents", file=file)
    [key] = bucket.keys()
    assert key == f"some/prefix/{Document.objects.get().source.name}"
    assert "lovelace" not in key
    head = bucket.client.head_object(Bucket=bucket.name, Key=key)
    assert head["ContentType"] == "application/octet-stream"
    acl = bucket.client.get_object_acl(Bucket=bucket.name, Key=key)
    [grant] = acl["Grants"]
    assert (grant["Grantee"]["ID"], grant["Permission"]) == (acl["Owner"]["ID"], "FULL_CONTROL")


def test_nothing_is_overwritten(bucket: Bucket) -> None:
    first = default_storage.save("a/name", ContentFile(b"Ada"))
    second = default_storage.save("a/name", ContentFile(b"Eve"))
    assert first != second
    assert [default_storage.open(name).read() for name in (first, second)] == [b"Ada", b"Eve"]


def test_names_lead_nowhere_else(bucket: Bucket) -> None:
    with pytest.raises(SuspiciousOperation):
        default_storage.open("../../outside")
    with pytest.raises(ValueError, match="reading bytes alone"):
        default_storage.open("name", "wb")


def test_a_refused_document_leaves_no_object(
    project: Project, manager: Client, bucket: Bucket
) -> None:
    Project.objects.update(max_documents=0)
    file = SimpleUploadedFile("ada.txt", b"Ada")
    assert manager.upload(f"/projects/{project.pk}/documents", file=file).status_code == 413
    assert bucket.keys() == []


def test_an_object_that_is_gone_is_told(
    project: Project, manager: Client, upload: SendFile, bucket: Bucket
) -> None:
    document = upload()
    default_storage.delete(document.source.name)
    default_storage.delete(document.source.name)  # what is gone is no error
    assert manager.get(f"/documents/{document.pk}/source").status_code == 410
    pipeline.process(str(document.pk))
    assert manager.get(f"/documents/{document.pk}").json()["error"]["code"] == "source_missing"


# Resumable uploads


def test_pieces_are_objects_until_they_are_used(
    project: Project, manager: Client, working: Working, bucket: Bucket
) -> None:
    address = address_of(begin(manager, project, 19))
    for offset in range(0, 19, 7):
        send(manager, address, offset, CONTENT[offset : offset + 7])
    assert len(bucket.keys()) == 3
    with working():
        body = {"upload": address.rpartition("/")[2]}
        taken = manager.post(f"/projects/{project.pk}/documents", body)
    document = Document.objects.get(pk=taken.json()["id"])
    assert (document.status, document.source.open().read()) == ("ready", CONTENT)
    assert bucket.keys() == [f"some/prefix/{document.source.name}"]


def test_a_job_takes_its_source_from_them(
    project: Project, manager: Client, working: Working, bucket: Bucket
) -> None:
    upload = uploaded(manager, project, CONTENT)
    with working():
        job = start_job_with_upload(
            actor=manager.person, project=project, upload_id=upload.pk, kind=JobKind.ERASURE
        )
    job.refresh_from_db()
    assert job.source.open().read() == CONTENT


def test_a_piece_that_comes_as_its_upload_is_given_up_goes_again(
    project: Project, manager: Client, bucket: Bucket
) -> None:
    address = address_of(begin(manager, project, 19))
    body = Arriving(b"Ada", meanwhile=lambda: manager.delete(address, **TUS))
    response = send_arriving(manager, address, body, 3)
    assert (response.status_code, response.json()["code"]) == (410, "upload_expired")
    assert bucket.keys() == []


def test_pieces_go_with_an_upload_that_expires(
    project: Project, manager: Client, bucket: Bucket
) -> None:
    uploaded(manager, project, CONTENT)
    assert len(bucket.keys()) == 1
    let_expire()
    forget_old()
    assert (bucket.keys(), Upload.objects.count()) == ([], 0)


# Streams

SIZE, PEAK = 64_000_000, 40_000_000


class Zeros(io.RawIOBase):
    """A file of many bytes that nobody keeps."""

    left = SIZE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = min(self.left, len(buffer))
        buffer[:size] = bytes(size)
        self.left -= size
        return size


def test_large_files_pass_through_little_memory(bucket: Bucket) -> None:
    tracemalloc.start()
    try:
        name = default_storage.save("large", File(io.BufferedReader(Zeros())))
        with default_storage.open(name) as file:
            assert file.size == SIZE
            assert sum(map(len, file.chunks(1 << 20))) == SIZE
        assert tracemalloc.get_traced_memory()[1] < PEAK
    finally:
        tracemalloc.stop()


def test_an_object_is_read_from_wherever_it_is_sought(bucket: Bucket) -> None:
    content = bytes(range(256)) * 20_000
    name = default_storage.save("name", ContentFile(content))
    with default_storage.open(name) as file:
        assert (file.size, file.readable(), file.seekable()) == (len(content), True, True)
        assert file.read(3) == content[:3]
        assert file.seek(-5, io.SEEK_END) == len(content) - 5
        assert file.read() == content[-5:]
        assert file.read() == b""
        assert file.seek(4_000_000) == file.tell() == 4_000_000
        assert file.seek(7, io.SEEK_CUR) == 4_000_007
        assert file.read(9) == content[4_000_007:4_000_016]
        assert file.open().read(3) == content[:3]
    assert file.open().read() == content
    file.close()


def test_an_object_that_is_another_one_by_now_is_not_mixed_in(bucket: Bucket) -> None:
    bucket.put("some/prefix/name", b"Ada" * 1_000_000)
    with default_storage.open("name") as file:
        assert file.read(3) == b"Ada"
        bucket.put("some/prefix/name", b"Eve" * 1_000_000)
        file.seek(2_000_000)
        with pytest.raises(Unavailable):
            file.read(3)


# Failures


class Faulty(ThreadingHTTPServer):
    """A server whose every answer breaks off after some bytes, as often as it is told to."""

    daemon_threads = True
    breaks = 0
    whole = bytes(range(256)) * 40

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), FaultyAnswer)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class FaultyAnswer(BaseHTTPRequestHandler):
    server: Faulty

    def do_HEAD(self) -> None:
        self.head(200, len(self.server.whole))

    def do_GET(self) -> None:
        start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        rest = self.server.whole[start:]
        self.head(206, len(rest))
        if self.server.breaks:
            self.server.breaks -= 1
            rest = rest[:1000]
        self.wfile.write(rest)

    def head(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("ETag", '"tag"')
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def faulty(settings: Settings) -> Iterator[Faulty]:
    with Faulty() as server:
        keep_at(settings, f"s3://bucket?endpoint=http://127.0.0.1:{server.server_port}")
        yield server
        server.shutdown()


def test_a_torn_connection_is_taken_up_again(faulty: Faulty) -> None:
    faulty.breaks = 5  # each brings something, so none counts towards the three
    with default_storage.open("name") as file:
        assert file.read() == faulty.whole


def test_one_that_brings_nothing_is_given_up_after_three_tries(faulty: Faulty) -> None:
    faulty.breaks = 100
    with default_storage.open("name") as file:
        assert file.read(1000) == faulty.whole[:1000]
        faulty.whole = b""  # nothing comes of what is left
        with pytest.raises(Unavailable):
            file.read()


@pytest.fixture
def away(settings: Settings) -> None:
    """Look for the bucket where nothing listens."""
    keep_at(settings, f"s3://bucket?endpoint=http://127.0.0.1:{closed_port()}")


def test_without_the_storage_requests_are_told_to_come_again(
    project: Project, manager: Client, away: None
) -> None:
    file = SimpleUploadedFile("ada.txt", b"Ada")
    response = manager.upload(f"/projects/{project.pk}/documents", file=file)
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert response["Retry-After"] == "5"
    assert not Document.objects.exists()


def test_a_document_waits_for_the_storage_to_come_back(
    project: Project, manager: Client, upload: SendFile, settings: Settings
) -> None:
    document, here = upload(), settings.STORAGES
    keep_at(settings, f"s3://bucket?endpoint=http://127.0.0.1:{closed_port()}")
    for _ in range(settings.PROCESSING_ATTEMPTS + 1):
        pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert (document.status, document.attempts, document.lease_id) == ("pending", 0, None)
    settings.STORAGES = here
    pipeline.process(str(document.pk))
    assert manager.get(f"/documents/{document.pk}").json()["status"] == "ready"


def test_a_bucket_that_is_not_there_is_no_missing_file(s3: str, settings: Settings) -> None:
    keep_at(settings, Bucket(s3).url)
    for ask in (
        lambda: default_storage.listdir("folder"),
        lambda: default_storage.save("name", ContentFile(b"Ada")),
    ):
        with pytest.raises(Unavailable):
            ask()


# Places to import from


@pytest.fixture
def press(bucket: Bucket, settings: Settings) -> Bucket:
    settings.IMPORT_PLACES = {
        "press": f"s3://{bucket.name}/press?{bucket.query}",
        "all": f"s3://{bucket.name}?{bucket.query}",
    }
    for key in ("a/1.txt", "a/", "a.txt", "b/2.txt", "b/../3.txt", "ä.txt"):
        bucket.put(f"press/{key}", key.encode())
    bucket.put("other.txt")
    return bucket


def test_a_place_in_a_bucket_lists_what_is_below_it_in_order(press: Bucket) -> None:
    found = list(list_files("press"))
    assert [(file.path, file.fault) for file in found] == [
        ("a.txt", ""),
        ("a/1.txt", ""),
        ("b/../3.txt", "strange_name"),
        ("b/2.txt", ""),
        ("ä.txt", ""),
    ]
    assert found[0].size == 5
    assert found[0].tag != found[1].tag
    assert [file.path for file in list_files("press", after="a/1.txt")] == [
        "b/../3.txt",
        "b/2.txt",
        "ä.txt",
    ]
    assert [file.path for file in list_files("press", "a")] == ["a/1.txt"]
    assert next(file.path for file in list_files("all")) == "other.txt"
    assert list(list_files("press", "nothing")) == []


def test_its_objects_are_read_as_streams(press: Bucket) -> None:
    with open_file("press", "a/1.txt") as file:
        assert (file.seek(2), file.read()) == (2, b"1.txt")
    with pytest.raises(FileNotFoundError):
        open_file("press", "c.txt")
    for path in ("../other.txt", "b/../3.txt", "", "/other.txt"):
        with pytest.raises(PathRefused):
            open_file("press", path)


def test_a_place_that_does_not_answer_is_told(settings: Settings) -> None:
    settings.IMPORT_PLACES = {"press": f"s3://bucket?endpoint=http://127.0.0.1:{closed_port()}"}
    for ask in (lambda: list(list_files("press")), lambda: open_file("press", "a.txt")):
        with pytest.raises(Unavailable):
            ask()
