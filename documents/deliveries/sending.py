"""Send what is due: several messages at once, each under a lease, fair among webhooks.

Threads send, and know nothing of the database; the thread that started them claims and finishes.
A webhook that fails has one message under way and all of those together half of the places, so
that the dead ones take their time, fifteen seconds each, from nobody else.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from documents.deliveries.endings import finish
from documents.deliveries.messages import Outcome, send
from documents.models import Delivery, Webhook

TURN = 10.0  # seconds in which more is begun
LOOK_AGAIN = 0.5  # seconds, while what is under way has not ended
MARGIN = timedelta(seconds=45)  # of a lease beyond what a try may take
SHARE = 4  # of the places for one webhook: a quarter
Sending = dict[Future[Outcome], Delivery]


def send_due() -> list[UUID]:
    """Send what is due for a turn's time; return the webhooks that were disabled over it."""
    ends = time.monotonic() + TURN
    disabled: list[UUID] = []
    with ThreadPoolExecutor(settings.WEBHOOK_AT_ONCE) as pool:
        sending: Sending = {}
        while True:
            if time.monotonic() < ends:
                sending |= {_submitted(pool, delivery): delivery for delivery in claim()}
            if not sending:
                return disabled
            disabled += _finished(sending)


def _submitted(pool: ThreadPoolExecutor, delivery: Delivery) -> Future[Outcome]:
    """Have a thread send a message; what it logs and traces is the task's, as if it were here."""
    return pool.submit(copy_context().run, send, delivery)


def _finished(sending: Sending) -> Iterator[UUID]:
    """Finish what has ended within a moment; yield the webhooks that were disabled over it."""
    done, _ = wait(sending, LOOK_AGAIN, FIRST_COMPLETED)
    for future in done:
        delivery = sending.pop(future)
        if finish(delivery, future.result()):
            yield delivery.webhook_id


def claim() -> list[Delivery]:
    """Take what is due under leases, as far as there are places."""
    waiting = _waiting()
    if not waiting:
        return []
    at_hand = _at_hand()
    failing = {webhook.pk for webhook in waiting if webhook.failing_since}
    places = settings.WEBHOOK_AT_ONCE - at_hand.total()
    for_failing = settings.WEBHOOK_AT_ONCE // 2 - sum(at_hand[pk] for pk in failing)
    claimed: list[Delivery] = []
    for webhook in waiting:
        is_failing = webhook.pk in failing
        share = 1 if is_failing else max(1, settings.WEBHOOK_AT_ONCE // SHARE)
        left = [share - at_hand[webhook.pk], places - len(claimed)]
        taken = _take(webhook, min([*left, for_failing] if is_failing else left))
        for_failing -= len(taken) if is_failing else 0
        claimed += taken
    return claimed


def _waiting() -> list[Webhook]:
    """Return the webhooks with deliveries that are due, in any order: nobody is always last."""
    due = Delivery.objects.due().filter(webhook=OuterRef("pk"))
    rows = list(Webhook.objects.in_use().filter(Exists(due)).only("pk", "failing_since"))
    random.shuffle(rows)
    return rows


def _at_hand() -> Counter[UUID]:
    """Return how many messages are under way, by webhook, of all workers."""
    rows = Delivery.objects.under_way().order_by().values("webhook").annotate(number=Count("pk"))
    return Counter(dict(rows.values_list("webhook", "number")))


@transaction.atomic
def _take(webhook: Webhook, limit: int) -> list[Delivery]:
    if limit < 1:
        return []
    rows = Delivery.objects.due().filter(webhook=webhook).select_related("webhook", "event")
    locked = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
    taken = list(locked.order_by("next_attempt_at", "id")[:limit])
    lease, expires_at = uuid4(), timezone.now() + _lease()
    for delivery in taken:
        delivery.lease_id, delivery.lease_expires_at = lease, expires_at
    held = {"lease_id": lease, "lease_expires_at": expires_at}
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in taken]).update(**held)
    return taken


def _lease() -> timedelta:
    return timedelta(seconds=settings.WEBHOOK_SECONDS) + MARGIN
