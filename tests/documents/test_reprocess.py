"""A document's text is extracted anew from its stored file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from documents import pipeline
from documents.models import Document, Status
from tests.client import Client
from tests.events import changed, last_event

Upload = Callable[..., Document]
Working = Callable[[], AbstractContextManager[Any]]


def test_a_document_that_is_done_is_read_again(
    manager: Client, upload: Upload, working: Working
) -> None:
    document = upload()
    pipeline.process(str(document.pk))
    path = f"/documents/{document.pk}"
    with working():
        response = manager.post(f"{path}/reprocess")
        assert (response.status_code, response["ETag"]) == (202, '"4"')
        assert (response.json()["status"], response.json()["error"]) == ("pending", None)
    assert manager.get(path).json()["status"] == "ready"
    assert manager.get(path).json()["version"] == 6


def test_the_order_is_told_in_one_event(manager: Client, upload: Upload) -> None:
    document = upload()
    document.source.storage.delete(document.source.name)
    pipeline.process(str(document.pk))
    manager.post(f"/documents/{document.pk}/reprocess")
    event = last_event(document.pk)
    assert (event.action, event.actor) == ("document.reprocessed", manager.person)
    assert changed(event) == {
        "status": ("failed", "pending"),
        "error_code": ("source_missing", ""),
        "error_detail": ("The stored file is gone.", ""),
        "attempts": (1, 0),
        "version": (3, 4),
    }


def test_a_stale_order_is_refused(manager: Client, upload: Upload) -> None:
    document = upload()
    pipeline.process(str(document.pk))
    path = f"/documents/{document.pk}/reprocess"
    assert manager.post(path, if_match="1").status_code == 412
    assert manager.post(path, if_match="3").status_code == 202


@pytest.mark.parametrize("status", [Status.PENDING, Status.PROCESSING])
def test_a_document_under_way_is_let_be(manager: Client, upload: Upload, status: Status) -> None:
    document = upload()
    Document.objects.update(status=status)
    response = manager.post(f"/documents/{document.pk}/reprocess")
    assert (response.status_code, response.json()["code"]) == (409, "being_processed")
    assert response.json()["detail"] == f"Its status is {status}."


def test_a_document_without_a_file_has_nothing_to_read(
    manager: Client, made: Callable[..., Any]
) -> None:
    response = manager.post(f"/documents/{made()['id']}/reprocess")
    assert (response.status_code, response.json()["code"]) == (409, "no_source")


def test_annotators_do_not_order_it(annotator: Client, upload: Upload) -> None:
    assert annotator.post(f"/documents/{upload().pk}/reprocess").status_code == 403
