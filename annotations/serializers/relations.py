"""What goes in and out of relations and of the chains that they make."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from annotations.models import Relation
from config.api.serializers import StrictSerializer

_OF_RESOURCE = ("version", "created_at", "updated_at")
_FROM = {"source": "01980000-0000-7000-8000-000000000001"}
_TO = {"target": "01980000-0000-7000-8000-000000000002"}
A_RELATION = {"label": "01980000-0000-7000-8000-000000000000", **_FROM, **_TO}


class RelationSerializer(serializers.ModelSerializer[Relation]):
    """A labelled way from one annotation to another of the same set."""

    attributes = serializers.DictField()

    class Meta:
        model = Relation
        fields = (
            "id",
            "project_id",
            "document_id",
            "annotation_set_id",
            "label_id",
            "author_id",
            "source_id",
            "target_id",
            "attributes",
            "body",
            "confidence",
            "deleted_at",
            *_OF_RESOURCE,
        )


@extend_schema_serializer(examples=[OpenApiExample("How sure", {"confidence": 0.9})])
class RelationChanges(StrictSerializer):
    label = serializers.UUIDField(help_text="The id of a label for relations.")  # type: ignore[assignment]
    attributes = serializers.DictField(
        required=False, help_text="What the label's attribute_schema asks for."
    )
    body = serializers.CharField(
        max_length=100_000, required=False, allow_blank=True, trim_whitespace=False
    )
    confidence = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)


class RelationItem(RelationChanges):
    """A relation to be made."""

    source = serializers.UUIDField(help_text="The annotation that it leads from.")  # type: ignore[assignment]
    target = serializers.UUIDField(help_text="The annotation that it leads to.")


@extend_schema_serializer(examples=[OpenApiExample("A relation", A_RELATION)])
class RelationInput(RelationItem):
    """A relation in a set of the caller's."""

    annotation_set = serializers.UUIDField(
        required=False, help_text="The set of both ends; that of the source, unless you say."
    )


@extend_schema_serializer(examples=[OpenApiExample("One", {"relations": [A_RELATION]})])
class BulkRelationsInput(StrictSerializer):
    relations: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=RelationItem(), allow_empty=False, max_length=settings.BULK_MAX_ITEMS
    )
    annotation_set = serializers.UUIDField(
        required=False, help_text="The set of all ends; that of the first source, unless you say."
    )


class BulkRelationSerializer(serializers.Serializer[Any]):
    """One item's end: `relation`, or the `problem` with code, detail and errors."""

    index = serializers.IntegerField()
    status = serializers.IntegerField(help_text="201, 409 or 422.")
    relation = RelationSerializer(required=False)
    problem = serializers.DictField(required=False)


class BulkRelationsResult(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = BulkRelationSerializer(many=True)


class ChainsQuery(serializers.Serializer[Any]):
    label = serializers.UUIDField(help_text="The label of the relations that make the chains.")  # type: ignore[assignment]
    annotation_set = serializers.UUIDField(
        required=False, help_text="Only in this set; in all that you see, unless you say."
    )


class ChainSerializer(serializers.Serializer[Any]):
    """Annotations of a set that relations of a label join, whichever way they lead."""

    annotation_set_id = serializers.UUIDField()
    annotations = serializers.ListField(
        child=serializers.UUIDField(), help_text="Their ids, in the order of the text."
    )
    relations = serializers.ListField(child=serializers.UUIDField(), help_text="Their ids.")


class ChainsSerializer(serializers.Serializer[Any]):
    results = ChainSerializer(many=True, help_text="In the order of the text, set by set.")
