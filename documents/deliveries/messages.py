"""Make a message of an event, send it, tell what came of it. Nothing here asks the database."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from django.utils import timezone

from config.outbound import Answer, OutboundRefused
from documents.deliveries.addresses import check_scheme, client
from documents.deliveries.signing import signatures
from documents.models import Delivery, Webhook
from documents.models.webhook import MAX_ANSWER
from users.copying import as_json
from users.sealing import unseal
from users.serializers.events import EventSerializer

logger = logging.getLogger(__name__)
GONE = 410


@dataclass(frozen=True)
class Outcome:
    """What came of one try: a status or an error, or both where the status is no success.

    `retry_after` and `duration` are seconds.
    """

    status: int | None = None
    answer: str = ""
    error: str = ""
    retry_after: float = 0
    duration: float = 0


def send(delivery: Delivery) -> Outcome:
    """Send a delivery, whose webhook and event are at hand, once; raises nothing."""
    began = time.monotonic()
    try:
        answer = _post(delivery)
    except OutboundRefused as refusal:
        return Outcome(error=refusal.reason, duration=time.monotonic() - began)
    except Exception:
        logger.exception("Delivery %s failed by a fault of ours", delivery.pk)
        return Outcome(error="internal_error", duration=time.monotonic() - began)
    return Outcome(
        status=answer.status,
        answer=_readable(answer.body),
        error=_error(answer.status),
        retry_after=_retry_after(answer.headers),
        duration=time.monotonic() - began,
    )


def _post(delivery: Delivery) -> Answer:
    webhook = delivery.webhook
    check_scheme(webhook.url)
    body, now = _body(delivery), int(timezone.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Postil",
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(now),
        "webhook-signature": signatures(_secrets(webhook), delivery.message_id, now, body),
    }
    return client().post(webhook.url, body, headers)


def _body(delivery: Delivery) -> bytes:
    shown = EventSerializer(delivery.event).data | {"project_id": delivery.project_id}
    return as_json({"type": shown["action"], "timestamp": shown["at"], "data": shown}).encode()


def _secrets(webhook: Webhook) -> list[str]:
    until = webhook.former_secret_until
    sealed = [
        webhook.secret,
        *([webhook.former_secret] if until and until > timezone.now() else []),
    ]
    return [unseal(secret) for secret in sealed]


def _error(status: int) -> str:
    if 200 <= status < 300:  # noqa: PLR2004 - the class of success
        return ""
    return "redirected" if 300 <= status < 400 else "refused_by_receiver"  # noqa: PLR2004


def _readable(body: bytes) -> str:
    """Return the beginning of an answer as the database can hold it."""
    return body.decode(errors="replace").replace("\0", "\ufffd")[:MAX_ANSWER]


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return after how many seconds the receiver wants to be asked again; 0 where it says none."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        moment = parsedate_to_datetime(told)
        return max(0.0, moment.timestamp() - timezone.now().timestamp())
    except (ValueError, OverflowError):
        return 0
