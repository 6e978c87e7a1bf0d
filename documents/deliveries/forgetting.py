"""Remove old deliveries; the events that they were of stay in the log."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from documents.models import Delivery, DeliveryState
from users.models import Event

AT_ONCE = 5000


def forget_old() -> int:
    """Delete deliveries that ended long ago, or whose webhook did; return how many."""
    before = timezone.now() - settings.WEBHOOK_DELIVERIES_KEPT
    ended = ~Q(state=DeliveryState.PENDING) & Q(updated_at__lt=before)
    rows = Delivery.objects.filter(ended | Q(webhook__deleted_at__lt=before))
    forgotten = 0
    while ids := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        forgotten += Delivery.objects.filter(pk__in=ids).delete()[0]
    return forgotten


def forget_answers(events: QuerySet[Event]) -> None:
    """Forget what receivers answered to erased events: it may repeat what they told."""
    Delivery.objects.filter(event__in=events).exclude(answer="").update(answer="")
