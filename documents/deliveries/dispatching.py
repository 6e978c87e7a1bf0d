"""Make deliveries of what is new in the log, each event once for each webhook that wants it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from uuid_utils.compat import uuid7

from documents.models import Delivery, DeliveryState, Webhook
from users import feed
from users.copying import copy_rows
from users.feed import Position
from users.models import Event

AT_ONCE = 1000
# A webhook that is not looked after falls behind, and the search for news reads from there on.
LOOK_EVERY = timedelta(minutes=1)
LONGEST_TRANSACTION = timedelta(hours=1)
_COLUMNS = (
    "id",
    "version",
    "created_at",
    "updated_at",
    "webhook_id",
    "project_id",
    "event_id",
    "state",
    "attempts",
    "next_attempt_at",
    "answer",
    "error",
)


def dispatch() -> int:
    """Write the deliveries of what is new; return how many."""
    epoch = feed.epoch()
    return sum(dispatch_to(webhook_id, epoch) for webhook_id in _awaited(epoch))


@transaction.atomic
def dispatch_to(webhook_id: UUID, epoch: str) -> int:
    """Write the next deliveries of one webhook and its new place in the log; return how many.

    Whoever finds it at hand elsewhere leaves it. What exceeds the backlog waits in the log.
    """
    locked = Webhook.objects.in_use().select_for_update(of=("self",), skip_locked=True, no_key=True)
    webhook: Webhook | None = locked.filter(pk=webhook_id).first()
    room = webhook and min(AT_ONCE, _room(webhook))
    if not webhook or not room:
        return 0
    if webhook.epoch != epoch:
        return _begin_anew(webhook, epoch)
    # No event is written in this transaction, for its own snapshot would be past it.
    found, position = feed.read(wanted(webhook), Position.read(webhook.position), room)
    add_deliveries(webhook, [event for event, _ in found])
    webhook.position, webhook.looked_at = str(position), timezone.now()
    webhook.save(update_fields=["position", "looked_at"])
    return len(found)


def _begin_anew(webhook: Webhook, epoch: str) -> int:
    """Go on after the log was restored, where its places mean nothing; return how many are new.

    What had no delivery yet came after the last look, or was under way at it.
    """
    position, since = feed.now(), webhook.looked_at - LONGEST_TRANSACTION
    known = Delivery.objects.filter(webhook=webhook, event=OuterRef("pk"))
    missed = wanted(webhook).filter(~Exists(known), at__gte=since).order_by("pk")
    ids = add_deliveries(webhook, list(missed.only("pk")))
    webhook.position, webhook.epoch, webhook.looked_at = str(position), epoch, timezone.now()
    webhook.save(update_fields=["position", "epoch", "looked_at"])
    return len(ids)


def wanted(webhook: Webhook) -> QuerySet[Event]:
    """Return the events that a webhook is sent: no more than every curator may see."""
    rows = Event.objects.of_project(webhook.project_id)
    if not webhook.actions:
        return rows
    chosen = Q()
    for action in webhook.actions:
        chosen |= Q(action=action) | Q(action__startswith=f"{action}.")
    return rows.filter(chosen)


def add_deliveries(webhook: Webhook, events: list[Event]) -> list[UUID]:
    """Write a delivery for each event, due now; return their ids."""
    now = timezone.now()
    ids = [uuid7() for _ in events]
    start = (DeliveryState.PENDING.value, 0, now, "", "")
    copy_rows(
        Delivery,
        _COLUMNS,
        (
            (pk, 1, now, now, webhook.pk, webhook.project_id, event.pk, *start)
            for pk, event in zip(ids, events, strict=True)
        ),
    )
    return ids


def _room(webhook: Webhook) -> int:
    """Return how many more deliveries may be pending."""
    most = settings.WEBHOOK_BACKLOG
    pending = Delivery.objects.pending().filter(webhook=webhook).order_by().values("pk")[:most]
    return int(most - pending.count())


def _awaited(epoch: str) -> Iterator[UUID]:
    """Yield the webhooks for which there is news, by two queries for all together."""
    told = list(Webhook.objects.in_use().only("project_id", "position", "epoch", "looked_at"))
    yield from (webhook.pk for webhook in told if webhook.epoch != epoch)
    followed = [
        (webhook, Position.read(webhook.position)) for webhook in told if webhook.epoch == epoch
    ]
    recent = _recent(followed)
    long_ago = timezone.now() - LOOK_EVERY
    for webhook, position in followed:
        latest, late = recent.get(webhook.project_id, (0, set()))
        is_new = latest >= position.seen.xmax or not late.isdisjoint(position.seen.xip)
        if is_new or position.batch is not None or webhook.looked_at < long_ago:
            yield webhook.pk


def _recent(followed: list[tuple[Webhook, Position]]) -> dict[UUID, tuple[int, set[int]]]:
    """Return by project the latest transaction that wrote there, and those that were awaited.

    Awaited is what was under way at the place of some webhook: such may write with small numbers.
    """
    if not followed:
        return {}
    seen = [position.seen for _, position in followed]
    awaited = Q(transaction__in={each for snapshot in seen for each in snapshot.xip})
    recent = Event.objects.filter(
        transaction__gte=min(snapshot.xmin for snapshot in seen),
        project_id__in={webhook.project_id for webhook, _ in followed},
    )
    told = (
        recent.order_by()
        .values("project_id")
        .annotate(
            latest=Max("transaction"),
            late=ArrayAgg("transaction", filter=awaited, distinct=True, default=[]),
        )
    )
    return {row["project_id"]: (row["latest"], set(row["late"])) for row in told}
