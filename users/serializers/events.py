"""The one shape of an event, for all that follow the log: pages of it, a stream, webhooks."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from users.models import Event
from users.querysets import SECURITY_ACTIONS
from users.serializers.security_log import shown

JSON = {"type": ["object", "null"], "additionalProperties": {}}


class EventSerializer(serializers.ModelSerializer[Event]):
    actor = serializers.UUIDField(
        source="actor_id", allow_null=True, help_text="Null: the system did it."
    )
    before = serializers.SerializerMethodField(
        help_text="All columns before the change; null where it was made. Offsets are code points."
    )
    after = serializers.SerializerMethodField(
        help_text="All columns after the change. Offsets are code points."
    )
    transaction = serializers.IntegerField(help_text="What was changed together has the same one.")
    undoes = serializers.IntegerField(
        allow_null=True, help_text="The `transaction` whose changes are taken back by this."
    )

    class Meta:
        model = Event
        fields: tuple[str, ...] = (
            "id",
            "action",
            "target_type",
            "target_id",
            "document_id",
            "actor",
            "at",
            "request_id",
            "transaction",
            "undoes",
            "before",
            "after",
        )

    @extend_schema_field(JSON)
    def get_before(self, event: Event) -> dict[str, Any] | None:
        """Return what was before."""
        return _told(event, event.before)

    @extend_schema_field(JSON)
    def get_after(self, event: Event) -> dict[str, Any] | None:
        """Return what is now."""
        return _told(event, event.after)


def _told(event: Event, columns: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return an event's columns; of people, tokens and roles as much as the security log shows."""
    return shown(columns) if event.action.startswith(SECURITY_ACTIONS) else columns
