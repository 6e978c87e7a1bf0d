"""What goes in and out of documents and their texts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from config.api.parsers import parse_object
from config.api.problems import MalformedBody
from config.api.serializers import StrictSerializer
from documents.ingest import Boilerplate
from documents.models import Document, Revision, Split, Status
from documents.offsets import OffsetUnit
from documents.serializers.finding import SnippetSerializer
from documents.serializers.notices import notice
from documents.serializers.projects import OF_RESOURCE
from documents.serializers.texts import TextField

UNITS = [unit.value for unit in OffsetUnit]
MAX_INTEGER = 2**31 - 1


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    class Meta:
        model = Revision
        fields = (
            "id",
            "number",
            "length",
            "sha256",
            "extractor",
            "extractor_version",
            "notes",
            "created_at",
        )


class ProcessingErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(source="error_code")
    detail = serializers.CharField(source="error_detail")


class ProgressSerializer(serializers.Serializer[Any]):
    done = serializers.IntegerField(source="progress_done")
    total = serializers.IntegerField(source="progress_total")


@extend_schema_field({"type": "object", "additionalProperties": True})
class JSONObjectField(serializers.JSONField):
    """A JSON object; inside multipart/form-data it is sent as text."""

    default_error_messages = {"not_an_object": "Expected a JSON object."}

    def to_internal_value(self, data: Any) -> Any:
        if getattr(data, "is_json_string", False):  # DRF's mark on what came in a form
            try:
                data = parse_object(data)
            except MalformedBody as error:
                raise serializers.ValidationError(error.detail) from error
        if not isinstance(data, dict):
            self.fail("not_an_object")
        return super().to_internal_value(data)


class DocumentSerializer(serializers.ModelSerializer[Document]):
    metadata = JSONObjectField()
    duplicate_of_id = serializers.UUIDField(
        allow_null=True, help_text="Another document with the same content."
    )
    revision = RevisionSerializer(allow_null=True)
    error = serializers.SerializerMethodField(
        help_text="Why processing failed, else null. A `ready` document still has its former text."
    )
    progress = serializers.SerializerMethodField(
        help_text="How many pages are read, of how many; null where that is not known."
    )
    extraction_options = JSONObjectField(help_text="How its file is read, where that was said.")
    notice = serializers.SerializerMethodField(help_text="What holds it up, else null.")

    class Meta:
        model = Document
        fields: tuple[str, ...] = (
            "id",
            "project_id",
            "external_id",
            "title",
            "language",
            "split",
            "tags",
            "metadata",
            "iri",
            "media_type",
            "source_name",
            "source_size",
            "sha256",
            "duplicate_of_id",
            "extraction_options",
            "status",
            "error",
            "progress",
            "notice",
            "revision",
            *OF_RESOURCE,
        )

    @extend_schema_field(ProcessingErrorSerializer(allow_null=True))
    def get_error(self, document: Document) -> dict[str, str] | None:
        """Return the code and detail of a failed document."""
        return ProcessingErrorSerializer(document).data if document.error_code else None

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, document: Document) -> dict[str, int] | None:
        """Return how far the processing of a document is."""
        return ProgressSerializer(document).data if document.progress_total else None

    def get_notice(self, document: Document) -> str | None:
        """Return that nobody works, where that holds its processing up."""
        return notice(self, waits=document.status in {Status.PENDING, Status.PROCESSING})


class FoundDocumentSerializer(DocumentSerializer):
    """A document of a list."""

    snippets = SnippetSerializer(
        many=True, required=False, help_text="Where `highlight` asks for them."
    )

    class Meta(DocumentSerializer.Meta):
        fields: tuple[str, ...] = (*DocumentSerializer.Meta.fields, "snippets")


@extend_schema_serializer(
    examples=[OpenApiExample("For training", {"split": "train", "tags": ["letters", "1843"]})]
)
class DocumentProperties(StrictSerializer):
    """What a client may say of a document, on the way in and later."""

    external_id = serializers.CharField(max_length=255, required=False, allow_null=True)
    title = serializers.CharField(max_length=500, required=False)
    language = serializers.RegexField(
        r"\A[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z", max_length=35, required=False, allow_blank=True
    )
    split = serializers.ChoiceField(choices=Split.choices, required=False, allow_blank=True)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=64), max_length=50, required=False
    )
    metadata = JSONObjectField(required=False)
    iri = serializers.URLField(max_length=2048, required=False, allow_blank=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A text",
            {"text": "Ada lives in Turin.", "title": "Ada", "external_id": "n-1", "language": "en"},
        )
    ]
)
class DocumentFromText(DocumentProperties):
    text = TextField()
    media_type = serializers.ChoiceField(
        choices=["text/plain", "text/markdown"], default="text/plain"
    )


@extend_schema_serializer(examples=[OpenApiExample("Only the content", {"boilerplate": "drop"})])
class ExtractionOptions(StrictSerializer):
    """How a file is to be read; gathered as `extraction_options`."""

    boilerplate = serializers.ChoiceField(
        choices=[choice.value for choice in Boilerplate],
        required=False,
        help_text="What becomes of menus, advertisements and the like of a web page; kept unless"
        " said otherwise.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Gather the options."""
        options = {name: attrs.pop(name) for name in ("boilerplate",) if name in attrs}
        return {**attrs, "extraction_options": options}


