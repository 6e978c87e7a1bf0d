"""What the security log shows of an event."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from users.models import Event

# What may be seen of what an event tells: no text of anybody, no address of a mail.
SHOWN = (
    "address",
    "user_agent",
    "method",
    "kind",
    "session",
    "reason",
    "limit",
    "left",
    "user_id",
    "role",
    "scope",
    "is_active",
    "is_staff",
    "is_superuser",
    "expires_at",
    "revoked_at",
)


class SecurityEventSerializer(serializers.ModelSerializer[Event]):
    actor = serializers.UUIDField(
        source="actor_id", allow_null=True, help_text="Null where nobody had shown who they are."
    )
    project = serializers.UUIDField(source="project_id", allow_null=True)
    target = serializers.UUIDField(source="target_id")
    before = serializers.SerializerMethodField(help_text="As `after`, before a change.")
    after = serializers.SerializerMethodField(help_text="What is told of it, in part.")

    class Meta:
        model = Event
        fields = (
            "id",
            "at",
            "action",
            "actor",
            "project",
            "target_type",
            "target",
            "before",
            "after",
            "request_id",
        )

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": {}})
    def get_before(self, event: Event) -> dict[str, Any] | None:
        """Return what was before, as far as it is shown."""
        return shown(event.before)

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": {}})
    def get_after(self, event: Event) -> dict[str, Any] | None:
        """Return what is told, as far as it is shown."""
        return shown(event.after)


def shown(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what may be seen of what an event tells."""
    return told and {name: told[name] for name in SHOWN if name in told}
