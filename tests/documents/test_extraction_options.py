"""How a file is read is said with the upload, and may be said anew."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from documents import pipeline
from documents.models import Document, Project
from tests.client import Client
from tests.documents.ingest.fake_tesseract import Fake, fake_tesseract
from tests.documents.ingest.pdf_files import document as pdf_document
from tests.documents.ingest.test_boilerplate import FRAME, PROSE
from tests.events import changed, last_event

__all__ = ["fake_tesseract"]

Working = Callable[[], AbstractContextManager[Any]]
PAGE = f"<!doctype html><body>{FRAME.format(content=f'<p>{PROSE}</p>')}".encode()


@pytest.fixture
def sent(project: Project, manager: Client, working: Working) -> Callable[..., Any]:
    """Return a function that uploads a page, has it processed, and returns it and its text."""

    def send(**parts: Any) -> tuple[Any, str]:
        with working():
            file = SimpleUploadedFile("page.html", PAGE)
            response = manager.upload(f"/projects/{project.pk}/documents", file=file, **parts)
        assert response.status_code == 202, response.content
        path = f"/documents/{response.json()['id']}"
        return manager.get(path).json(), manager.get(f"{path}/text").json()["text"]

    return send


def test_boilerplate_is_kept_unless_said_otherwise(sent: Callable[..., Any]) -> None:
    document, text = sent()
    assert document["extraction_options"] == {}
    assert "Sport" in text
    document, text = sent(boilerplate="keep", title="another")
    assert document["extraction_options"] == {"boilerplate": "keep"}
    assert "Sport" in text


def test_boilerplate_is_dropped_where_that_is_asked(sent: Callable[..., Any]) -> None:
    document, text = sent(boilerplate="drop")
    assert document["extraction_options"] == {"boilerplate": "drop"}
    assert text == PROSE


def test_an_unknown_choice_is_refused(project: Project, manager: Client) -> None:
    file = SimpleUploadedFile("page.html", PAGE)
    path = f"/projects/{project.pk}/documents"
    refused = manager.upload(path, file=file, boilerplate="shred")
    assert refused.status_code == 422
    assert "boilerplate" in refused.content.decode()


def test_a_document_is_read_anew_with_another_option(
    sent: Callable[..., Any], manager: Client, working: Working
) -> None:
    document, _ = sent()
    path = f"/documents/{document['id']}"
    with working():
        ordered = manager.post(f"{path}/reprocess", {"boilerplate": "drop"})
        assert ordered.status_code == 202
        assert changed(last_event(document["id"]))["extraction_options"] == (
            {},
            {"boilerplate": "drop"},
        )
    assert manager.get(f"{path}/text").json()["text"] == PROSE
    with working():
        manager.post(f"{path}/reprocess")
    assert manager.get(path).json()["extraction_options"] == {"boilerplate": "drop"}
    assert manager.get(path).json()["revision"]["number"] == 2


@pytest.mark.parametrize("body", [{"boilerplate": "shred"}, {"boilerplates": "drop"}])
def test_an_order_with_an_unknown_option_is_refused(
    sent: Callable[..., Any], manager: Client, body: dict[str, str]
) -> None:
    document, _ = sent()
    assert manager.post(f"/documents/{document['id']}/reprocess", body).status_code == 422


def test_a_scan_is_read_where_the_operator_has_it_so(
    upload: Callable[..., Document], settings: Settings, fake_tesseract: Fake
) -> None:
    fake_tesseract()
    scan = upload(pdf_document(b"10 10 100 100 re f"))
    pipeline.process(str(scan.pk))
    scan.refresh_from_db()
    assert scan.error_code == "no_text_found"
    settings.OCR = "auto"
    other = upload(pdf_document(b"10 10 100 100 re f"), sha256="0" * 64)
    pipeline.process(str(other.pk))
    other.refresh_from_db()
    assert other.revision
    assert (other.revision.text, other.revision.extractor) == ("Two word", "pdfium and tesseract")