@extend_schema_serializer(
    examples=[OpenApiExample("A file", {"file": "letter.pdf", "external_id": "n-2"})]
)
class DocumentFromFile(DocumentProperties, ExtractionOptions):
    file = serializers.FileField(max_length=255, help_text="Its type is found by its content.")

    def validate_file(self, file: Any) -> Any:
        """Refuse a file beyond the limit."""
        if file.size > settings.UPLOAD_MAX_BYTES:
            text = f"Expected at most {settings.UPLOAD_MAX_BYTES} bytes, found {file.size}."
            raise serializers.ValidationError(text, code="too_large")
        return file


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A resumable upload", {"upload": "01980000-0000-7000-8000-000000000000", "split": "dev"}
        )
    ]
)
class DocumentFromUpload(DocumentProperties, ExtractionOptions):
    upload = serializers.UUIDField(help_text="A finished upload of yours to this project.")


class LayoutQuery(serializers.Serializer[Any]):
    """Which text, and what its offsets count."""

    offset_unit = serializers.ChoiceField(
        choices=UNITS, default=OffsetUnit.CODE_POINTS.value, help_text="What the offsets count."
    )
    revision = serializers.IntegerField(
        min_value=1,
        max_value=MAX_INTEGER,
        required=False,
        help_text="The text's number; else the last.",
    )


class TextRangeQuery(LayoutQuery):
    """Which part of the text; offsets in `offset_unit`, half open."""

    start = serializers.IntegerField(
        min_value=0, max_value=MAX_INTEGER, default=0, help_text="Where the part begins."
    )
    end = serializers.IntegerField(
        min_value=0,
        max_value=MAX_INTEGER,
        default=None,
        help_text="Where it ends; else with the text.",
    )


class TextRangeSerializer(serializers.Serializer[Any]):
    revision_id = serializers.UUIDField()
    offset_unit = serializers.ChoiceField(choices=UNITS)
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    length = serializers.IntegerField(help_text="Of the whole text.")
    text = serializers.CharField()


class BlockSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    level = serializers.IntegerField(required=False)
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class LayoutSerializer(serializers.Serializer[Any]):
    revision_id = serializers.UUIDField()
    offset_unit = serializers.ChoiceField(choices=UNITS)
    pages = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text="[start, end] of each page; empty where there are no pages.",
    )
    blocks = BlockSerializer(many=True)
    sentences = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text="[start, end] of each sentence of prose (UAX 29).",
    )
    page_sizes = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        help_text="[width, height] of each page in points; empty where pages are not seen.",
    )


class WordsSerializer(serializers.Serializer[Any]):
    revision_id = serializers.UUIDField()
    offset_unit = serializers.ChoiceField(choices=UNITS)
    words = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text="[start, end] of each word that begins in the part (UAX 29), punctuation"
        " and symbols as such.",
    )


class BoxSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField(help_text="Counted from 0.")
    left = serializers.FloatField(help_text="In points from the page's top left corner.")
    top = serializers.FloatField()
    right = serializers.FloatField()
    bottom = serializers.FloatField()


class BoxesSerializer(serializers.Serializer[Any]):
    revision_id = serializers.UUIDField()
    boxes = BoxSerializer(many=True, help_text="One for each line or part of one, in order.")
