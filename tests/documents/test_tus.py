"""Resumable uploads by the tus protocol: what arrived is kept, and nothing is taken twice."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings

from documents.models import Membership, Project, Role, Upload
from documents.pieces import JoinedFile, forget_old, remove_pieces
from documents.tasks import forget_old_uploads
from documents.usage import used_by
from tests.client import BASE, Client
from tests.documents.tus_client import (
    TUS,
    Arriving,
    address_of,
    ask,
    begin,
    checksum,
    metadata,
    send,
    send_arriving,
    uploaded,
)
from tests.events import log_of
from tests.threads import at_once, while_held

pytestmark = pytest.mark.django_db
CONTENT = b"Ada lives in Turin."


def kept_files(settings: Settings) -> list[str]:
    media = settings.STORAGES["default"]["OPTIONS"]["location"]
    return sorted(str(path) for path in media.rglob("*") if path.is_file())


def content_of(upload: Upload) -> bytes:
    with JoinedFile(Upload.objects.get(pk=upload.pk)) as file:
        content: bytes = file.read()
        return content


def let_expire(upload: Upload | None = None) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Upload.objects.filter(**{"pk": upload.pk} if upload else {}).update(expires_at=past)


# Beginning


def test_an_upload_begins_with_nothing_but_its_length(project: Project, manager: Client) -> None:
    begun = begin(manager, project, 19, Upload_Metadata=metadata(filename="ada.txt", type="text"))
    upload = Upload.objects.get()
    assert begun.status_code == 201
    assert begun["Location"] == f"http://testserver{BASE}/uploads/{upload.pk}"
    assert (begun["Upload-Offset"], begun["Tus-Resumable"]) == ("0", "1.0.0")
    told = begun.json()
    assert (told["name"], told["length"], told["offset"]) == ("ada.txt", 19, 0)
    assert (told["document_id"], told["job_id"]) == (None, None)
    in_a_day = timezone.now() + timedelta(hours=24)
    expires = parsedate_to_datetime(begun["Upload-Expires"])
    assert abs(expires - in_a_day) < timedelta(minutes=1)
    assert log_of(upload.pk) == [("upload.created", manager.person.pk)]


def test_it_may_bring_its_first_piece_along(project: Project, manager: Client) -> None:
    begun = begin(manager, project, 19, CONTENT[:4], Upload_Checksum=checksum(CONTENT[:4]))
    assert (begun.status_code, begun["Upload-Offset"]) == (201, "4")
    assert send(manager, address_of(begun), 4, CONTENT[4:])["Upload-Offset"] == "19"
    assert content_of(Upload.objects.get()) == CONTENT


def test_a_first_piece_that_is_refused_leaves_no_upload(
    project: Project, manager: Client, settings: Settings
) -> None:
    begun = begin(manager, project, 19, CONTENT[:4], Upload_Checksum=checksum(b"other"))
    assert (begun.status_code, begun.json()["code"]) == (460, "checksum_mismatch")
    assert begun["Tus-Resumable"] == "1.0.0"
    assert not Upload.objects.exists()
    assert (kept_files(settings), used_by(project)) == ([], (0, 0))


def test_a_file_of_no_bytes_is_whole_at_once(project: Project, manager: Client) -> None:
    begun = begin(manager, project, 0)
    assert send(manager, address_of(begun), 0, b"").status_code == 204
    assert Upload.objects.get().is_complete


def test_metadata_are_told_as_they_were_sent(project: Project, manager: Client) -> None:
    told = f"{metadata(filename='nötes 日本.txt')}, is_confidential,empty "
    begun = begin(manager, project, 19, Upload_Metadata=told.removesuffix(" "))
    assert begun.json()["name"] == "nötes 日本.txt"
    assert ask(manager, address_of(begun))["Upload-Metadata"] == told.removesuffix(" ")
    assert "Upload-Metadata" not in begin(manager, project, 19)


@pytest.mark.parametrize(
    ("sent", "kept"), [("../../etc/passwd", "passwd"), ("two\tparts\u202e.txt", "twoparts.txt")]
)
def test_a_name_is_cleaned(project: Project, manager: Client, sent: str, kept: str) -> None:
    begun = begin(manager, project, 19, Upload_Metadata=metadata(name=sent))
    assert begun.json()["name"] == kept


@pytest.mark.parametrize(
    "headers",
    [
        {"Upload_Length": ""},
        {"Upload_Length": "-1"},
        {"Upload_Length": "1e3"},
        {"Upload_Length": "9" * 19},
        {"Upload_Defer_Length": "1"},
        {"Upload_Concat": "partial"},
        {"Upload_Metadata": "filename no/base=64"},
        {"Upload_Metadata": "filename YWRh,,"},
        {"Upload_Metadata": "filename YWR"},
        {"Upload_Metadata": "filename /w=="},
        {"Upload_Metadata": "k" * 2001},
    ],
)
def test_headers_that_do_not_fit_are_refused(
    project: Project, manager: Client, headers: dict[str, Any]
) -> None:
    response = begin(manager, project, 19, **headers)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_header")
    assert next(iter(headers)).replace("_", "-") in response.json()["detail"]
    assert not Upload.objects.exists()


def test_a_file_beyond_the_limit_is_not_begun(
    project: Project, manager: Client, settings: Settings
) -> None:
    settings.IMPORT_MAX_BYTES, settings.UPLOAD_MAX_BYTES = 100, 50
    assert begin(manager, project, 100).status_code == 201
    response = begin(manager, project, 101)
    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")


def test_its_length_is_held_against_the_quota(project: Project, manager: Client) -> None:
    Project.objects.update(max_bytes=30)
    first = begin(manager, project, 19)
    response = begin(manager, project, 12)
    assert (response.status_code, response.json()["code"]) == (413, "quota_exceeded")
    assert used_by(project) == (0, 19)
    manager.delete(address_of(first), **TUS)
    assert begin(manager, project, 30).status_code == 201


def test_under_one_key_one_upload_begins(project: Project, manager: Client) -> None:
    first = begin(manager, project, 19, Idempotency_Key="k")
    again = begin(manager, project, 19, Idempotency_Key="k")
    assert again.json() == first.json()
    for name in ("Location", "Upload-Offset", "Upload-Length", "Upload-Expires"):
        assert again[name] == first[name]
    other = begin(manager, project, 20, Idempotency_Key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    with_body = begin(manager, project, 19, CONTENT, Idempotency_Key="l")
    assert (with_body.status_code, with_body.json()["code"]) == (400, "invalid_header")
    assert Upload.objects.count() == 1


# Pieces


def test_pieces_follow_one_another(project: Project, manager: Client) -> None:
    address = address_of(begin(manager, project, 19))
    for offset in range(0, 19, 5):
        response = send(manager, address, offset, CONTENT[offset : offset + 5])
        assert response.status_code == 204
        assert response["Upload-Offset"] == str(min(offset + 5, 19))
        assert "Upload-Expires" in response
    upload = Upload.objects.get()
    assert content_of(upload) == CONTENT
    assert [action for action, _ in log_of(upload.pk)] == ["upload.created", "upload.completed"]


def test_each_piece_gives_it_more_time(project: Project, manager: Client) -> None:
    address = address_of(begin(manager, project, 19))
    Upload.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    send(manager, address, 0, CONTENT[:4])
    assert Upload.objects.get().expires_at > timezone.now() + timedelta(hours=23)


def test_how_far_it_is_can_be_asked(project: Project, manager: Client) -> None:
    address = address_of(begin(manager, project, 19, CONTENT[:4]))
    asked = ask(manager, address)
    assert (asked.status_code, asked["Upload-Offset"], asked["Upload-Length"]) == (200, "4", "19")
    assert "no-store" in asked["Cache-Control"]
    assert manager.get(address).json()["offset"] == 4


@pytest.mark.parametrize("offset", [0, 3, 5, 19])
def test_a_piece_from_elsewhere_is_refused(
    project: Project, manager: Client, settings: Settings, offset: int
) -> None:
    address = address_of(begin(manager, project, 19, CONTENT[:4]))
    response = send(manager, address, offset, CONTENT[4:])
    assert (response.status_code, response.json()["code"]) == (409, "upload_offset_conflict")
    assert response.json()["offset"] == 4
    assert len(kept_files(settings)) == 1


@pytest.mark.parametrize("offset", ["", "-1", "four"])
def test_an_offset_is_a_number(project: Project, manager: Client, offset: str) -> None:
    address = address_of(begin(manager, project, 19))
    response = send(manager, address, offset, CONTENT)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_header")


def test_more_than_was_announced_is_refused(project: Project, manager: Client) -> None:
    address = address_of(begin(manager, project, 19, CONTENT[:4]))
    response = send(manager, address, 4, CONTENT)
    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")
    assert response.json()["detail"] == "15 bytes are left to come, not 19."


def test_another_type_of_body_is_refused(project: Project, manager: Client) -> None:
    address = address_of(begin(manager, project, 19))
    response = send(manager, address, 0, CONTENT, Content_Type="text/plain")
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
    begun = begin(manager, project, 19, CONTENT, Content_Type="application/json")
    assert begun.status_code == 415


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_is_held_against_its_checksum(
    project: Project, manager: Client, settings: Settings, algorithm: str
) -> None:
    address = address_of(begin(manager, project, 19))
    wrong = send(manager, address, 0, b"Eve", Upload_Checksum=checksum(b"Ada", algorithm))
    assert (wrong.status_code, wrong.json()["code"]) == (460, "checksum_mismatch")
    assert checksum(b"Eve", algorithm) in wrong.json()["detail"]
    assert (Upload.objects.get().offset, kept_files(settings)) == (0, [])
    right = send(manager, address, 0, b"Ada", Upload_Checksum=checksum(b"Ada", algorithm))
    assert right.status_code == 204


@pytest.mark.parametrize(
    "told", ["md5 rL0Y20zC+Fzt72VPzMSk2A==", "sha1", "sha1 &", "sha1 ä", "sha1 QWRh"]
)
def test_a_checksum_of_another_kind_is_refused(
    project: Project, manager: Client, told: str
) -> None:
    address = address_of(begin(manager, project, 19))
    response = send(manager, address, 0, CONTENT, Upload_Checksum=told)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_header")


def test_pieces_are_many_but_not_without_number(
    project: Project, manager: Client, settings: Settings
) -> None:
    settings.UPLOAD_MAX_PIECES = 2
    address = address_of(begin(manager, project, 19, b"A"))
    assert send(manager, address, 1, b"d").status_code == 204
    response = send(manager, address, 2, b"a")
    assert (response.status_code, response.json()["code"]) == (409, "too_many_pieces")


# Connections that tear


@pytest.mark.parametrize("with_a_bang", [True, False])
def test_of_a_torn_connection_what_arrived_is_kept(
    project: Project, manager: Client, *, with_a_bang: bool
) -> None:
    address = address_of(begin(manager, project, 19))
    send_arriving(manager, address, Arriving(CONTENT[:7], with_a_bang=with_a_bang), 19)
    assert ask(manager, address)["Upload-Offset"] == "7"
    assert send(manager, address, 7, CONTENT[7:]).status_code == 204
    assert content_of(Upload.objects.get()) == CONTENT


def test_but_not_under_a_checksum_of_the_whole(
    project: Project, manager: Client, settings: Settings
) -> None:
    address, told = address_of(begin(manager, project, 19)), {"Upload-Checksum": checksum(CONTENT)}
    send_arriving(manager, address, Arriving(CONTENT[:7], with_a_bang=True), 19, **told)
    assert (ask(manager, address)["Upload-Offset"], kept_files(settings)) == ("0", [])


def test_a_connection_that_brings_nothing_makes_no_piece(
    project: Project, manager: Client, settings: Settings
) -> None:
    address = address_of(begin(manager, project, 19))
    response = send_arriving(manager, address, Arriving(b""), 19)
    assert (response.status_code, response.json()["code"]) == (400, "malformed_body")
    assert (Upload.objects.get().pieces, kept_files(settings)) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_pieces_one_is_taken(
    project: Project, manager: Client, settings: Settings
) -> None:
    address = address_of(begin(manager, project, 19))
    clients = [Client.of(manager.person) for _ in range(4)]
    calls = [lambda c=c: send(c, address, 0, CONTENT[:7]) for c in clients]
    answers = while_held(Upload.objects.get(), *calls)
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409]
    assert len(kept_files(settings)) == 1
    assert send(manager, address, 7, CONTENT[7:]).status_code == 204
    assert content_of(Upload.objects.get()) == CONTENT


def test_a_piece_that_comes_as_the_upload_is_given_up_is_not_kept(
    project: Project, manager: Client, settings: Settings
) -> None:
    address = address_of(begin(manager, project, 19))
    body = Arriving(b"Ada", meanwhile=lambda: manager.delete(address, **TUS))
    response = send_arriving(manager, address, body, 3)
    assert (response.status_code, response.json()["code"]) == (410, "upload_expired")
    assert (kept_files(settings), Upload.objects.count()) == ([], 0)


# The end


def test_an_upload_is_given_up_with_its_pieces(
    project: Project, manager: Client, settings: Settings
) -> None:
    begun = begin(manager, project, 19, CONTENT[:4])
    address = address_of(begun)
    assert manager.delete(address, **TUS).status_code == 204
    assert ask(manager, address).status_code == 404
    assert (kept_files(settings), used_by(project)) == ([], (0, 0))
    actions = [action for action, _ in log_of(begun.json()["id"])]
    assert actions == ["upload.created", "upload.deleted", "upload.removed"]


def test_what_nobody_goes_on_with_is_gone_after_its_time(
    project: Project, manager: Client, settings: Settings
) -> None:
    address = address_of(begin(manager, project, 19, CONTENT[:4]))
    fresh = address_of(begin(manager, project, 19, CONTENT[:4]))
    let_expire(Upload.objects.first())
    for response in (ask(manager, address), send(manager, address, 4, CONTENT[4:])):
        assert response.status_code == 410
        assert "Upload-Offset" not in response
    forget_old_uploads()
    assert ask(manager, address).status_code == 404
    assert ask(manager, fresh).status_code == 200
    assert (len(kept_files(settings)), used_by(project)) == (1, (0, 19))


def test_pieces_of_which_nobody_told_go_too(
    project: Project, manager: Client, settings: Settings
) -> None:
    begin(manager, project, 19, CONTENT[:4])
    [name, _] = Upload.objects.get().pieces[0]
    default_storage.save(f"{name.rpartition('/')[0]}/left-by-a-dead-process", io.BytesIO(b"A"))
    let_expire()
    forget_old()
    assert kept_files(settings) == []


@pytest.mark.django_db(transaction=True)
def test_it_is_removed_once(project: Project, manager: Client) -> None:
    begin(manager, project, 19)
    begin(manager, project, 19)
    let_expire()
    at_once(forget_old, forget_old)
    forget_old()
    assert (Upload.objects.count(), used_by(project)) == (0, (0, 0))


def test_pieces_that_are_gone_are_no_error_to_remove(project: Project, manager: Client) -> None:
    upload = uploaded(manager, project, CONTENT)
    remove_pieces(upload)
    remove_pieces(upload)


# Who and how


def test_an_upload_is_seen_by_who_sends_it_alone(
    project: Project, manager: Client, member: Callable[[str], Client]
) -> None:
    address = address_of(begin(manager, project, 19))
    colleague = member(Role.MANAGER)
    assert ask(colleague, address).status_code == 404
    assert send(colleague, address, 0, CONTENT).status_code == 404
    assert ask(manager, address)["Upload-Offset"] == "0"


def test_who_is_manager_no_more_goes_on_no_more(project: Project, manager: Client) -> None:
    address = address_of(begin(manager, project, 19))
    Membership.objects.filter(user=manager.person).update(role=Role.CURATOR)
    assert send(manager, address, 0, CONTENT).status_code == 403
    Membership.objects.filter(user=manager.person).delete()
    assert send(manager, address, 0, CONTENT).status_code == 404
    assert Upload.objects.get().offset == 0


@pytest.mark.parametrize("version", ["", "0.2.2", "1.0.1"])
def test_only_version_one_is_spoken(project: Project, manager: Client, version: str) -> None:
    address = address_of(begin(manager, project, 19))
    other: dict[str, Any] = {"Tus_Resumable": version}
    for response in (
        begin(manager, project, 19, **other),
        ask(manager, address, **other),
        send(manager, address, 0, CONTENT, **other),
        manager.delete(address, **other),
    ):
        assert (response.status_code, response["Tus-Version"]) == (412, "1.0.0")
    assert Upload.objects.get().offset == 0
    assert manager.get(address).status_code == 200


def test_what_is_spoken_can_be_asked(project: Project, manager: Client, settings: Settings) -> None:
    settings.IMPORT_MAX_BYTES = 123_000_000
    told = manager.send("OPTIONS", f"/projects/{project.pk}/uploads", None)
    assert (told.status_code, told["Tus-Version"], told["Tus-Max-Size"]) == (
        204,
        "1.0.0",
        "123000000",
    )
    assert told["Tus-Extension"] == (
        "creation,creation-with-upload,checksum,expiration,termination"
    )
    assert told["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_a_browser_of_an_allowed_origin_may_speak_it(
    project: Project, manager: Client, settings: Settings
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://front.example"]
    asked = "tus-resumable,upload-length,upload-metadata,upload-offset,upload-checksum"
    preflight = manager.send(
        "OPTIONS",
        f"/projects/{project.pk}/uploads",
        None,
        Origin="https://front.example",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers=asked,
    )
    assert set(asked.split(",")) <= set(preflight["Access-Control-Allow-Headers"].split(", "))
    begun = begin(manager, project, 19, Origin="https://front.example")
    exposed = set(begun["Access-Control-Expose-Headers"].split(", "))
    assert {"Location", "Upload-Offset", "Upload-Length", "Tus-Resumable"} <= exposed
