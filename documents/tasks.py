"""Start slow work on documents, and mails. Tasks take ids and may run twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings

from documents import deliveries, jobs, mails, pieces, pipeline, search_queue, tallies
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


@shared_task(name="documents.run_job")
def run_job(job_id: str, version: int) -> None:
    """Give a job its next turn, and announce the one after that behind what waits meanwhile."""
    following = jobs.run_turn(job_id, version)
    if following is not None:
        run_job.delay_on_commit(job_id, following)  # type: ignore[attr-defined]


@shared_task(name="documents.sweep_jobs")
def sweep_jobs() -> None:
    """Send again the jobs that were left behind, and those that workers have added."""
    for job_id, version in jobs.take_left_behind():
        run_job.delay(job_id, version)


@shared_task(name="documents.index_waiting")
def index_waiting() -> None:
    """Index the documents that wait for it; beat sends it too, for what lost messages left."""
    search_queue.index_waiting()


@shared_task(name="documents.add_up_tallies")
def add_up_tallies() -> None:
    """Add up what was counted lately, so that few rows are left to read."""
    tallies.add_up()


@shared_task(name="documents.forget_old_uploads", time_limit=1800)
def forget_old_uploads() -> None:
    """Remove resumable uploads that nobody went on with or used in time."""
    pieces.forget_old()


@shared_task(name="documents.deliver_webhooks", time_limit=60 + int(settings.WEBHOOK_SECONDS))
def deliver_webhooks() -> None:
    """Make deliveries of what is new in the log, and send those that are due."""
    deliveries.dispatch()
    for webhook_id in deliveries.send_due():
        mail_webhook_disabled.delay(str(webhook_id))


@shared_task(name="documents.forget_old_deliveries", time_limit=1800)
def forget_old_deliveries() -> None:
    """Remove deliveries that nobody looks at any more."""
    deliveries.forget_old()


@shared_task(name="documents.mail_webhook_disabled", bind=True, max_retries=5)
def mail_webhook_disabled(self: Any, webhook_id: str) -> None:
    """Tell a project's managers by mail, again after 1, 2, 4, 8 and 16 minutes where that fails."""
    if not mails.send_webhook_disabled(UUID(webhook_id)):
        raise self.retry(countdown=60 * 2**self.request.retries)


@shared_task(name="documents.mail_invitation", bind=True, max_retries=5)
def mail_invitation(self: Any, invitation_id: str, sealed_email: str, sealed_token: str) -> None:
    """Mail an invitation, again after 1, 2, 4, 8 and 16 minutes where that fails."""
    email, token = unseal(sealed_email), unseal(sealed_token)
    if not mails.send_invitation(UUID(invitation_id), email, token):
        raise self.retry(countdown=60 * 2**self.request.retries)
