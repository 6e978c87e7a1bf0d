"""What goes into merges and splits of labels."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from annotations.models import SetKind, State
from config.api.serializers import StrictSerializer
from documents.serializers import JSONObjectField

_INTO = "01980000-0000-7000-8000-000000000000"


class RelabellingQuery(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField(
        default=False, help_text="`true`: answer 200 with what it would concern, and start nothing."
    )


@extend_schema_serializer(examples=[OpenApiExample("Into another label", {"into": _INTO})])
class MergeInput(StrictSerializer):
    into = serializers.UUIDField(help_text="A label of the same kind.")


class SplitWhere(StrictSerializer):
    """All that is given has to hold."""

    author = serializers.UUIDField(required=False, help_text="Said by this user.")
    document = serializers.UUIDField(required=False, help_text="Said of this document.")
    set_kind = serializers.ChoiceField(choices=SetKind.choices, required=False)
    set_state = serializers.ChoiceField(choices=State.choices, required=False)
    attributes = JSONObjectField(required=False, help_text="With these values, and maybe others.")
    quote = serializers.CharField(
        required=False, trim_whitespace=False, max_length=1000, help_text="On exactly this text."
    )
    quote_contains = serializers.CharField(
        required=False, trim_whitespace=False, max_length=1000, help_text="In any case of letters."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the conditions as JSON; raises ValidationError for none."""
        if not attrs:
            raise serializers.ValidationError("Expected a condition; to move all, merge.")
        ids = {name: str(attrs[name]) for name in ("author", "document") if name in attrs}
        return attrs | ids


@extend_schema_serializer(
    examples=[
        OpenApiExample("By a value", {"into": _INTO, "where": {"attributes": {"role": "poet"}}})
    ]
)
class SplitInput(MergeInput):
    where = SplitWhere()
