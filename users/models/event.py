"""The append-only log: one row per change, written in the transaction of the change."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Cast

from users.querysets import SECURITY_ACTIONS, EventQuerySet, begins_with


class CurrentTransaction(models.Func):
    """PostgreSQL's 64-bit id of the transaction that writes the row."""

    function = "pg_current_xact_id"
    arity = 0
    output_field = models.TextField()
    template = "%(function)s()::text"


class Event(models.Model):
    """Who changed what, when, from what to what.

    `project_id` and `document_id` are no foreign keys: the log outlives what it tells of. With
    `transaction`, a reader can tell which rows it cannot have seen before. `undoes` is the
    transaction whose changes were taken back by these, which are changes themselves.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    action = models.CharField(max_length=60)
    project_id = models.UUIDField(null=True)
    document_id = models.UUIDField(null=True)
    target_type = models.CharField(max_length=40)
    target_id = models.UUIDField()
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=100)
    at = models.DateTimeField(auto_now_add=True)
    transaction = models.BigIntegerField(
        db_default=Cast(CurrentTransaction(), models.BigIntegerField()), editable=False
    )
    undoes = models.BigIntegerField(null=True, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["project_id", "id"], name="event_of_project"),
            models.Index(
                fields=["document_id", "id"],
                condition=models.Q(document_id__isnull=False),
                name="event_of_document",
            ),
            # Rows come nearly in the order of their transactions: a few bytes stand for many.
            BrinIndex(
                fields=["transaction"],
                name="event_by_transaction",
                pages_per_range=16,
                autosummarize=True,
            ),
            models.Index(fields=["target_id", "id"], name="event_of_target"),
            models.Index(
                fields=["id"], condition=begins_with(SECURITY_ACTIONS), name="event_of_security"
            ),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.target_id}"


class SecurityEvent(Event):
    """An event of the security log, which is a list of its own in the admin."""

    class Meta:
        proxy = True
        verbose_name_plural = "security log"
