"""What goes in and out of schemas as documents."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from annotations.models import Kind, SchemaVersion
from annotations.schema.rules import MAX_JOINS
from annotations.serializers.labels import MAX_POSITION
from config.api.serializers import StrictSerializer
from documents.serializers import JSONObjectField

MAX_LABELS = 2_000
BY_HAND = {
    "labels": [
        {"kind": "span", "name": "person", "color": "#ffd54f"},
        {"kind": "span", "name": "scientist", "parent": "person"},
        {"kind": "span", "name": "place"},
        {
            "kind": "relation",
            "name": "lives in",
            "joins": [{"source": "person", "target": "place"}],
        },
    ]
}


class SchemaJoinSerializer(StrictSerializer):
    source = serializers.CharField(max_length=100)  # type: ignore[assignment]
    target = serializers.CharField(max_length=100)


class SchemaLabelSerializer(StrictSerializer):
    """A label in a schema document; what is left out stays as it is, or gets its usual value.

    Other labels are named by their id, which may be any in a document made by hand, or their name.
    """

    id = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(choices=Kind.choices)
    name = serializers.CharField(max_length=100)
    color = serializers.RegexField(r"\A#[0-9a-fA-F]{6}\Z", required=False)
    shortcut = serializers.CharField(max_length=1, required=False, allow_blank=True)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    position = serializers.IntegerField(
        min_value=0,
        max_value=MAX_POSITION,
        required=False,
        help_text="Where it stands; without one, its place in the document.",
    )
    parent = serializers.CharField(  # type: ignore[assignment]
        max_length=100, required=False, allow_null=True
    )
    attribute_schema = JSONObjectField(required=False, allow_null=True)
    joins: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=SchemaJoinSerializer(), required=False, max_length=MAX_JOINS
    )
    archived = serializers.BooleanField(required=False)


@extend_schema_serializer(examples=[OpenApiExample("Made by hand", BY_HAND, request_only=True)])
class SchemaSerializer(StrictSerializer):
    """A project's labels as one document; of what comes in, `labels` alone is read."""

    project_id = serializers.UUIDField(required=False)
    version = serializers.IntegerField(
        required=False, help_text="The number of the schema's version; 0 before the first label."
    )
    created_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When this version came to be."
    )
    labels: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=SchemaLabelSerializer(), max_length=MAX_LABELS
    )


class SchemaVersionSerializer(serializers.ModelSerializer[SchemaVersion]):
    class Meta:
        model = SchemaVersion
        fields = ("number", "author_id", "created_at")


class SchemaQuery(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_POSITION, help_text="The schema as it was then."
    )


class SchemaChangeQuery(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField(
        default=False, help_text="`true`: tell what would change, and change nothing."
    )


class SchemaPutQuery(SchemaChangeQuery):
    archive_missing = serializers.BooleanField(
        default=False, help_text="`true`: archive the labels that the document does not name."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample("From another project", {"from": "01980000-0000-7000-8000-000000000000"})
    ]
)
class SchemaCopyInput(StrictSerializer):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the one field, whose name is a word of Python."""
        return {"from": serializers.UUIDField(source="source", help_text="Another project's id.")}


class LabelNameSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    name = serializers.CharField()


class LabelChangeSerializer(LabelNameSerializer):
    members = serializers.ListField(child=serializers.CharField(), help_text="What changes.")


class LabelEndSerializer(LabelChangeSerializer):
    annotations = serializers.IntegerField(help_text="That have it and keep it.")
    relations = serializers.IntegerField()


class SchemaChangesSerializer(serializers.Serializer[Any]):
    """What a document changed, or would change; of a dry run, ids of new labels are made up."""

    dry_run = serializers.BooleanField()
    version = serializers.IntegerField(help_text="The schema's version now.")
    created = LabelNameSerializer(many=True)
    changed = LabelChangeSerializer(many=True)
    archived = LabelEndSerializer(many=True)
    restored = LabelChangeSerializer(many=True)
    unchanged = serializers.IntegerField()
    left_out = serializers.IntegerField(
        help_text="Archived labels of another project, which are not copied."
    )
