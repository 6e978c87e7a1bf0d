"""Start slow work on documents. Tasks take ids and may run twice."""

from __future__ import annotations

from celery import shared_task

from documents import pipeline


@shared_task(name="documents.process_document")
def process_document(document_id: str) -> None:
    """Turn a document's file into text, unless somebody else has it at hand or is done."""
    pipeline.process(document_id)


@shared_task(name="documents.sweep_documents")
def sweep_documents() -> None:
    """Send again what a lost message, a dead worker or an absent broker left behind."""
    for document_id in pipeline.take_left_behind():
        process_document.delay(document_id)
