"""What goes in and out of looking for near-duplicates."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from documents.fingerprints import LEAST_SIMILARITY

HOW_ALIKE = (
    "The least similarity: the estimated Jaccard index of the texts' runs of three words, in any"
    " letter case; an ideograph counts as a word."
)


def _threshold() -> serializers.FloatField:
    return serializers.FloatField(
        min_value=LEAST_SIMILARITY, max_value=1, default=0.8, help_text=HOW_ALIKE
    )


class NearDuplicateQuery(serializers.Serializer[Any]):
    threshold = _threshold()


@extend_schema_serializer(examples=[OpenApiExample("Nearly the same", {"threshold": 0.9})])
class NearDuplicatesInput(StrictSerializer):
    threshold = _threshold()


class NearDuplicateSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="document.pk", help_text="The other document's.")
    external_id = serializers.CharField(source="document.external_id", allow_null=True)
    title = serializers.CharField(source="document.title")
    similarity = serializers.FloatField(help_text="From 0 to 1, an estimate.")
    identical = serializers.BooleanField(help_text="Whether it is the very same text.")


class NearDuplicatesSerializer(serializers.Serializer[Any]):
    revision_id = serializers.UUIDField(help_text="The text that the others are compared with.")
    threshold = serializers.FloatField()
    results = NearDuplicateSerializer(many=True, help_text="At most 100, the most alike first.")
