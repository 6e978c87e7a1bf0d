"""What goes in and out of sets as wholes: what comes out can be sent back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from annotations.serializers.annotations import (
    A_LABEL,
    A_SPAN,
    AnnotationItem,
    AnnotationSerializer,
)
from annotations.serializers.relations import RelationItem, RelationSerializer
from config.api.serializers import StrictSerializer

# What is shown as null where there is none.
_NOTHING = frozenset({"id", "start", "end", "fragments", "boxes", "derived_from", "confidence"})
# What is shown as an empty string.
_QUOTATION = frozenset({"quote", "prefix", "suffix"})
_WRITTEN = frozenset(
    {
        "id",
        "label_id",
        "start",
        "end",
        "fragments",
        "quote",
        "prefix",
        "suffix",
        "boxes",
        "attributes",
        "body",
        "confidence",
        "derived_from_id",
        "source_id",
        "target_id",
    }
)
_ONE, _TWO = "01980000-0000-7000-8000-000000000001", "01980000-0000-7000-8000-000000000002"
_SPANS = [{"id": _ONE} | A_SPAN, {"label": A_LABEL, "start": 4, "end": 12, "id": _TWO}]
_JOINT = {"label": A_LABEL, "source": _ONE, "target": _TWO}
_PUT_BACK = {
    "id": _ONE,
    "label_id": A_LABEL,
    "start": 0,
    "end": 3,
    "fragments": None,
    "boxes": None,
    "quote": "Ada",
    "version": 7,
}


def _as_shown(written: str) -> serializers.UUIDField:
    text = f"As it is shown: another name of `{written}`."
    return serializers.UUIDField(required=False, allow_null=True, help_text=text)


class SetContentSerializer(serializers.Serializer[Any]):
    """All that a set holds, in the order of the text: what is lost too, and what joins it."""

    annotations = AnnotationSerializer(many=True)
    relations = RelationSerializer(many=True)


class _ItemInSet(StrictSerializer):
    """An item as it shall be, or as it was shown.

    `version` and whatever else is only shown is not read; what shows as nothing says nothing.
    """

    only_shown: ClassVar[frozenset[str]]
    written_as: ClassVar[Mapping[str, str]]
    needed: ClassVar[tuple[str, ...]]

    id = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="Of a known one; of a new one, which you may choose: a UUIDv7 sorts as made.",
    )

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        for name in ("label", "source", "target", *_NOTHING):
            if name in fields:
                fields[name].required, fields[name].allow_null = False, name in _NOTHING
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        said = {name: told for name, told in attrs.items() if told is not None}
        for shown, written in self.written_as.items():
            if shown in said and said.setdefault(written, said[shown]) != said.pop(shown):
                message = f"It is not what {written} says; leave one of them out."
                raise serializers.ValidationError({shown: [message]}, code="contradiction")
        missing = {name: ["This field is required."] for name in self.needed if name not in said}
        if missing:
            raise serializers.ValidationError(missing, code="required")
        return said


class AnnotationInSet(_ItemInSet, AnnotationItem):
    """An annotation as it shall be, or as it was shown: what is only shown is not read.

    What is left out says nothing: no attributes, no body, no confidence. Of what you move, leave
    quote, prefix and suffix out, or send the new ones. `derived_from` stays as it was made.
    """

    only_shown = frozenset(AnnotationSerializer.Meta.fields) - _WRITTEN
    written_as = {"label_id": "label", "derived_from_id": "derived_from"}
    needed = ("label",)

    label_id = _as_shown("label")
    derived_from_id = _as_shown("derived_from")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["quote"].allow_blank = True
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        said = super().validate(attrs)
        return {name: told for name, told in said.items() if told or name not in _QUOTATION}


class RelationInSet(_ItemInSet, RelationItem):
    """A relation as it shall be, or as it was shown: what is only shown is not read.

    Its ends are annotations of the same content, by their ids. They stay as they were made.
    """

    only_shown = frozenset(RelationSerializer.Meta.fields) - _WRITTEN
    written_as = {"label_id": "label", "source_id": "source", "target_id": "target"}
    needed = ("label", "source", "target")

    label_id = _as_shown("label")
    source_id = _as_shown("source")
    target_id = _as_shown("target")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two spans and what joins them", {"annotations": _SPANS, "relations": [_JOINT]}
        ),
        OpenApiExample("As it was read", {"annotations": [_PUT_BACK], "relations": []}),
        OpenApiExample("Nothing", {"annotations": [], "relations": []}),
    ]
)
class SetContentInput(StrictSerializer):
    annotations: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=AnnotationInSet(), max_length=settings.SET_MAX_ITEMS
    )
    relations: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=RelationInSet(), max_length=settings.SET_MAX_ITEMS
    )
