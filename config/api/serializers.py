"""Serializers that translate and never save; unknown members are errors."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """What comes in: a member that is not declared is an error, not ignored."""

    default_error_messages = {"unknown": "Unknown member; expected one of: {expected}."}

    def to_internal_value(self, data: Any) -> Any:
        writable = {name for name, field in self.fields.items() if not field.read_only}
        unknown = sorted(set(data) - writable) if isinstance(data, dict) else []
        if unknown:
            text = self.error_messages["unknown"].format(expected=", ".join(sorted(writable)))
            detail = serializers.ErrorDetail(text, code="unknown")
            raise serializers.ValidationError({name: [detail] for name in unknown})
        return super().to_internal_value(data)
