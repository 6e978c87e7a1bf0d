"""Processing shows how far it is, under a lease that lasts as long as it goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from documents import pipeline
from documents.ingest import process
from documents.models import Document, Status
from tests.client import Client
from tests.documents.at_work import claimed, let_the_lease_run_out
from tests.documents.ingest import pdf_files
from tests.events import log_of

Upload = Callable[..., Document]
LONG = pdf_files.document(*[pdf_files.lines("words")] * 40)


def test_a_document_shows_how_many_pages_are_read(viewer: Client, upload: Upload) -> None:
    document = claimed(upload())
    path = f"/documents/{document.pk}"
    assert viewer.get(path).json()["progress"] is None
    let_the_lease_run_out(document)
    pipeline._show_progress(document, 3, 40)
    shown = viewer.get(path).json()
    assert shown["progress"] == {"done": 3, "total": 40}
    assert shown["version"] == document.version
    document.refresh_from_db()
    assert document.lease_expires_at is not None
    assert document.lease_expires_at > timezone.now() + timedelta(seconds=20)


def test_a_total_that_is_not_known_shows_nothing(viewer: Client, upload: Upload) -> None:
    document = claimed(upload())
    let_the_lease_run_out(document)
    pipeline._show_progress(document, 0, 0)
    assert viewer.get(f"/documents/{document.pk}").json()["progress"] is None
    assert not Document.objects.claimable().exists()


def test_progress_is_stored_while_a_cell_works_and_ends_with_it(
    viewer: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "BEAT", 0.01)
    seen: list[Any] = []
    store = pipeline._show_progress

    def see(document: Document, done: int, total: int) -> None:
        store(document, done, total)
        seen.append(viewer.get(f"/documents/{document.pk}").json()["progress"])

    monkeypatch.setattr(pipeline, "_show_progress", see)
    document = upload(LONG)
    pipeline.process(str(document.pk))
    assert seen
    shown = viewer.get(f"/documents/{document.pk}").json()
    assert (shown["status"], shown["progress"], shown["version"]) == ("ready", None, 3)
    assert len(log_of(document.pk)) == 2


@pytest.mark.parametrize("code", ["pdf_broken", "source_missing"])
def test_a_failure_shows_no_progress(upload: Upload, code: str) -> None:
    document = claimed(upload())
    pipeline._show_progress(document, 3, 40)
    pipeline._fail(document, code, "")
    document.refresh_from_db()
    assert (document.progress_done, document.progress_total) == (None, None)


def test_a_worker_whose_document_was_taken_over_stops(
    upload: Upload, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(process, "BEAT", 0.0)
    document = upload(LONG)
    store = pipeline._show_progress

    def taken_over(document: Document, done: int, total: int) -> None:
        if Document.objects.get(pk=document.pk).lease_id == document.lease_id:
            let_the_lease_run_out(document)
            claimed(document)
        store(document, done, total)

    monkeypatch.setattr(pipeline, "_show_progress", taken_over)
    pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert (document.status, document.revision) == (Status.PROCESSING, None)
    assert "was taken over by another worker" in caplog.text
