"""A document is in one worker's hands at a time, and no dead worker keeps it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from documents import pipeline
from documents.models import Document, Revision, Status
from documents.usage import charge
from tests.documents.at_work import claimed, extraction, let_the_lease_run_out
from tests.events import last_event, log_of
from tests.factories import DocumentFactory
from tests.threads import at_once, start_until_it_waits

Upload = Callable[..., Document]


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


@pytest.mark.parametrize("end", ["finish", "fail", "put_back"])
def test_who_lost_the_lease_changes_nothing_any_more(upload: Upload, end: str) -> None:
    document = upload()
    first = claimed(document)
    let_the_lease_run_out(document)
    second = claimed(document)
    if end == "finish":
        pipeline._finish(first, extraction("of the first"))
    elif end == "put_back":
        pipeline._put_back(first)
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


@pytest.mark.django_db(transaction=True)
def test_a_duplicate_of_a_document_that_is_being_finished_waits_for_nobody(upload: Upload) -> None:
    """The worker has the document and waits for the usage; we have the usage and refer to it."""
    document = claimed(upload())
    other = DocumentFactory.create(project=document.project)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            charge(document.project_id, documents=1)
            worker = start_until_it_waits(pool, lambda: pipeline._finish(document, extraction()))
            Document.objects.filter(pk=other.pk).update(duplicate_of=document)
        worker.result()
    document.refresh_from_db()
    other.refresh_from_db()
    assert (document.status, other.duplicate_of) == (Status.READY, document)
