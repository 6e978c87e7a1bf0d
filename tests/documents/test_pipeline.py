"""A worker brings a document to its end: once, whatever happens to workers on the way."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from pytest_django import Settings

from documents import pipeline
from documents.ingest import Extraction, describe_text
from documents.models import Document, Revision, Status
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.threads import at_once

Upload = Callable[..., Document]
TEXT = "Zoë \U0001f9d1\u200d\U0001f680 e\u0301\r\nlives."


def let_the_lease_run_out(document: Document) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Document.objects.filter(pk=document.pk).update(lease_expires_at=past)


def claimed(document: Document) -> Document:
    held = pipeline._claim(str(document.pk))
    assert held is not None
    return held


def extraction(text: str = TEXT, **metadata: str | int) -> Extraction:
    return replace(describe_text(text, "text/plain"), metadata=metadata)


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


def test_a_document_at_hand_is_not_taken_by_another(upload: Upload) -> None:
    document = upload()
    held = claimed(document)
    assert pipeline._claim(str(document.pk)) is None
    document.refresh_from_db()
    assert (document.status, document.lease_id, document.attempts) == (
        Status.PROCESSING,
        held.lease_id,
        1,
    )


@pytest.mark.django_db(transaction=True)
def test_of_many_simultaneous_workers_one_takes_it(upload: Upload) -> None:
    for _ in range(4):
        document = upload()
        calls = [lambda pk=str(document.pk): pipeline._claim(pk)] * 6
        winners = [held for held in at_once(*calls) if held is not None]
        assert len(winners) == 1
        document.refresh_from_db()
        assert (document.lease_id, document.attempts) == (winners[0].lease_id, 1)


@pytest.mark.django_db(transaction=True)
def test_many_simultaneous_runs_have_the_effect_of_one(upload: Upload) -> None:
    document = upload()
    at_once(*[lambda: pipeline.process(str(document.pk))] * 3)
    document.refresh_from_db()
    assert (document.status, document.attempts) == (Status.READY, 1)
    assert Revision.objects.count() == 1
    assert [action for action, _ in log_of(document.pk)] == ["document.created", "document.ready"]


def test_a_lease_that_has_run_out_is_taken_over(upload: Upload) -> None:
    document = upload()
    first = claimed(document)
    let_the_lease_run_out(document)
    second = claimed(document)
    assert second.lease_id != first.lease_id
    assert second.attempts == 2
    assert second.lease_expires_at
    assert second.lease_expires_at > timezone.now()


@pytest.mark.parametrize("end", ["finish", "fail"])
def test_who_lost_the_lease_changes_nothing_any_more(upload: Upload, end: str) -> None:
    document = upload()
    first = claimed(document)
    let_the_lease_run_out(document)
    second = claimed(document)
    if end == "finish":
        pipeline._finish(first, extraction("of the first"))
    else:
        pipeline._fail(first, "parser_crashed", "Of the first.")
    document.refresh_from_db()
    assert (document.status, document.lease_id) == (Status.PROCESSING, second.lease_id)
    assert not Revision.objects.exists()
    pipeline._finish(second, extraction("of the second"))
    pipeline._finish(first, extraction("of the first"))
    assert Revision.objects.get().text == "of the second"
    assert [action for action, _ in log_of(document.pk)] == ["document.created", "document.ready"]


def test_a_lease_that_ran_out_but_was_not_taken_over_still_finishes(upload: Upload) -> None:
    document = upload()
    held = claimed(document)
    let_the_lease_run_out(document)
    pipeline._finish(held, extraction())
    document.refresh_from_db()
    assert document.status == Status.READY


def test_a_document_that_loses_every_worker_fails(upload: Upload) -> None:
    document = upload()
    for _ in range(3):
        claimed(document)
        let_the_lease_run_out(document)
    pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert (document.status, document.error_code) == (Status.FAILED, "worker_lost")
    assert document.error_detail == "Every worker that tried it was lost."
    assert (document.lease_id, document.revision) == (None, None)
    assert last_event(document.pk).action == "document.failed"


def test_the_last_attempt_may_still_succeed(upload: Upload, settings: Settings) -> None:
    settings.PROCESSING_ATTEMPTS = 2
    document = upload()
    claimed(document)
    let_the_lease_run_out(document)
    pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert (document.status, document.attempts) == (Status.READY, 2)


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
    document = upload(b"\x00\x01\x02\xff\xfe" * 100, "noise.bin")
    pipeline.process(str(document.pk))
    shown = viewer.get(f"/documents/{document.pk}").json()
    assert (shown["status"], shown["revision"], shown["version"]) == ("failed", None, 3)
    assert shown["error"]["code"] in {"unsupported_media_type", "undecodable_text"}
    assert shown["error"]["detail"]
    event = last_event(document.pk)
    assert (event.action, event.after["error_code"]) == ("document.failed", shown["error"]["code"])


def test_a_file_beyond_the_limit_at_hand_fails(upload: Upload, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    document = upload(b"n" * 11)
    pipeline.process(str(document.pk))
    document.refresh_from_db()
    assert (document.status, document.error_code) == (Status.FAILED, "too_large")


def again(client: Client, document: Document, content: bytes) -> Any:
    """Process a document once more after its stored file has changed."""
    storage, name = document.source.storage, document.source.name
    storage.delete(name)
    storage.save(name, ContentFile(content))
    answer = client.post(f"/documents/{document.pk}/reprocess")
    assert answer.status_code == 202
    pipeline.process(str(document.pk))
    return client.get(f"/documents/{document.pk}").json()


def test_a_text_that_comes_out_the_same_makes_no_new_revision(
    manager: Client, upload: Upload
) -> None:
    document = upload(b"Ada")
    pipeline.process(str(document.pk))
    first = Revision.objects.get()
    shown = again(manager, document, b"Ada")
    assert (shown["status"], shown["revision"]["id"]) == ("ready", str(first.pk))
    assert Revision.objects.count() == 1


def test_another_text_makes_the_next_revision(manager: Client, upload: Upload) -> None:
    document = upload(b"Ada")
    pipeline.process(str(document.pk))
    shown = again(manager, document, b"Eve")
    assert (shown["revision"]["number"], shown["revision"]["length"]) == (2, 3)
    assert manager.get(f"/documents/{document.pk}/text?revision=1").json()["text"] == "Ada"
    assert manager.get(f"/documents/{document.pk}/text").json()["text"] == "Eve"
    shown = again(manager, document, b"Ada")
    assert shown["revision"]["number"] == 3


def test_a_text_stays_when_reading_it_again_fails(manager: Client, upload: Upload) -> None:
    document = upload(b"Ada")
    pipeline.process(str(document.pk))
    shown = again(manager, document, b"\x00\x01\x02\xff\xfe" * 100)
    assert (shown["status"], shown["revision"]["number"]) == ("failed", 1)
    shown = again(manager, document, b"Ada")
    assert (shown["status"], shown["error"]) == ("ready", None)


def test_nothing_is_half_done_when_the_end_cannot_be_logged(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = upload()
    held = claimed(document)
    broken = replace(extraction(), metadata={"nul": "\0"})
    with pytest.raises(Exception, match="u0000"):
        pipeline._finish(held, broken)
    assert not Revision.objects.exists()
