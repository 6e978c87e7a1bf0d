"""What goes in and out of labels."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from annotations.models import Kind, Label
from annotations.schema.rules import MAX_JOINS
from config.api.serializers import StrictSerializer
from documents.serializers import JSONObjectField

_OF_RESOURCE = ("version", "created_at", "updated_at")
MAX_POSITION = 2**31 - 1
GENDER = {
    "type": "object",
    "properties": {"gender": {"enum": ["feminine", "masculine"]}},
    "additionalProperties": False,
}


class JoinSerializer(StrictSerializer):
    """The label that a relation may lead from, and the one that it may then lead to."""

    source = serializers.UUIDField()  # type: ignore[assignment]
    target = serializers.UUIDField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the pair; it is whole where all else may be in part, too."""
        missing = [name for name in ("source", "target") if name not in attrs]
        detail = serializers.ErrorDetail("This field is required.", code="required")
        if missing:
            raise serializers.ValidationError({name: [detail] for name in missing})
        return attrs


class LabelSerializer(serializers.ModelSerializer[Label]):
    """A label. An archived one stays the parent of its children and in the joins of relations."""

    joins = serializers.SerializerMethodField(help_text="Without any, a relation may join all.")
    attribute_schema = JSONObjectField(allow_null=True)

    class Meta:
        model = Label
        fields = (
            "id",
            "project_id",
            "kind",
            "name",
            "color",
            "shortcut",
            "description",
            "position",
            "parent_id",
            "attribute_schema",
            "joins",
            "merged_into_id",
            "archived_at",
            *_OF_RESOURCE,
        )

    @extend_schema_field(JoinSerializer(many=True))
    def get_joins(self, label: Label) -> list[dict[str, str]]:
        """Return the pairs as objects."""
        return [{"source": source, "target": target} for source, target in label.joins]


@extend_schema_serializer(
    examples=[OpenApiExample("Another name", {"name": "person or group", "color": "#4fc3f7"})]
)
class LabelChanges(StrictSerializer):
    name = serializers.CharField(max_length=100)
    color = serializers.RegexField(r"\A#[0-9a-fA-F]{6}\Z", required=False)
    shortcut = serializers.CharField(max_length=1, required=False, allow_blank=True)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=MAX_POSITION, required=False)
    parent = serializers.UUIDField(  # type: ignore[assignment]
        source="parent_id",
        required=False,
        allow_null=True,
        help_text="A label of the same kind, by id, or null for none.",
    )
    attribute_schema = JSONObjectField(
        required=False,
        allow_null=True,
        help_text="A JSON Schema (2020-12) of an object: the attributes of what has the label.",
    )
    joins: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=JoinSerializer(),
        required=False,
        max_length=MAX_JOINS,
        help_text="Of a relation label: which labels it may lead from and to.",
    )

    def validate_joins(self, pairs: list[dict[str, Any]]) -> list[list[str]]:
        """Return the pairs as they are kept."""
        return [[str(pair["source"]), str(pair["target"])] for pair in pairs]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A label for spans",
            {"kind": "span", "name": "person", "color": "#ffd54f", "shortcut": "p"},
        ),
        OpenApiExample(
            "A label with an attribute",
            {"kind": "span", "name": "character", "attribute_schema": GENDER},
        ),
    ]
)
class LabelInput(LabelChanges):
    kind = serializers.ChoiceField(choices=Kind.choices)


class LabelUsageSerializer(serializers.Serializer[Any]):
    """What has a label; all but `deleted` count what is not deleted."""

    annotations = serializers.IntegerField()
    relations = serializers.IntegerField()
    deleted = serializers.IntegerField(help_text="Deleted annotations or relations.")
    sets = serializers.IntegerField(help_text="Sets in which it is given.")
    documents = serializers.IntegerField(help_text="Documents on which it is given.")
    by_state = serializers.DictField(
        child=serializers.IntegerField(), help_text="How many are in sets of each state."
    )
    children = serializers.IntegerField(help_text="Labels right below it.")
    joining = serializers.IntegerField(help_text="Relation labels that may join it.")


class ConfirmQuery(serializers.Serializer[Any]):
    confirm = serializers.BooleanField(
        default=False, help_text="`true`: archive it though it is in use."
    )
