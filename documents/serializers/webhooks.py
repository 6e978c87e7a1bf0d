"""What goes in and out of webhooks and their deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from documents.models import Delivery, DeliveryState, Webhook
from documents.models.webhook import MAX_URL
from documents.serializers.projects import OF_RESOURCE
from documents.services.event_feed import Place
from users.feed import InvalidPosition, Position
from users.serializers import PersonSerializer

MAX_ACTIONS = 100
URL = "https://receiver.example.org/postil"
ACTION = r"^[a-z_]+(\.[a-z_]+)*$"


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    actions = serializers.ListField(child=serializers.CharField(), help_text="None stands for all.")
    created_by = PersonSerializer()

    class Meta:
        model = Webhook
        fields: tuple[str, ...] = (
            "id",
            "project_id",
            "url",
            "description",
            "actions",
            "is_enabled",
            "disabled_at",
            "disabled_reason",
            "failing_since",
            "former_secret_until",
            "created_by",
            *OF_RESOURCE,
        )


class NewWebhookSerializer(WebhookSerializer):
    """A webhook with the secret that signs its messages, which is shown this once."""

    secret = serializers.CharField(help_text="`whsec_` and base64, as Standard Webhooks has it.")

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")


@extend_schema_serializer(
    examples=[
        OpenApiExample("All events", {"url": URL}),
        OpenApiExample("Some", {"url": URL, "actions": ["document", "job.succeeded"]}),
    ]
)
class WebhookInput(StrictSerializer):
    url = serializers.CharField(
        max_length=MAX_URL, help_text="https, at a host on the open internet."
    )
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    actions = serializers.ListField(
        child=serializers.RegexField(ACTION, max_length=60),
        max_length=MAX_ACTIONS,
        required=False,
        help_text="Which events: one, or all of a kind, as `document`; none stands for all.",
    )


@extend_schema_field({"type": "string", "examples": ["2026-11-23T10:00:00Z"]})
class SinceField(serializers.Field[Any, Any, Any, Any]):
    """A time (RFC 3339 with its offset), or a cursor of the change feed."""

    default_error_messages = {"invalid": "Expected a time with its offset, or a cursor."}

    def to_internal_value(self, data: Any) -> datetime | Place:
        """Return which of both it is; raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        epoch, _, word = data.partition(".")
        try:
            return Place(epoch, Position.read(word))
        except InvalidPosition:
            moment: datetime = serializers.DateTimeField().run_validation(data)
            return moment


@extend_schema_serializer(examples=[OpenApiExample("Of a day", {"since": "2026-11-23T00:00:00Z"})])
class ReplayInput(StrictSerializer):
    since = SinceField(help_text="A time, or a cursor of the change feed.")


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    type = serializers.CharField(source="event.action", help_text="The event's action.")
    message_id = serializers.CharField(help_text="The `webhook-id`, the same in every try.")
    state = serializers.ChoiceField(choices=DeliveryState.choices)

    class Meta:
        model = Delivery
        fields = (
            "id",
            "project_id",
            "webhook_id",
            "event_id",
            "message_id",
            "type",
            "state",
            "attempts",
            "attempted_at",
            "next_attempt_at",
            "status",
            "error",
            "duration",
            "answer",
            *OF_RESOURCE,
        )
        extra_kwargs = {
            "status": {"help_text": "The HTTP status of the last try."},
            "error": {"help_text": "Why the last try was in vain, as a stable code; else empty."},
            "duration": {"help_text": "How many seconds the last try took."},
            "answer": {"help_text": "The first 1,000 characters of the last answer."},
        }
