"""The original file is downloaded byte for byte, and no browser takes it for a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from documents.models import Document, Project
from tests.client import Client
from tests.documents.sending import send_raw

Upload = Callable[..., Document]


def download(client: Client, document: Document) -> tuple[Any, bytes]:
    response = client.get(f"/documents/{document.pk}/source")
    content = b"".join(response.streaming_content)
    response.close()
    return response, content


def test_the_file_comes_back_byte_for_byte(viewer: Client, upload: Upload) -> None:
    original = bytes(range(256)) * 1000
    response, content = download(viewer, upload(original, "all.bin"))
    assert (response.status_code, content) == (200, original)
    assert response["Content-Length"] == "256000"


def test_no_browser_shows_or_runs_it(viewer: Client, upload: Upload) -> None:
    page = b"<html><script>alert(document.cookie)</script>"
    response, _ = download(viewer, upload(page, "page.html"))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="page.html"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("sent", "disposition"),
    [
        ('say \\"hi\\".txt', 'attachment; filename="say \\"hi\\".txt"'),
        ("a;b=c.txt", 'attachment; filename="a;b=c.txt"'),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("nötes.txt", "attachment; filename*=utf-8''n%C3%B6tes.txt"),
        ("日本 語.txt", "attachment; filename*=utf-8''%E6%97%A5%E6%9C%AC%20%E8%AA%9E.txt"),
        ("a&#13;&#10;Set-Cookie: b=c", 'attachment; filename="aSet-Cookie: b=c"'),
        ("a%0d%0aSet-Cookie: b=c", 'attachment; filename="a%0d%0aSet-Cookie: b=c"'),
    ],
)
def test_no_name_breaks_out_of_the_header(
    project: Project, manager: Client, sent: str, disposition: str
) -> None:
    answer = send_raw(manager, f"/projects/{project.pk}/documents", f'filename="{sent}"')
    assert answer.status_code == 202, answer.content
    response, content = download(manager, Document.objects.get(pk=answer.json()["id"]))
    assert response["Content-Disposition"] == disposition
    assert content == b"Ada"


def test_a_file_without_a_name_is_called_document(viewer: Client, upload: Upload) -> None:
    document = upload()
    Document.objects.update(source_name="")
    response, _ = download(viewer, document)
    assert response["Content-Disposition"] == 'attachment; filename="document"'


def test_a_document_made_from_text_has_no_source(viewer: Client, made: Callable[..., Any]) -> None:
    response = viewer.get(f"/documents/{made()['id']}/source")
    assert (response.status_code, response.json()["code"]) == (409, "no_source")


def test_a_stored_file_that_is_gone_is_told(viewer: Client, upload: Upload) -> None:
    document = upload()
    document.source.storage.delete(document.source.name)
    response = viewer.get(f"/documents/{document.pk}/source")
    assert (response.status_code, response.json()["code"]) == (410, "source_missing")


def test_strangers_do_not_get_it(stranger: Client, upload: Upload) -> None:
    assert stranger.get(f"/documents/{upload().pk}/source").status_code == 404
