"""What goes in and out of labels, sets, annotations and exports."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from annotations.models import Annotation, AnnotationSet, Kind, Label, State
from config.api.serializers import StrictSerializer
from documents.offsets import OffsetUnit, from_code_points
from users.serializers import PersonSerializer

_OF_RESOURCE = ("version", "created_at", "updated_at")
MAX_OFFSET = 2**31 - 1
A_SPAN = {"label": "01980000-0000-7000-8000-000000000000", "start": 0, "end": 3, "quote": "Ada"}


class LabelSerializer(serializers.ModelSerializer[Label]):
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
            "archived_at",
            *_OF_RESOURCE,
        )


@extend_schema_serializer(
    examples=[OpenApiExample("Another name", {"name": "person or group", "color": "#4fc3f7"})]
)
class LabelChanges(StrictSerializer):
    name = serializers.CharField(max_length=100)
    color = serializers.RegexField(r"\A#[0-9a-fA-F]{6}\Z", required=False)
    shortcut = serializers.CharField(max_length=1, required=False, allow_blank=True)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, required=False)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A label for spans",
            {"kind": "span", "name": "person", "color": "#ffd54f", "shortcut": "p"},
        )
    ]
)
class LabelInput(LabelChanges):
    kind = serializers.ChoiceField(choices=Kind.choices)


class AnnotationSetSerializer(serializers.ModelSerializer[AnnotationSet]):
    author = PersonSerializer()
    reviewer = PersonSerializer(allow_null=True)

    class Meta:
        model = AnnotationSet
        fields = (
            "id",
            "project_id",
            "document_id",
            "revision_id",
            "kind",
            "author",
            "state",
            "submitted_at",
            "reviewer",
            "reviewed_at",
            "reason",
            *_OF_RESOURCE,
        )


@extend_schema_serializer(
    examples=[OpenApiExample("What is missing", {"reason": "The second name has no label."})]
)
class ReasonInput(StrictSerializer):
    reason = serializers.CharField(max_length=5000, help_text="What its author is to do.")


class AnnotationSerializer(serializers.ModelSerializer[Annotation]):
    """An annotation; its offsets count `offset_unit`s, code points unless asked otherwise."""

    class Meta:
        model = Annotation
        fields = (
            "id",
            "project_id",
            "document_id",
            "annotation_set_id",
            "label_id",
            "author_id",
            "start",
            "end",
            "quote",
            "prefix",
            "suffix",
            "body",
            "confidence",
            "deleted_at",
            *_OF_RESOURCE,
        )

    def to_representation(self, instance: Annotation) -> dict[str, Any]:
        data: dict[str, Any] = super().to_representation(instance)
        unit = OffsetUnit(self.context.get("offset_unit", OffsetUnit.CODE_POINTS))
        if unit is not OffsetUnit.CODE_POINTS and instance.start is not None:
            text = instance.annotation_set.revision.text
            for member in ("start", "end"):
                if member in data:
                    data[member] = from_code_points(text, data[member], unit)
        return data


@extend_schema_serializer(
    examples=[OpenApiExample("A longer span", {"start": 0, "end": 12, "quote": "Ada Lovelace"})]
)
class AnnotationChanges(StrictSerializer):
    label = serializers.UUIDField(help_text="A label's id.")  # type: ignore[assignment]
    start = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, required=False)
    end = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, required=False)
    quote = serializers.CharField(
        required=False,
        trim_whitespace=False,
        help_text="The text between the offsets, as you see it; 422 when it is another.",
    )
    body = serializers.CharField(
        max_length=100_000, required=False, allow_blank=True, trim_whitespace=False
    )
    confidence = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)


@extend_schema_serializer(examples=[OpenApiExample("A span", A_SPAN)])
class AnnotationInput(AnnotationChanges):
    """An annotation of the caller's own set on the document."""


@extend_schema_serializer(
    examples=[OpenApiExample("Two", {"annotations": [A_SPAN, {"label": A_SPAN["label"]}]})]
)
class BulkInput(StrictSerializer):
    annotations: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=AnnotationInput(), allow_empty=False, max_length=settings.BULK_MAX_ITEMS
    )


class BulkItemSerializer(serializers.Serializer[Any]):
    """One item's end: `annotation`, or the `problem` with code, detail and errors."""

    index = serializers.IntegerField()
    status = serializers.IntegerField(help_text="201, 409 or 422.")
    annotation = AnnotationSerializer(required=False)
    problem = serializers.DictField(required=False)


class BulkResultSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = BulkItemSerializer(many=True)


class OffsetUnitQuery(serializers.Serializer[Any]):
    offset_unit = serializers.ChoiceField(
        choices=[unit.value for unit in OffsetUnit],
        default=OffsetUnit.CODE_POINTS.value,
        help_text="What the offsets of this request and its answer count.",
    )


class ExportQuery(OffsetUnitQuery):
    format = serializers.ChoiceField(choices=["jsonl"], default="jsonl")
    state = serializers.MultipleChoiceField(
        choices=State.choices, required=False, help_text="Only sets in these states."
    )
