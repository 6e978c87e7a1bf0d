"""What goes in and out of access tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from users.models import AccessToken, Scope

USUAL_DAYS = 90
MOST_DAYS = 3650


class AccessTokenSerializer(serializers.ModelSerializer[AccessToken]):
    class Meta:
        model = AccessToken
        fields: tuple[str, ...] = (
            "id",
            "user_id",
            "name",
            "hint",
            "scope",
            "project_id",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "version",
            "created_at",
            "updated_at",
        )
        extra_kwargs = {
            "hint": {"help_text": "How it begins, to tell it from others."},
            "project_id": {"help_text": "The one project in which it is good; null: all."},
            "expires_at": {"help_text": "Null: never."},
            "last_used_at": {"help_text": "To the minute."},
        }


class NewAccessTokenSerializer(AccessTokenSerializer):
    token = serializers.CharField(
        allow_null=True,
        help_text="The token itself, shown here alone: null when the answer is repeated.",
    )

    class Meta(AccessTokenSerializer.Meta):
        fields = (*AccessTokenSerializer.Meta.fields, "token")


@extend_schema_serializer(
    examples=[
        OpenApiExample("For 30 days", {"name": "ingest", "scope": "write", "expires_in_days": 30}),
        OpenApiExample("For good", {"name": "archive", "scope": "read", "expires_at": None}),
    ]
)
class ServiceTokenInput(StrictSerializer):
    """A new token; without a word on its end it is good for 90 days."""

    name = serializers.CharField(max_length=100, help_text="What it is for.")
    scope = serializers.ChoiceField(
        choices=Scope.choices, help_text="Each allows what the ones before it allow."
    )
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Null: never. Without it: in 90 days."
    )
    expires_in_days = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_DAYS, help_text="Instead of `expires_at`."
    )

    def validate_expires_at(self, time: datetime | None) -> datetime | None:
        """Refuse what has passed."""
        if time and time <= timezone.now():
            raise serializers.ValidationError("Expected a time to come.", code="passed")
        return time

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Say when the token ends, in one member."""
        days = attrs.pop("expires_in_days", None)
        if days and "expires_at" in attrs:
            text = "Send this or `expires_at`."
            raise serializers.ValidationError({"expires_in_days": [text]})
        usual = timezone.now() + timedelta(days=days or USUAL_DAYS)
        return {"expires_at": usual} | attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "For one project, for 30 days",
            {
                "name": "ingest",
                "scope": "write",
                "project_id": "01980000-0000-7000-8000-000000000000",
                "expires_in_days": 30,
            },
        ),
        OpenApiExample("For good", {"name": "archive", "scope": "read", "expires_at": None}),
    ]
)
class AccessTokenInput(ServiceTokenInput):
    """A new token; without a word on its end it is good for 90 days."""

    project_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="The one project in which it is to be good."
    )


@extend_schema_serializer(examples=[OpenApiExample("A new name", {"name": "nightly ingest"})])
class AccessTokenChanges(StrictSerializer):
    name = serializers.CharField(max_length=100)
