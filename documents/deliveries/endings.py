"""Note what came of a try: delivered, to be tried again, given up, the webhook disabled."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from documents.deliveries.messages import GONE, Outcome
from documents.models import Delivery, DeliveryState, Webhook
from users.models import User
from users.services.events import record

logger = logging.getLogger(__name__)
JITTER = 0.1  # of the wait, so that not all come back at once
LONGEST_WAIT = timedelta(hours=24)


@transaction.atomic
def finish(delivery: Delivery, outcome: Outcome) -> bool:
    """Write down once what came of a try under its lease; return whether it ended the webhook."""
    # The webhook's row first, as wherever both are locked.
    webhooks = Webhook.objects.select_for_update(no_key=True)
    webhook: Webhook = webhooks.get(pk=delivery.webhook_id)
    rows = Delivery.objects.select_for_update(no_key=True)
    held: Delivery | None = rows.filter(pk=delivery.pk, lease_id=delivery.lease_id).first()
    if held is None:
        logger.warning("Delivery %s was taken over by another worker", delivery.pk)
        return False
    _note(held, outcome)
    return _judge(webhook, outcome)


def _note(delivery: Delivery, outcome: Outcome) -> None:
    delivery.attempts += 1
    delivery.attempted_at = timezone.now()
    delivery.lease_id = delivery.lease_expires_at = None
    delivery.status, delivery.answer = outcome.status, outcome.answer
    delivery.error, delivery.duration = outcome.error, outcome.duration
    delivery.next_attempt_at = _next_attempt(delivery.attempts, outcome)
    if not outcome.error:
        delivery.state = DeliveryState.DELIVERED
    elif delivery.next_attempt_at is None:
        delivery.state = DeliveryState.FAILED
    delivery.save_new_version()


def _next_attempt(attempts: int, outcome: Outcome) -> datetime | None:
    """Return when to try again after so many tries; None for never."""
    is_over = not outcome.error or outcome.status == GONE
    if is_over or attempts > len(settings.WEBHOOK_RETRIES):
        return None
    usual = settings.WEBHOOK_RETRIES[attempts - 1] * random.uniform(1, 1 + JITTER)  # noqa: S311
    asked = min(timedelta(seconds=outcome.retry_after), LONGEST_WAIT)
    moment: datetime = timezone.now() + max(usual, asked)
    return moment


def _judge(webhook: Webhook, outcome: Outcome) -> bool:
    """Keep since when a webhook fails; disable one that is gone or has failed for too long."""
    if not outcome.error:
        _set_failing(webhook, None)
        return False
    _set_failing(webhook, webhook.failing_since or timezone.now())
    reason = _hopeless(webhook, outcome)
    if not reason or not webhook.is_enabled:
        return False
    disable(webhook, reason, actor=None)
    return True


def _hopeless(webhook: Webhook, outcome: Outcome) -> str:
    """Return why nothing more is to be sent; "" where there is hope."""
    since = webhook.failing_since
    if outcome.status == GONE:
        return "The receiver answered 410 Gone."
    if since and timezone.now() - since >= settings.WEBHOOK_DISABLED_AFTER:
        return f"Nothing was delivered since {since:%Y-%m-%d %H:%M} UTC, though it was tried."
    return ""


def _set_failing(webhook: Webhook, since: datetime | None) -> None:
    if webhook.failing_since != since:
        webhook.failing_since = since
        webhook.save(update_fields=["failing_since"])


def disable(webhook: Webhook, reason: str, *, actor: User | None) -> None:
    """Send nothing more to a (locked) webhook until it is enabled; in the caller's transaction.

    Its place in the log and what is pending stay.
    """
    before = webhook.snapshot()
    webhook.is_enabled = False
    webhook.disabled_at, webhook.disabled_reason = timezone.now(), reason
    webhook.save_new_version()
    record(
        actor=actor,
        action="webhook.disabled",
        target=webhook,
        project_id=webhook.project_id,
        before=before,
    )
