"""What a lost message, a dead worker or an absent broker left behind is announced again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from documents import pipeline
from documents.models import Document, Status
from documents.tasks import process_document, sweep_documents
from tests.factories import DocumentFactory
from tests.threads import at_once

Upload = Callable[..., Document]


def left_behind(upload: Upload, **fields: Any) -> Document:
    """Return a document that was announced longer ago than the sweep has patience for."""
    document = upload()
    fields = {
        "announced_at": timezone.now() - settings.PROCESSING_LEASE - timedelta(seconds=1)
    } | fields
    Document.objects.filter(pk=document.pk).update(**fields)
    return document


def under_lease(until: timedelta) -> dict[str, Any]:
    return {"status": Status.PROCESSING, "lease_expires_at": timezone.now() + until}


def test_what_was_left_behind_is_taken_once(upload: Upload) -> None:
    lost = left_behind(upload)
    never_sent = left_behind(upload, announced_at=None)
    dead = left_behind(upload, **under_lease(-timedelta(seconds=1)))
    assert pipeline.take_left_behind() == [str(one.pk) for one in (lost, never_sent, dead)]
    assert pipeline.take_left_behind() == []


def test_what_is_left_again_is_taken_again(upload: Upload) -> None:
    document = left_behind(upload)
    pipeline.take_left_behind()
    Document.objects.update(
        announced_at=timezone.now() - settings.PROCESSING_LEASE - timedelta(seconds=1)
    )
    assert pipeline.take_left_behind() == [str(document.pk)]


def test_what_is_well_is_let_be(upload: Upload) -> None:
    upload()  # announced a moment ago
    DocumentFactory.create()  # ready from the beginning
    left_behind(upload, **under_lease(timedelta(seconds=30)))
    left_behind(upload, status=Status.FAILED, error_code="pdf_broken")
    left_behind(upload, deleted_at=timezone.now())
    assert pipeline.take_left_behind() == []


def test_a_sweep_takes_a_bounded_number(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "SWEEP_SIZE", 2)
    pks = [str(left_behind(upload).pk) for _ in range(3)]
    assert pipeline.take_left_behind() == pks[:2]
    assert pipeline.take_left_behind() == pks[2:]


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_sweeps_each_document_is_taken_by_one(upload: Upload) -> None:
    for _ in range(3):
        pks = {str(left_behind(upload).pk) for _ in range(5)}
        taken = at_once(*[pipeline.take_left_behind] * 6)
        together = [pk for some in taken for pk in some]
        assert len(together) == 5
        assert set(together) == pks


def test_the_sweep_has_them_processed(upload: Upload, eager: None) -> None:
    documents = [left_behind(upload) for _ in range(2)]
    sweep_documents()
    for document in documents:
        document.refresh_from_db()
        assert (document.status, document.attempts) == (Status.READY, 1)


def test_a_task_may_run_twice(upload: Upload, eager: None) -> None:
    document = upload()
    for _ in range(2):
        process_document.delay(str(document.pk))
    document.refresh_from_db()
    assert (document.status, document.attempts) == (Status.READY, 1)


@pytest.mark.django_db(transaction=True)
def test_a_sweep_without_a_broker_leaves_them_for_the_next_one(
    upload: Upload, broker_away: None
) -> None:
    document = left_behind(upload)
    with pytest.raises(process_document.OperationalError):
        sweep_documents()
    document.refresh_from_db()
    assert document.status == Status.PENDING
    assert document.announced_at
    assert document.announced_at > timezone.now() - settings.PROCESSING_LEASE
