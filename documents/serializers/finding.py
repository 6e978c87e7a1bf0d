"""What goes in and out of searches, facets, declared metadata and saved filters."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from documents.models import MetadataField, MetadataType, SavedFilter
from documents.offsets import OffsetUnit
from documents.serializers.projects import OF_RESOURCE
from users.serializers import PersonSerializer

FIELD_NAME = r"\A[^\W\d][\w-]{0,99}\Z"
UNITS = [unit.value for unit in OffsetUnit]


class SnippetSerializer(serializers.Serializer[Any]):
    """A part of the text around what was searched for; offsets into the whole text, half open."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    text = serializers.CharField()
    matches = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text="Where in the whole text it is, as [start, end].",
    )


class HighlightQuery(serializers.Serializer[Any]):
    highlight = serializers.ChoiceField(
        choices=["true", "false"],
        default="false",
        help_text="`true`: each document has `snippets`, where its text has what is searched for.",
    )
    offset_unit = serializers.ChoiceField(
        choices=UNITS,
        default=OffsetUnit.CODE_POINTS.value,
        help_text="What the offsets of snippets count.",
    )


class FacetQuery(serializers.Serializer[Any]):
    by = serializers.CharField(
        default="status,language,split,tag,media_type",
        help_text=(
            "What to count by, up to ten of them, with commas: status, language, split, tag, "
            "media_type, annotation_state, label, metadata.<name>."
        ),
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=100, default=20, help_text="Values of each, the most frequent first."
    )


class FacetValueSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(help_text="As the filter of this name takes it.")
    count = serializers.IntegerField()
    name = serializers.CharField(allow_null=True, help_text="What people call it, if not so.")


class FacetSerializer(serializers.Serializer[Any]):
    by = serializers.CharField()
    values = FacetValueSerializer(many=True)
    is_cut = serializers.BooleanField(help_text="Whether there are more values.")


class FacetsSerializer(serializers.Serializer[Any]):
    facets = FacetSerializer(many=True)


class MetadataFieldSerializer(serializers.ModelSerializer[MetadataField]):
    misfits = serializers.IntegerField(
        required=False,
        help_text="How many documents have another kind of value: told once, when it is declared.",
    )

    class Meta:
        model = MetadataField
        fields = ("id", "project_id", "name", "type", "misfits", *OF_RESOURCE)


@extend_schema_serializer(
    examples=[OpenApiExample("A year", {"name": "year", "type": MetadataType.NUMBER})]
)
class MetadataFieldInput(StrictSerializer):
    name = serializers.RegexField(FIELD_NAME, help_text="A member of documents' metadata.")
    type = serializers.ChoiceField(choices=MetadataType.choices)


class SavedFilterSerializer(serializers.ModelSerializer[SavedFilter]):
    owner = PersonSerializer()

    class Meta:
        model = SavedFilter
        fields = ("id", "project_id", "owner", "name", "query", "is_shared", *OF_RESOURCE)


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {
            "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
        },
        "description": "Parameters of the list of documents, each a text or a list of texts.",
    }
)
class QueryField(serializers.DictField):
    """Parameters as an address would give them."""

    default_error_messages = {"not_a_text": "Expected a text or a list of texts."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the parameters; raises ValidationError."""
        query: dict[str, Any] = super().to_internal_value(data)
        for value in query.values():
            texts = value if isinstance(value, list) else [value]
            if not texts or not all(isinstance(text, str) and text for text in texts):
                self.fail("not_a_text")
        return query


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "What is left to train on",
            {"name": "to do", "query": {"split": "train", "language": ["de", "nl"]}},
        )
    ]
)
class SavedFilterInput(StrictSerializer):
    name = serializers.CharField(max_length=200)
    query = QueryField()
    is_shared = serializers.BooleanField(required=False)
