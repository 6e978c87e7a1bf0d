"""A finished resumable upload becomes one document or one job, and nothing more."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from documents.errors import JobUnderWay, SourceMissing, UploadUsed
from documents.models import Document, Job, JobKind, Project, Role, Upload
from documents.pieces import JoinedFile, forget_old
from documents.services.jobs import start_job
from documents.services.uploads import start_job_with_upload
from documents.usage import used_by
from tests.client import Client
from tests.documents.conftest import Working
from tests.documents.test_tus import CONTENT, kept_files, let_expire
from tests.documents.tus_client import TUS, address_of, ask, begin, send, uploaded
from tests.events import log_of
from tests.factories import ProjectFactory
from tests.threads import while_held

pytestmark = pytest.mark.django_db


def use(client: Client, project: Project, upload: Any, **properties: Any) -> Any:
    body = {"upload": str(getattr(upload, "pk", upload))} | properties
    return client.post(f"/projects/{project.pk}/documents", body)


def in_pieces(client: Client, project: Project, *pieces: bytes) -> Upload:
    address, offset = address_of(begin(client, project, sum(map(len, pieces)))), 0
    for piece in pieces:
        assert send(client, address, offset, piece).status_code == 204
        offset += len(piece)
    found: Upload = Upload.objects.get(pk=address.rpartition("/")[2])
    return found


def test_an_upload_becomes_a_document_as_a_file_does(
    project: Project, manager: Client, working: Working, settings: Settings
) -> None:
    upload = in_pieces(manager, project, CONTENT[:4], CONTENT[4:9], CONTENT[9:])
    Upload.objects.update(name="ada.txt")
    with working():
        taken = use(manager, project, upload, external_id="n-1", tags=["a"], split="dev")
    assert taken.status_code == 202
    told = taken.json()
    assert (told["source_name"], told["title"], told["source_size"]) == ("ada.txt", "ada.txt", 19)
    assert (told["external_id"], told["tags"], told["split"]) == ("n-1", ["a"], "dev")
    document = manager.get(f"/documents/{told['id']}").json()
    assert (document["status"], document["sha256"]) == ("ready", told["sha256"])
    assert b"".join(manager.get(f"/documents/{told['id']}/source")) == CONTENT
    assert len(kept_files(settings)) == 1
    shown = manager.get(f"/uploads/{upload.pk}").json()
    assert shown["document_id"] == told["id"]
    actions = [action for action, _ in log_of(upload.pk)]
    assert actions == ["upload.created", "upload.completed", "upload.used"]


def test_what_was_held_for_it_counts_once(project: Project, manager: Client) -> None:
    Project.objects.update(max_bytes=19)
    project.refresh_from_db()
    upload = uploaded(manager, project, CONTENT)
    assert used_by(project) == (0, 19)
    assert use(manager, project, upload).status_code == 202
    assert used_by(project) == (1, 19)


def test_it_is_good_once(project: Project, manager: Client, settings: Settings) -> None:
    upload = uploaded(manager, project, CONTENT)
    assert use(manager, project, upload).status_code == 202
    again = use(manager, project, upload)
    assert (again.status_code, again.json()["code"]) == (409, "upload_used")
    given_up = manager.delete(f"/uploads/{upload.pk}", **TUS)
    assert (given_up.status_code, given_up.json()["code"]) == (409, "upload_used")
    assert ask(manager, f"/uploads/{upload.pk}")["Upload-Offset"] == "19"
    assert Document.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_uses_one_is_taken(
    project: Project, manager: Client, settings: Settings
) -> None:
    upload = uploaded(manager, project, CONTENT)
    clients = [Client.of(manager.person) for _ in range(4)]
    calls = [lambda c=c: use(c, project, upload) for c in clients]
    answers = while_held(upload, *calls)
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    assert Document.objects.count() == 1
    assert len(kept_files(settings)) == 1
    assert used_by(project) == (1, 19)


@pytest.mark.django_db(transaction=True)
def test_under_one_key_it_is_used_once(project: Project, manager: Client) -> None:
    upload = uploaded(manager, project, CONTENT)
    body = {"upload": str(upload.pk)}
    path = f"/projects/{project.pk}/documents"
    first = manager.post(path, body, Idempotency_Key="k")
    again = manager.post(path, body, Idempotency_Key="k")
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()


def test_one_that_is_not_whole_is_not_used(project: Project, manager: Client) -> None:
    begun = begin(manager, project, 19, CONTENT[:4])
    refused = use(manager, project, begun.json()["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "upload_unfinished")
    assert refused.json()["detail"] == "4 of 19 bytes are here."


def test_one_that_has_expired_is_not_used(project: Project, manager: Client) -> None:
    upload = uploaded(manager, project, CONTENT)
    let_expire()
    refused = use(manager, project, upload)
    assert (refused.status_code, refused.json()["code"]) == (410, "upload_expired")


def test_one_s_own_to_this_project_is_taken_alone(
    project: Project, manager: Client, member: Callable[[str], Client]
) -> None:
    upload = uploaded(member(Role.MANAGER), project, CONTENT)
    elsewhere = ProjectFactory.create()
    elsewhere.memberships.create(user=manager.person, role=Role.MANAGER)
    other = uploaded(manager, elsewhere, CONTENT)
    for foreign in (upload, other, uuid4()):
        refused = use(manager, project, foreign)
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_upload")
    refused = use(manager, project, "no id")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/upload")


def test_a_text_or_an_upload_but_not_both(project: Project, manager: Client) -> None:
    upload = uploaded(manager, project, CONTENT)
    refused = use(manager, project, upload, text="Ada")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/text")
    assert not Upload.objects.get().is_used


def test_an_empty_one_makes_no_document(project: Project, manager: Client) -> None:
    refused = use(manager, project, begin(manager, project, 0).json()["id"])
    assert (refused.status_code, refused.json()["code"]) == (422, "empty_file")


def test_a_document_may_be_less_than_an_import(
    project: Project, manager: Client, settings: Settings
) -> None:
    upload = uploaded(manager, project, CONTENT)
    settings.UPLOAD_MAX_BYTES = 18
    refused = use(manager, project, upload)
    assert (refused.status_code, refused.json()["code"]) == (413, "payload_too_large")
    assert refused.json()["detail"] == "Documents hold at most 18 bytes, not 19."


def test_a_refused_document_leaves_the_upload_as_it_was(
    project: Project, manager: Client, settings: Settings
) -> None:
    upload = uploaded(manager, project, CONTENT)
    manager.post(f"/projects/{project.pk}/documents", {"text": "Ada", "external_id": "n-1"})
    refused = use(manager, project, upload, external_id="n-1")
    assert (refused.status_code, refused.json()["code"]) == (409, "external_id_taken")
    assert len(kept_files(settings)) == 1
    assert use(manager, project, upload, external_id="n-2").status_code == 202


def test_a_used_one_is_forgotten_after_its_time_and_its_document_stays(
    project: Project, manager: Client, settings: Settings
) -> None:
    use(manager, project, uploaded(manager, project, CONTENT))
    let_expire()
    forget_old()
    assert (Upload.objects.count(), Document.objects.count()) == (0, 1)
    assert used_by(project) == (1, 19)
    assert len(kept_files(settings)) == 1


# Jobs


def test_an_upload_becomes_the_source_of_a_job(
    project: Project, manager: Client, settings: Settings, working: Working
) -> None:
    upload = in_pieces(manager, project, CONTENT[:4], CONTENT[4:])
    with working():
        job = start_job_with_upload(
            actor=manager.person, project=project, upload_id=upload.pk, kind=JobKind.ERASURE
        )
    with Job.objects.get(pk=job.pk).source.open() as source:
        assert source.read() == CONTENT
    assert (job.source_size, Upload.objects.get().job_id) == (19, job.pk)
    assert len(kept_files(settings)) == 1
    assert used_by(project) == (0, 0)
    with pytest.raises(UploadUsed):
        start_job_with_upload(
            actor=manager.person, project=project, upload_id=upload.pk, kind=JobKind.ERASURE
        )


def test_a_job_that_cannot_begin_leaves_the_upload_as_it_was(
    project: Project, manager: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = uploaded(manager, project, CONTENT)
    kind, document = (
        JobKind.REANCHORING,
        manager.post(f"/projects/{project.pk}/documents", {"text": "Ada"}).json()["id"],
    )
    given: dict[str, Any] = {"kind": kind, "document": Document.objects.get(pk=document)}
    start_job(actor=manager.person, project=project, **given)
    with pytest.raises(JobUnderWay):
        start_job_with_upload(actor=manager.person, project=project, upload_id=upload.pk, **given)
    assert len(kept_files(settings)) == 1
    assert not Upload.objects.get().is_used


# Reading the pieces as one


def test_pieces_are_read_as_one_from_anywhere(project: Project, manager: Client) -> None:
    upload = in_pieces(manager, project, CONTENT[:1], CONTENT[1:2], CONTENT[2:12], CONTENT[12:])
    with JoinedFile(upload) as joined:
        file: Any = joined.file
        assert (file.readable(), file.seekable(), file.tell(), joined.size) == (True, True, 0, 19)
        for start in range(20):
            for whence, offset in ((io.SEEK_SET, start), (io.SEEK_END, start - 19)):
                assert file.raw.seek(offset, whence) == file.raw.tell() == start
                assert file.raw.readall() == CONTENT[start:]
        file.raw.seek(3)
        assert file.raw.seek(4, io.SEEK_CUR) == 7
        assert file.raw.read(20) == CONTENT[7:12]


def test_a_piece_that_is_gone_or_cut_is_told(project: Project, manager: Client) -> None:
    upload = in_pieces(manager, project, CONTENT[:4], CONTENT[4:])
    name = upload.pieces[1][0]
    default_storage.delete(name)
    with pytest.raises(SourceMissing, match="gone"), JoinedFile(upload) as file:
        file.read()
    default_storage.save(name, io.BytesIO(CONTENT[4:9]))
    with pytest.raises(SourceMissing, match="shorter"), JoinedFile(upload) as file:
        file.read()
    refused = use(manager, project, upload)
    assert (refused.status_code, refused.json()["code"]) == (410, "source_missing")
