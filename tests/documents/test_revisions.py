"""A text that comes out different is a new revision; one that comes out the same is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.base import ContentFile

from documents import pipeline
from documents.models import Document, Revision
from tests.client import Client

Upload = Callable[..., Document]


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
    shown = again(manager, document, b"%PDF-1.7")
    assert (shown["status"], shown["revision"]["number"]) == ("failed", 1)
    shown = again(manager, document, b"Ada")
    assert (shown["status"], shown["error"]) == ("ready", None)
