"""What comes in to start an import."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.fields import empty

from annotations.formats.rows import Format, ReadingOptions
from annotations.jobs.importing import ImportOptions, LabelPolicy
from config.api.parsers import parse_object
from config.api.problems import MalformedBody
from config.api.serializers import StrictSerializer
from documents.intake import Known
from documents.offsets import OffsetUnit


class Flag(serializers.BooleanField):
    """True or false; in a form too, what is not sent is not said."""

    default_empty_html = empty


@extend_schema_serializer(
    examples=[OpenApiExample("Columns of a table", {"text": "body", "metadata": {"year": "date"}})]
)
class ImportMapping(StrictSerializer):
    """Which column is what: its name, or a JSON pointer (`/data/text`); null takes none.

    What is not said goes by the columns' names.
    """

    text = serializers.CharField(required=False)
    external_id = serializers.CharField(required=False, allow_null=True)
    title = serializers.CharField(required=False, allow_null=True)
    language = serializers.CharField(required=False, allow_null=True)
    split = serializers.CharField(required=False, allow_null=True)
    tags = serializers.CharField(required=False, allow_null=True)
    metadata = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="A value's name → its column."
    )
    metadata_objects = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Columns that hold objects, of which every member is taken.",
    )
    others = serializers.BooleanField(
        required=False, help_text="Whether all other columns become metadata."
    )
    labels = serializers.ListField(child=serializers.CharField(), required=False)
    label_separator = serializers.CharField(
        required=False, allow_null=True, trim_whitespace=False, max_length=10
    )
    tag_separator = serializers.CharField(
        required=False, allow_null=True, trim_whitespace=False, max_length=10
    )
    offset_unit = serializers.ChoiceField(
        choices=[unit.value for unit in OffsetUnit], required=False
    )

    def get_value(self, dictionary: Any) -> Any:
        """Return the member as it was sent: in a form, one text."""
        return dictionary.get(self.field_name, empty)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            try:
                data = parse_object(data)
            except MalformedBody as error:
                raise serializers.ValidationError(error.detail) from error
        read: dict[str, Any] = super().to_internal_value(data)
        tuples = {name: tuple(read[name]) for name in _LISTS if name in read}
        units = {"offset_unit": OffsetUnit(read["offset_unit"])} if "offset_unit" in read else {}
        return {**read, **tuples, **units}


_LISTS = ("labels", "metadata_objects")
ARCHIVES = ("zip", "tar")


class ImportInput(StrictSerializer):
    """How to import; what is not said is found out."""

    format = serializers.ChoiceField(
        choices=["auto", *(each.value for each in Format), *ARCHIVES], default="auto"
    )
    encoding = serializers.CharField(
        required=False, max_length=40, help_text="As the web names it, e.g. windows-1252."
    )
    delimiter = serializers.CharField(
        required=False, max_length=2, trim_whitespace=False, help_text="Of a table; `\\t` is a tab."
    )
    quote = serializers.CharField(
        required=False,
        max_length=1,
        allow_blank=True,
        trim_whitespace=False,
        help_text="What encloses a table's cells; empty where nothing does.",
    )
    header = Flag(default=True, help_text="Whether a table's first row names its columns.")
    mapping = ImportMapping(required=False)
    on_known = serializers.ChoiceField(
        choices=[each.value for each in Known],
        required=False,
        help_text="What becomes of items whose external_id is known: `skip` unless said otherwise,"
        " of files in a place `new_revision`.",
    )
    labels = serializers.ChoiceField(
        choices=[each.value for each in LabelPolicy],
        required=False,
        help_text="What becomes of labels that the project has not: `create` where you may make"
        " labels, unless said otherwise.",
    )
    dry_run = Flag(default=False, help_text="Only tell what would happen.")

    def validate_delimiter(self, delimiter: str) -> str:
        """Refuse what is more than one character."""
        found = "\t" if delimiter == r"\t" else delimiter
        if len(found) != 1 or found in "\r\n":
            raise serializers.ValidationError("Expected one character.", code="invalid")
        return found

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Gather the options; `labels` stays apart, for its default is the caller's."""
        told = {name: attrs.pop(name) for name in _OPTIONS if name in attrs}
        given = told.pop("format")
        is_archive = None if given == "auto" else given in ARCHIVES
        reading = ReadingOptions(
            format=None if is_archive is not False else Format(given),
            **{name: told[name] for name in ("encoding", "delimiter", "quote") if name in told},
            header=told["header"],
        )
        options = ImportOptions(
            reading=reading,
            is_archive=is_archive,
            mapping=told.get("mapping", {}),
            policy=Known(told["on_known"]) if "on_known" in told else None,
            dry_run=told["dry_run"],
        )
        return {**attrs, "options": options}


_OPTIONS = (
    "format",
    "encoding",
    "delimiter",
    "quote",
    "header",
    "mapping",
    "on_known",
    "dry_run",
)


@extend_schema_serializer(
    examples=[OpenApiExample("A table", {"file": "letters.csv", "mapping": '{"text": "body"}'})]
)
class ImportFromFile(ImportInput):
    file = serializers.FileField(max_length=255, help_text="Records, or an archive of documents.")

    def validate_file(self, file: Any) -> Any:
        """Refuse a file beyond the limit."""
        if file.size > settings.IMPORT_MAX_BYTES:
            text = f"Expected at most {settings.IMPORT_MAX_BYTES} bytes, found {file.size}."
            raise serializers.ValidationError(text, code="too_large")
        return file


@extend_schema_serializer(
    examples=[
        OpenApiExample("A resumable upload", {"upload": "01980000-0000-7000-8000-000000000000"})
    ]
)
class ImportFromUpload(ImportInput):
    upload = serializers.UUIDField(help_text="A finished upload of yours to this project.")


@extend_schema_serializer(
    examples=[OpenApiExample("What is new in a folder", {"place": "scans", "path": "2026/"})]
)
class ImportFromPlace(StrictSerializer):
    """Files of a place that the operator set up: each becomes a document, archives are opened."""

    place = serializers.CharField(max_length=100)
    path = serializers.CharField(max_length=1000, default="", allow_blank=True)
    on_known = serializers.ChoiceField(choices=[each.value for each in Known], required=False)
    dry_run = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Gather the options."""
        policy, dry_run = attrs.pop("on_known", None), attrs.pop("dry_run")
        options = ImportOptions(policy=Known(policy) if policy else None, dry_run=dry_run)
        return {**attrs, "options": options}
