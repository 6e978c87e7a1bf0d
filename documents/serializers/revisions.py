"""What goes in for a document's next text."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from documents.serializers.documents import DocumentFromFile, ExtractionOptions
from documents.serializers.texts import TextField


@extend_schema_serializer(
    examples=[OpenApiExample("A corrected text", {"text": "Ada lived in Turin."})]
)
class RevisionFromText(StrictSerializer):
    """The whole text as it is to be; what was said of the old one is moved to it."""

    text = TextField()
    media_type = serializers.ChoiceField(choices=["text/plain", "text/markdown"], required=False)


@extend_schema_serializer(examples=[OpenApiExample("A better scan", {"file": "letter.pdf"})])
class RevisionFromFile(ExtractionOptions):
    """Another file to take the text from."""

    file = serializers.FileField(max_length=255, help_text="Its type is found by its content.")
    validate_file = DocumentFromFile.validate_file
