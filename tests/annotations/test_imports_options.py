"""What is asked for is checked before a job begins; what cannot be imported is refused at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from documents.models import Job, Project
from tests.annotations.importing import imported, lines, numbered, send, texts
from tests.client import Client

pytestmark = pytest.mark.django_db

REFUSED: list[tuple[bytes, dict[str, Any], str, str]] = [
    (b"\n", {}, "/file", "empty_file"),
    (bytes(range(256)) * 9, {}, "/file", "unsupported_media_type"),
    (b"a,b\n1,2\n", {}, "/mapping", "no_text_column"),
    (b"a,b\n1,2\n", {"mapping": {"text": "c"}}, "/mapping", "unknown_column"),
    (b"a,a\n1,2\n", {"format": "csv"}, "/file", "duplicate_column"),
    (b"a,b\n1,2\n", {"encoding": "klingon"}, "/file", "unknown_encoding"),
    (lines({"a": 1, "b": 2}), {}, "/mapping", "no_text_column"),
    (b"{broken\n", {}, "/mapping", "no_text_column"),
]


@pytest.mark.parametrize(("content", "options", "pointer", "code"), REFUSED)
def test_what_cannot_be_imported_is_refused_at_once(
    manager: Client,
    project: Project,
    content: bytes,
    options: dict[str, Any],
    pointer: str,
    code: str,
) -> None:
    response = send(manager, project, content, "a.bin", **options)
    assert response.status_code == 422
    problem = response.json()
    [error] = problem["errors"]
    assert (problem["code"], error["pointer"], error["code"]) == ("invalid_import", pointer, code)
    assert not Job.objects.exists()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"format": "xml"}, "/format"),
    ({"on_known": "merge"}, "/on_known"),
    ({"labels": "ask"}, "/labels"),
    ({"dry_run": "maybe"}, "/dry_run"),
    ({"delimiter": "::"}, "/delimiter"),
    ({"delimiter": "\\n"}, "/delimiter"),
    ({"quote": "''"}, "/quote"),
    ({"mapping": "text=body"}, "/mapping"),
    ({"mapping": "[1]"}, "/mapping"),
    ({"mapping": {"txt": "a"}}, "/mapping/txt"),
    ({"mapping": {"labels": "a"}}, "/mapping/labels"),
    ({"mapping": {"offset_unit": "bytes"}}, "/mapping/offset_unit"),
    ({"surprise": "1"}, "/surprise"),
]


@pytest.mark.parametrize(("options", "pointer"), WRONG)
def test_wrong_options_are_told(
    manager: Client, project: Project, options: dict[str, Any], pointer: str
) -> None:
    response = send(manager, project, numbered(1), **options)
    assert response.status_code == 422, response.content
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


def test_a_file_or_an_upload_or_a_place_must_be_named(manager: Client, project: Project) -> None:
    path = f"/projects/{project.pk}/imports"
    assert manager.post(path, {}).status_code == 422
    assert manager.upload(path, format="csv").status_code == 422
    unknown = manager.post(path, {"upload": str(project.pk)})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_upload")
    both = manager.post(path, {"upload": str(project.pk), "place": "x"})
    assert both.status_code == 422


def test_a_file_beyond_the_limit_is_refused(
    manager: Client, project: Project, settings: Settings
) -> None:
    settings.IMPORT_MAX_BYTES = 10
    response = send(manager, project, numbered(1))
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/file"
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert send(manager, project, numbered(9)).status_code == 413


def test_an_import_may_be_larger_than_a_document(
    manager: Client, project: Project, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert send(manager, project, numbered(50)).status_code == 202


def test_a_tables_dialect_may_be_told(manager: Client, project: Project) -> None:
    options = {"format": "csv", "delimiter": "\\t", "quote": "", "encoding": "latin1"}
    content = 'text\tid\n"Grü\t1\n'.encode("cp1252")
    imported(manager, project, content, **options)
    assert texts(project) == {"1": '"Grü'}


def test_a_table_may_have_no_header(manager: Client, project: Project) -> None:
    mapping = {"text": "column_2", "external_id": "column_1"}
    imported(manager, project, b"1,Ada\n2,Bea\n", "a.csv", header="false", mapping=mapping)
    assert texts(project) == {"1": "Ada", "2": "Bea"}


def test_rows_beyond_the_limit_are_told(
    manager: Client, project: Project, settings: Settings
) -> None:
    settings.IMPORT_ROW_MAX_BYTES = 50
    content = lines({"id": 1, "text": "a" * 50}, {"id": 2, "text": "b"})
    job = imported(manager, project, content)
    assert job["counts"] == {"created": 1, "refused": 1}


def test_a_retry_under_a_key_starts_one_job(manager: Client, project: Project) -> None:
    answers = [
        manager.http.post(
            f"/api/v1/projects/{project.pk}/imports",
            {"file": ContentFile(numbered(1), "a.jsonl")},
            format="multipart",
            headers={"Idempotency-Key": "import-1"},
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Job.objects.count() == 1


def test_an_upload_that_is_too_large_to_import_is_refused(
    manager: Client, project: Project, settings: Settings
) -> None:
    begun: Any = manager.send(
        "POST",
        f"/projects/{project.pk}/uploads",
        b"abcdefghijkl",
        Tus_Resumable="1.0.0",
        Upload_Length="12",
    )
    settings.IMPORT_MAX_BYTES = 10
    path = f"/projects/{project.pk}/imports"
    response = manager.post(path, {"upload": begun.json()["id"]})
    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")
