"""What goes in and out of requests that bring many documents."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.parsers import UNSTORABLE
from config.api.serializers import StrictSerializer
from documents.intake import Ended, Known
from documents.serializers.documents import DocumentFromText

ON_KNOWN = [known.value for known in Known]
A_TEXT = {"text": "Ada lives in Turin.", "external_id": "n-1", "tags": ["letters"]}


class EachByItself(serializers.ListSerializer[Any]):
    """A list in which an item that is not valid leaves the others be.

    It becomes its ValidationError, in its place.
    """

    def run_child_validation(self, data: Any) -> Any:
        try:
            _require_storable(data)
            return super().run_child_validation(data)
        except serializers.ValidationError as error:
            return error


def _require_storable(item: Any) -> None:
    """Raise ValidationError where a text cannot be stored, but for the document's own."""
    for name, value in item.items() if isinstance(item, dict) else [("", item)]:
        is_own = name == "text" and isinstance(value, str)
        found = UNSTORABLE.search(name) or (None if is_own else _find_unstorable(value))
        if found:
            fault = f"U+{ord(found[0]):04X} cannot be stored in text."
            where = "" if UNSTORABLE.search(name) else name
            raise serializers.ValidationError({where or "non_field_errors": [fault]}, "unstorable")


def _find_unstorable(value: Any) -> re.Match[str] | None:
    """Return what cannot be stored in any text of a value from JSON."""
    if isinstance(value, str):
        return UNSTORABLE.search(value)
    inner = chain(value, value.values()) if isinstance(value, dict) else value
    found = map(_find_unstorable, inner if isinstance(value, dict | list) else ())
    return next(filter(None, found), None)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two", {"documents": [A_TEXT, {"text": "Eve does not."}], "on_known": "skip"}
        )
    ]
)
class DocumentBulkInput(StrictSerializer):
    documents: serializers.ListSerializer[Any] = EachByItself(
        child=DocumentFromText(), allow_empty=False, max_length=settings.BULK_MAX_ITEMS
    )
    on_known = serializers.ChoiceField(
        choices=ON_KNOWN,
        default=Known.ERROR.value,
        help_text=(
            "What happens where a document has the external_id already: it is an `error`; `skip`"
            " leaves the document as it is; `update` changes the properties given, not the text;"
            " `new_revision` does that, and makes another text a new revision."
        ),
    )


class DocumentBulkItem(serializers.Serializer[Any]):
    """One item's end: the document, or the `problem` with code, detail and errors."""

    index = serializers.IntegerField()
    status = serializers.IntegerField(help_text="201, 200, 409 or 422.")
    ended = serializers.ChoiceField(choices=[ended.value for ended in Ended])
    id = serializers.UUIDField(required=False, help_text="The document's.")
    version = serializers.IntegerField(required=False, help_text="The document's.")
    duplicate_of_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Another document with the same content."
    )
    problem = serializers.DictField(required=False)


class DocumentBulkResult(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = DocumentBulkItem(many=True)
