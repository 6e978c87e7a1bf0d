"""Say where a project's events are sent: make, change, end webhooks, try them, send again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.shortcuts import get_object_or_404
from django.utils import timezone

from config.api.concurrency import ANY_VERSION, Precondition
from config.outbound import OutboundRefused
from documents import deliveries
from documents.deliveries.dispatching import add_deliveries
from documents.errors import PositionGone, TooManyWebhooks, WebhookAddressRefused, WebhookDisabled
from documents.models import Delivery, DeliveryState, Project, Webhook
from documents.services.event_feed import Place
from documents.tasks import deliver_webhooks
from users import feed
from users.feed import Position, Snapshot
from users.models import Event, User
from users.sealing import seal
from users.services.events import record

REFUSED = {
    "unknown_host": "Its host has no address.",
    "timeout": "The name server did not answer.",
}
REFUSED_ELSE = "It must be https, without a user, at a host on the open internet."
BY_A_MANAGER = "A manager disabled it."


def create_webhook(
    *, actor: User, project: Project, url: str, description: str = "", actions: Sequence[str] = ()
) -> tuple[Webhook, str]:
    """Send a project's events to an address from now on; return the secret that signs them too.

    Raises WebhookAddressRefused, TooManyWebhooks.
    """
    _require_address(url)
    secret = deliveries.new_secret()
    with transaction.atomic():
        _require_room(project)
        webhook = Webhook.objects.create(
            project=project,
            url=url,
            description=description,
            actions=actions,
            secret=seal(secret),
            position=str(feed.now()),
            epoch=feed.epoch(),
            looked_at=timezone.now(),
            created_by=actor,
        )
        _record(actor, "webhook.created", webhook, None)
    return webhook, secret


def update_webhook(
    *, actor: User, webhook: Webhook, precondition: Precondition, changes: dict[str, Any]
) -> Webhook:
    """Change where events are sent, and which; raises StaleVersion, WebhookAddressRefused."""
    if "url" in changes:
        _require_address(changes["url"])
    with transaction.atomic():
        current = _locked(webhook, precondition)
        before = current.snapshot()
        for name, value in changes.items():
            setattr(current, name, value)
        current.save_new_version()
        _record(actor, "webhook.updated", current, before)
    return current


@transaction.atomic
def delete_webhook(*, actor: User, webhook: Webhook, precondition: Precondition) -> None:
    """Send nothing more, for good; the secrets go at once. Raises StaleVersion."""
    current = _locked(webhook, precondition)
    before = current.snapshot()
    current.deleted_at = timezone.now()
    current.secret = current.former_secret = ""
    current.save_new_version()
    _record(actor, "webhook.deleted", current, before)


@transaction.atomic
def rotate_secret(*, actor: User, webhook: Webhook) -> tuple[Webhook, str]:
    """Sign with a new secret, and with the former one too for a while; return the new one too."""
    current = _locked(webhook, ANY_VERSION)
    before, secret = current.snapshot(), deliveries.new_secret()
    current.former_secret, current.secret = current.secret, seal(secret)
    current.former_secret_until = timezone.now() + settings.WEBHOOK_ROTATION
    current.save_new_version()
    _record(actor, "webhook.secret_rotated", current, before)
    return current, secret


@transaction.atomic
def enable_webhook(
    *, actor: User, webhook: Webhook, precondition: Precondition = ANY_VERSION
) -> Webhook:
    """Go on where it was disabled: what is pending is due, and what happened since follows.

    Raises StaleVersion.
    """
    current = _locked(webhook, precondition)
    if current.is_enabled:
        return current
    before = current.snapshot()
    current.is_enabled, current.disabled_at, current.disabled_reason = True, None, ""
    current.failing_since = None
    current.save_new_version()
    _record(actor, "webhook.enabled", current, before)
    pending = Delivery.objects.pending().filter(webhook=current)
    pending.update(next_attempt_at=timezone.now(), attempts=0)
    _announce()
    return current


@transaction.atomic
def disable_webhook(
    *, actor: User, webhook: Webhook, precondition: Precondition = ANY_VERSION
) -> Webhook:
    """Send nothing until it is enabled; nothing is lost meanwhile. Raises StaleVersion."""
    current = _locked(webhook, precondition)
    if current.is_enabled:
        deliveries.disable(current, BY_A_MANAGER, actor=actor)
    return current


@transaction.atomic
def send_test(*, actor: User, webhook: Webhook) -> Delivery:
    """Send a message of the type webhook.test to this webhook alone; raises WebhookDisabled."""
    current = _enabled(_locked(webhook, ANY_VERSION))
    _record(actor, "webhook.test", current, current.snapshot())
    event = Event.objects.filter(target_id=current.pk, action="webhook.test").latest("pk")
    [pk] = add_deliveries(current, [event])
    _announce()
    delivery: Delivery = Delivery.objects.select_related("event").get(pk=pk)
    return delivery


@transaction.atomic
def redeliver(
    *, actor: User, delivery: Delivery, precondition: Precondition = ANY_VERSION
) -> Delivery:
    """Send an event again at once, with all tries before it; raises WebhookDisabled, StaleVersion.

    One that a sender has at hand is left to it.
    """
    _enabled(_locked(delivery.webhook, ANY_VERSION))
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("event", "webhook")
    current: Delivery = rows.get(pk=delivery.pk)
    precondition.check(current)
    before = current.snapshot()
    current.state, current.attempts = DeliveryState.PENDING, 0
    current.next_attempt_at = timezone.now()
    current.save_new_version()
    action, project_id = "webhook.redelivered", current.project_id
    record(actor=actor, action=action, target=current, project_id=project_id, before=before)
    _announce()
    return current


@transaction.atomic
def replay(*, actor: User, webhook: Webhook, since: datetime | Place) -> Webhook:
    """Send again what happened since a time or a place in the log, in order.

    A few earlier events may be among it. What was not sent yet is sent in any case. Raises
    PositionGone for a place in a log that was restored since.
    """
    current = _locked(webhook, ANY_VERSION)
    wanted = _seen_before(current, since)
    before, seen = current.snapshot(), Position.read(current.position).seen
    if (both := _of_both(seen, wanted)) != seen:
        current.position = str(Position(both))
    current.save_new_version()
    _record(actor, "webhook.replayed", current, before)
    _announce()
    return current


def _seen_before(webhook: Webhook, since: datetime | Place) -> Snapshot:
    """Return transactions among which are none of the project's events from then on."""
    if isinstance(since, Place):
        if since.epoch != feed.epoch():
            raise PositionGone("Give a time instead.")
        return since.position.seen
    events = Event.objects.filter(project_id=webhook.project_id, at__gte=since)
    first = events.aggregate(first=Min("transaction"))["first"]
    return Snapshot(first, first) if first else feed.now().seen


