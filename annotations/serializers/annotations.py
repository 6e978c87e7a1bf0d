"""What goes in and out of annotations and exports."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from annotations.anchoring import fragments
from annotations.models import Annotation, State
from config.api.serializers import RowSerializer, StrictSerializer
from documents.ingest.boxes import FARTHEST, TENTHS
from documents.offsets import OffsetUnit, from_code_points

_OF_RESOURCE = ("version", "created_at", "updated_at")
MAX_OFFSET = 2**31 - 1
MAX_PARTS = 100
A_LABEL = "01980000-0000-7000-8000-000000000000"
A_SPAN = {"label": A_LABEL, "start": 0, "end": 3, "quote": "Ada"}
_PARTS = [{"start": 0, "end": 4, "quote": "look"}, {"start": 9, "end": 11, "quote": "up"}]
_BOX = {"page": 0, "left": 72.0, "top": 90.5, "right": 210.0, "bottom": 104.0}


class BoxShown(serializers.Serializer[Any]):
    """A part of a page, in points from its top left corner; pages count from 0."""

    page = serializers.IntegerField()
    left = serializers.FloatField()
    top = serializers.FloatField()
    right = serializers.FloatField()
    bottom = serializers.FloatField()


class FragmentShown(serializers.Serializer[Any]):
    """One part of a discontinuous span."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    quote = serializers.CharField()


class AnnotationSerializer(RowSerializer):
    """An annotation; its offsets count `offset_unit`s of its revision, or else code points.

    `anchoring` tells how it came to its place, `anchor_confidence` (0 to 1) how sure that is.
    A discontinuous span has `fragments`: `start` is where the first begins, `end` where the last
    ends, and `quote` what they quote, joined by spaces. A region has `boxes`, and what is said of
    the whole document has none of these.
    """

    fragments = serializers.SerializerMethodField()
    boxes = serializers.SerializerMethodField()
    attributes = serializers.DictField()

    class Meta:
        model = Annotation
        fields = (
            "id",
            "project_id",
            "document_id",
            "annotation_set_id",
            "revision_id",
            "label_id",
            "author_id",
            "start",
            "end",
            "fragments",
            "quote",
            "prefix",
            "suffix",
            "page",
            "boxes",
            "anchoring",
            "anchor_confidence",
            "attributes",
            "body",
            "confidence",
            "derived_from_id",
            "deleted_at",
            *_OF_RESOURCE,
        )

    @extend_schema_field(FragmentShown(many=True, allow_null=True))
    def get_fragments(self, annotation: Annotation) -> list[dict[str, Any]] | None:
        """Return start, end and quote of each fragment, in code points."""
        if annotation.fragments is None:
            return None
        return [one._asdict() for one in fragments(annotation.quote, annotation.fragments)]

    @extend_schema_field(BoxShown(many=True, allow_null=True))
    def get_boxes(self, annotation: Annotation) -> list[dict[str, Any]] | None:
        """Return the boxes of a region."""
        boxes: list[dict[str, Any]] | None = annotation.boxes
        return boxes

    def to_representation(self, instance: Annotation) -> dict[str, Any]:
        data: dict[str, Any] = super().to_representation(instance)
        unit = OffsetUnit(self.context.get("offset_unit", OffsetUnit.CODE_POINTS))
        if unit is not OffsetUnit.CODE_POINTS and instance.start is not None:
            text = instance.revision.text
            for place in (data, *(data.get("fragments") or ())):
                for member in place.keys() & {"start", "end"}:
                    place[member] = from_code_points(text, place[member], unit)
        return data


class _SpanInput(StrictSerializer):
    """A span: by its offsets, or by a quote that stands in the text once."""

    start = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, required=False)
    end = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, required=False)
    quote = serializers.CharField(
        required=False,
        trim_whitespace=False,
        help_text="The text between the offsets, as you see it; 422 when it is another. Without"
        " offsets: the text that is looked for; 422 with candidates when it stands there twice.",
    )
    prefix = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        max_length=1000,
        help_text="What stands right before the quote, as much of it as tells places apart.",
    )
    suffix = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        max_length=1000,
        help_text="What stands right after the quote.",
    )


class FragmentInput(_SpanInput):
    """One part of a discontinuous span."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.keys().isdisjoint({"start", "end", "quote"}):
            message = "Send start and end, or a quote."
            raise serializers.ValidationError({"start": [message]}, code="required")
        return attrs


def _points() -> serializers.FloatField:
    return serializers.FloatField(min_value=0, max_value=FARTHEST / TENTHS)


class BoxInput(StrictSerializer):
    """A part of a page."""

    page = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, help_text="From 0.")
    left = _points()
    top = _points()
    right = _points()
    bottom = _points()


@extend_schema_serializer(
    examples=[OpenApiExample("A longer span", {"start": 0, "end": 12, "quote": "Ada Lovelace"})]
)
class AnnotationChanges(_SpanInput):
    label = serializers.UUIDField(help_text="A label's id.")  # type: ignore[assignment]
    fragments: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=FragmentInput(),
        required=False,
        min_length=2,
        max_length=MAX_PARTS,
        help_text="Of a discontinuous span: its parts, which ascend and do not touch.",
    )
    boxes: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=BoxInput(),
        required=False,
        allow_empty=False,
        max_length=MAX_PARTS,
        help_text="Of a region: parts of pages, in points from their top left corner.",
    )
    attributes = serializers.DictField(
        required=False, help_text="What the label's attribute_schema asks for."
    )
    body = serializers.CharField(
        max_length=100_000, required=False, allow_blank=True, trim_whitespace=False
    )
    confidence = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)


class AnnotationItem(AnnotationChanges):
    """An annotation to be made."""

    derived_from = serializers.UUIDField(
        required=False, help_text="In the gold set: the annotation that this one was made of."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample("A span", A_SPAN),
        OpenApiExample("A span by its quote", {"label": A_LABEL, "quote": "Ada", "suffix": " L"}),
        OpenApiExample("A discontinuous span", {"label": A_LABEL, "fragments": _PARTS}),
        OpenApiExample("A part of a page", {"label": A_LABEL, "boxes": [_BOX]}),
        OpenApiExample("An answer in free text", {"label": A_LABEL, "body": "It is about her."}),
        OpenApiExample("A rating", {"label": A_LABEL, "attributes": {"rating": 4}}),
    ]
)
class AnnotationInput(AnnotationItem):
    """An annotation of the caller's own set on the document, or of another that is theirs."""

    annotation_set = serializers.UUIDField(
        required=False, help_text="A set that you may write; your own one, unless you say."
    )


@extend_schema_serializer(
    examples=[OpenApiExample("Two", {"annotations": [A_SPAN, {"label": A_SPAN["label"]}]})]
)
class BulkInput(StrictSerializer):
    annotations: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=AnnotationItem(), allow_empty=False, max_length=settings.BULK_MAX_ITEMS
    )
    annotation_set = serializers.UUIDField(
        required=False, help_text="A set that you may write; your own one, unless you say."
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


class CountQuery(serializers.Serializer[Any]):
    by = serializers.CharField(
        default="label,author,set_kind,state",
        help_text=(
            "What to count by, up to ten of them, with commas: label, kind, author, set_kind, "
            "state, document, anchoring, date, attribute.<name>."
        ),
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=100, default=20, help_text="Values of each, the most frequent first."
    )
