"""What goes in and out of annotation sets and of the model runs behind them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from annotations.models import AnnotationSet, ModelRun, SetKind
from config.api.serializers import StrictSerializer
from users.serializers import PersonSerializer

_OF_RESOURCE = ("version", "created_at", "updated_at")
A_RUN = "01980000-0000-7000-8000-000000000000"
OPENED = [kind for kind in SetKind if kind != SetKind.IMPORT]


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
            "model_run_id",
            "state",
            "submitted_at",
            "reviewer",
            "reviewed_at",
            "reason",
            *_OF_RESOURCE,
        )


@extend_schema_serializer(
    examples=[
        OpenApiExample("One's own", {}),
        OpenApiExample("A model's", {"kind": "model", "model_run": A_RUN}),
        OpenApiExample("Gold", {"kind": "gold"}),
    ]
)
class SetInput(StrictSerializer):
    kind = serializers.ChoiceField(
        choices=[(kind.value, kind.label) for kind in OPENED],
        default=SetKind.ANNOTATOR.value,
        help_text="Curators open the gold set, of which each text has one.",
    )
    model_run = serializers.UUIDField(
        required=False, help_text="Of a model's set: one of your runs."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_model, has_run = attrs["kind"] == SetKind.MODEL, "model_run" in attrs
        if is_model != has_run:
            message = "A model's set has its run, and no other set has one."
            code = "required" if is_model else "not_a_model_set"
            raise serializers.ValidationError({"model_run": [message]}, code=code)
        return attrs


@extend_schema_serializer(
    examples=[OpenApiExample("What is missing", {"reason": "The second name has no label."})]
)
class ReasonInput(StrictSerializer):
    reason = serializers.CharField(max_length=5000, help_text="What its author is to do.")


class ModelRunSerializer(serializers.ModelSerializer[ModelRun]):
    created_by = PersonSerializer()
    parameters = serializers.DictField()

    class Meta:
        model = ModelRun
        fields = (
            "id",
            "project_id",
            "name",
            "model_version",
            "parameters",
            "description",
            "created_by",
            *_OF_RESOURCE,
        )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A run", {"name": "tagger", "model_version": "2.1", "parameters": {"beam": 4}}
        )
    ]
)
class ModelRunInput(StrictSerializer):
    name = serializers.CharField(max_length=200)
    model_version = serializers.CharField(max_length=100, required=False, allow_blank=True)
    parameters = serializers.DictField(required=False)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
