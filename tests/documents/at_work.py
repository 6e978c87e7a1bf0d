"""Do by hand what a worker does, step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from documents import pipeline
from documents.ingest import Extraction, describe_text
from documents.models import Document

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
