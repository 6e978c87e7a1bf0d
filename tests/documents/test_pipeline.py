"""A worker brings a document to its end: once, whatever happens to workers on the way."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from documents import pipeline
from documents.models import Document, Revision, Status
from tests.client import Client
from tests.documents.at_work import TEXT, claimed, extraction, let_the_lease_run_out
from tests.events import changed, last_event, log_of

Upload = Callable[..., Document]


def test_a_file_becomes_a_text(upload: Upload) -> None:
    document = upload(TEXT.encode())
    pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert (document.status, document.media_type) == (Status.READY, "text/plain")
    assert (document.error_code, document.error_detail, document.attempts) == ("", "", 1)
    assert (document.lease_id, document.lease_expires_at) == (None, None)
    revision = document.revision
    assert revision
    assert (revision.number, revision.text, revision.length) == (1, TEXT, len(TEXT))
    assert revision.sha256 == sha256(TEXT.encode()).hexdigest()
    assert revision.layout["blocks"]


def test_a_language_that_was_said_stays(upload: Upload) -> None:
    document = upload(language="pt")
    pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert document.language == "pt"


def test_the_end_is_told_in_one_event_of_the_system(upload: Upload) -> None:
    document = upload()
    pipeline.process(str(document.pk))
    event = last_event(document.pk)
    revision = Revision.objects.get(document=document)
    assert (event.action, event.actor, event.project_id) == (
        "document.ready",
        None,
        document.project_id,
    )
    assert changed(event) == {
        "status": ("processing", "ready"),
        "media_type": ("", "text/plain"),
        "language": ("", "en"),
        "revision_id": (None, str(revision.pk)),
        "version": (2, 3),
    }
    assert len(log_of(document.pk)) == 2


def test_what_a_file_says_of_itself_does_not_replace_what_people_said(upload: Upload) -> None:
    document = upload(metadata={"title": "by hand", "page": 1})
    pipeline._finish(claimed(document), extraction(title="by file", author="Ada"))
    document.refresh_from_db()
    assert document.metadata == {"title": "by hand", "page": 1, "author": "Ada"}


def test_a_document_that_is_done_is_left_alone(upload: Upload) -> None:
    document = upload()
    pipeline.process(str(document.pk))
    for _ in range(2):
        pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert (document.version, document.attempts) == (3, 1)
    assert len(log_of(document.pk)) == 2


def test_a_document_that_was_deleted_or_never_was_is_left_alone(upload: Upload) -> None:
    document = upload()
    Document.objects.update(deleted_at=timezone.now())
    pipeline.process(str(document.pk))
    pipeline.process("01980000-0000-7000-8000-000000000000")
    document.refresh_from_db()
    assert (document.status, document.attempts) == (Status.PENDING, 0)


def test_a_file_that_is_gone_fails(upload: Upload) -> None:
    document = upload()
    document.source.storage.delete(document.source.name)
    pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert (document.status, document.error_code) == (Status.FAILED, "source_missing")


def test_a_fault_of_the_machine_is_no_end(
    upload: Upload, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    document = upload()
    with monkeypatch.context() as machine:
        machine.setattr(sys, "executable", str(tmp_path / "no interpreter"))
        with pytest.raises(FileNotFoundError):
            pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert (document.status, document.error_code) == (Status.PROCESSING, "")
    let_the_lease_run_out(document)
    pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert document.status == Status.READY


def test_a_file_that_gives_no_text_fails_with_a_code(viewer: Client, upload: Upload) -> None:
    document = upload(b"%PDF-1.7\nno more of it", "broken.pdf")
    pipeline.process(str(document.pk))
    shown = viewer.get(f"/documents/{document.pk}").json()
    assert (shown["status"], shown["revision"], shown["version"]) == ("failed", None, 3)
    assert shown["error"] == {
        "code": "pdf_broken",
        "detail": "The PDF is damaged beyond reading.",
    }
    event = last_event(document.pk)
    assert (event.action, event.after["error_code"]) == ("document.failed", "pdf_broken")


def test_a_file_beyond_the_limit_at_hand_fails(upload: Upload, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    document = upload(b"n" * 11)
    pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert (document.status, document.error_code) == (Status.FAILED, "too_large")


def test_nothing_is_half_done_when_the_end_cannot_be_logged(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = upload()
    held = claimed(document)
    broken = replace(extraction(), metadata={"nul": "\0"})
    with pytest.raises(Exception, match="u0000"):
        pipeline._finish(held, broken)
    assert not Revision.objects.exists()
