"""Start slow work on documents, and mails. Tasks take ids and may run twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task

from documents import mails, pipeline
from users.sealing import unseal


@shared_task(name="documents.process_document")
def process_document(document_id: str) -> None:
    """Turn a document's file into text, unless somebody else has it at hand or is done."""
    pipeline.process(document_id)


@shared_task(name="documents.sweep_documents")
def sweep_documents() -> None:
    """Send again what a lost message, a dead worker or an absent broker left behind."""
    for document_id in pipeline.take_left_behind():
        process_document.delay(document_id)


@shared_task(name="documents.mail_invitation", bind=True, max_retries=5)
def mail_invitation(self: Any, invitation_id: str, sealed_email: str, sealed_token: str) -> None:
    """Mail an invitation, again after 1, 2, 4, 8 and 16 minutes where that fails."""
    email, token = unseal(sealed_email), unseal(sealed_token)
    if not mails.send_invitation(UUID(invitation_id), email, token):
        raise self.retry(countdown=60 * 2**self.request.retries)
