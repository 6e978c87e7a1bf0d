"""Where a project's events are sent, and how each sending went."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from documents.models.project import Project
from documents.querysets import DeliveryQuerySet, WebhookQuerySet
from users.models import Event, Resource

MAX_URL = 2000
MAX_ANSWER = 1000  # characters


class Webhook(Resource):
    """An address that is sent a project's events, each as a signed message.

    `actions` are the wanted ones: one, or all of a kind, as `document`; none stands for all.
    `position` is a place in the event log of that `epoch`, as users.feed writes both: all before
    it stands in deliveries, all after it does not. It was looked for news at `looked_at`.
    The secrets are sealed; the former one signs too until `former_secret_until`.
    """

    unlogged_fields: ClassVar[frozenset[str]] = frozenset(
        {"secret", "former_secret", "position", "epoch", "looked_at", "failing_since"}
    )

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="webhooks")
    url = models.CharField(max_length=MAX_URL)
    description = models.CharField(max_length=500, blank=True)
    actions = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    secret = models.TextField(editable=False)
    former_secret = models.TextField(blank=True, editable=False)
    former_secret_until = models.DateTimeField(null=True, editable=False)
    position = models.TextField(editable=False)
    epoch = models.CharField(max_length=60, editable=False)
    looked_at = models.DateTimeField(editable=False)
    is_enabled = models.BooleanField(default=True, editable=False)
    disabled_at = models.DateTimeField(null=True, editable=False)
    disabled_reason = models.CharField(max_length=500, blank=True, editable=False)
    failing_since = models.DateTimeField(
        null=True,
        editable=False,
        help_text="Since when nothing was delivered, though it was tried.",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(is_enabled=True, disabled_at=None)
                | models.Q(is_enabled=False, disabled_at__isnull=False),
                name="webhook_disabled_at_a_time",
            ),
        )
        indexes = (
            models.Index(fields=["project", "id"], name="webhook_of_project"),
            models.Index(
                fields=["id"],
                condition=models.Q(is_enabled=True, deleted_at=None),
                name="webhook_in_use",
            ),
        )

    def __str__(self) -> str:
        return self.url.partition("?")[0]


class DeliveryState(models.TextChoices):
    """Where a delivery stands; it is pending until its receiver took it or all tries are over."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Delivery(Resource):
    """One event on its way to one webhook; the row is the queue of record.

    What is sent is made from the event when it is sent, so what was erased there is sent to
    nobody. A sender holds the row under a lease. `status`, `answer` (its beginning), `error` and
    `duration` (seconds) tell of the last try.
    """

    unlogged_fields: ClassVar[frozenset[str]] = frozenset(
        {"answer", "lease_id", "lease_expires_at"}
    )

    webhook = models.ForeignKey(
        Webhook, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=20, choices=DeliveryState, default=DeliveryState.PENDING, editable=False
    )
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    next_attempt_at = models.DateTimeField(null=True, editable=False)
    attempted_at = models.DateTimeField(null=True, editable=False)
    lease_id = models.UUIDField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    status = models.PositiveSmallIntegerField(null=True, editable=False)
    answer = models.CharField(max_length=MAX_ANSWER, blank=True, editable=False)
    error = models.CharField(max_length=40, blank=True, editable=False)
    duration = models.FloatField(null=True, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=DeliveryState.values), name="delivery_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state=DeliveryState.PENDING, next_attempt_at__isnull=False)
                | (~models.Q(state=DeliveryState.PENDING) & models.Q(next_attempt_at=None)),
                name="delivery_pending_until_its_next_attempt",
            ),
        )
        indexes = (
            models.Index(fields=["webhook", "id"], name="delivery_of_webhook"),
            models.Index(fields=["webhook", "state", "id"], name="delivery_by_state"),
            models.Index(
                fields=["webhook", "next_attempt_at", "id"],
                condition=models.Q(state=DeliveryState.PENDING),
                name="delivery_pending",
            ),
            models.Index(
                fields=["lease_expires_at"],
                condition=models.Q(lease_id__isnull=False),
                name="delivery_at_hand",
            ),
            models.Index(
                fields=["updated_at"],
                condition=~models.Q(state=DeliveryState.PENDING),
                name="delivery_ended",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event.action} to {self.webhook}"

    @property
    def message_id(self) -> str:
        """Return the webhook-id: the same in every try and replay, so receivers can tell."""
        return f"evt_{self.event_id}"
