"""What says that documents are to be erased for good."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from users.serializers import ReauthenticationInput

AT_ONCE = 1000


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "One document",
            {"confirm": "Letter to Ada", "current_password": "correct horse battery"},
        )
    ]
)
class ErasureInput(ReauthenticationInput):
    confirm = serializers.CharField(max_length=500, help_text="The document's title or id.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "All that was deleted last year",
            {
                "deleted_before": "2026-01-01T00:00:00Z",
                "confirm": "press-2026",
                "current_password": "correct horse battery",
            },
        )
    ]
)
class ErasuresInput(ReauthenticationInput):
    """Either `documents` or `deleted_before`."""

    confirm = serializers.CharField(max_length=500, help_text="The project's slug or id.")
    documents = serializers.ListField(
        child=serializers.UUIDField(),
        min_length=1,
        max_length=AT_ONCE,
        required=False,
        help_text="These, which have been deleted before.",
    )
    deleted_before = serializers.DateTimeField(
        required=False, help_text="All that were deleted before this time."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take one of the two ways to say which."""
        if ("documents" in attrs) == ("deleted_before" in attrs):
            raise serializers.ValidationError("Expected either documents or deleted_before.")
        return attrs