def _of_both(one: Snapshot, other: Snapshot) -> Snapshot:
    """Return the transactions that two snapshots both hold."""
    xmax = min(one.xmax, other.xmax)
    xip = sorted(each for each in {*one.xip, *other.xip} if each < xmax)
    return Snapshot(min(one.xmin, other.xmin, *xip[:1]), xmax, tuple(xip))


def _require_address(url: str) -> None:
    try:
        deliveries.check_address(url)
    except OutboundRefused as refusal:
        raise WebhookAddressRefused(REFUSED.get(refusal.reason, REFUSED_ELSE)) from refusal


def _require_room(project: Project) -> None:
    Project.objects.select_for_update().get(pk=project.pk)  # who come together count in turn
    most = settings.WEBHOOKS_PER_PROJECT
    if Webhook.objects.live().filter(project=project).count() >= most:
        raise TooManyWebhooks(f"It may have {most}.")


def _locked(webhook: Webhook, precondition: Precondition) -> Webhook:
    rows = Webhook.objects.live().select_for_update(of=("self",)).select_related("created_by")
    current: Webhook = get_object_or_404(rows, pk=webhook.pk)
    precondition.check(current)
    return current


def _enabled(webhook: Webhook) -> Webhook:
    if not webhook.is_enabled:
        raise WebhookDisabled("Enable it first.")
    return webhook


def _announce() -> None:
    deliver_webhooks.delay_on_commit()  # type: ignore[attr-defined]


def _record(actor: User, action: str, webhook: Webhook, before: dict[str, Any] | None) -> None:
    record(actor=actor, action=action, target=webhook, project_id=webhook.project_id, before=before)
