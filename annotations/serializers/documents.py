"""What documents show beside themselves: how much is said of them, and what."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotations.serializers.annotations import AnnotationSerializer, OffsetUnitQuery
from annotations.serializers.json_rows import MOST
from documents.serializers import DocumentSerializer, FoundDocumentSerializer

EXPANSIONS = ("text", "annotations")


class CountedDocumentSerializer(FoundDocumentSerializer):
    """A document of a list, with how much is said of it."""

    annotation_count = serializers.IntegerField(
        help_text="How many annotations its list of annotations has for you: neither lost nor"
        " deleted ones."
    )

    class Meta(FoundDocumentSerializer.Meta):
        fields: tuple[str, ...] = (*FoundDocumentSerializer.Meta.fields, "annotation_count")


class FirstAnnotationsSerializer(serializers.Serializer[Any]):
    results = AnnotationSerializer(many=True, help_text=f"The first {MOST}.")
    next = serializers.URLField(allow_null=True, help_text="Where there are more, else null.")


class ExpandedDocumentSerializer(DocumentSerializer):
    """A document, with its text and annotations where `expand` asks for them."""

    text = serializers.CharField(
        required=False, allow_null=True, help_text="With `expand=text`: the present text, if any."
    )
    annotations = FirstAnnotationsSerializer(
        required=False, help_text="With `expand=annotations`: as the list of annotations begins."
    )

    class Meta(DocumentSerializer.Meta):
        fields: tuple[str, ...] = (*DocumentSerializer.Meta.fields, *EXPANSIONS)


class ExpandQuery(OffsetUnitQuery):
    expand = serializers.CharField(
        default="",
        help_text="What comes with the document, with commas: `text`, `annotations`. The ETag is"
        " then of all of it; If-Match takes it like the document's own.",
    )
