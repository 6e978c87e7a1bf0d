"""What goes into restorations, and into bringing one annotation back."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer

_ID = "01980000-0000-7000-8000-000000000000"


@extend_schema_serializer(
    examples=[
        OpenApiExample("A deleted one", {}),
        OpenApiExample("As it was at first", {"version": 1}),
    ]
)
class RestoreInput(StrictSerializer):
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text="Bring back what it said at this version, as a new one.",
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample("A project", {"at": "2026-05-04T09:00:00Z"}),
        OpenApiExample(
            "What somebody has done to a document, only counted",
            {"at": "2026-05-04T09:00:00Z", "document": _ID, "user": _ID, "dry_run": True},
        ),
    ]
)
class RestorationInput(StrictSerializer):
    at = serializers.DateTimeField(help_text="What was changed after this time is taken back.")
    document = serializers.UUIDField(required=False, help_text="In this document alone.")
    user = serializers.UUIDField(
        required=False, help_text="What this user did alone; what others changed since stays."
    )
    dry_run = serializers.BooleanField(default=False, help_text="Only tell what would happen.")
