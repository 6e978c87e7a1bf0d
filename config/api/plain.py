"""Bodies that are plainly right are read without asking each field; DRF tells of all others.

Whatever a reader here is not sure of it leaves to the field itself, or to the whole serializer:
so what is taken, and what is told of what is not, stays what the serializer says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.fields import _UnvalidatedField, empty

from config.api.parsers import UNSTORABLE
from config.api.serializers import StrictSerializer

Read = Callable[[Any], Any]
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Unsure(Exception):
    """What is there may be wrong."""


def read(serializer: Any, body: Any) -> Any:
    """Return what is valid in a body, as `run_validation` does; raises ValidationError.

    The serializer is one that is lent again and again, which keeps its reader.
    """
    if serializer.partial:
        return serializer.run_validation(body)
    try:
        return _kept_reader(serializer)(body)
    except (Unsure, serializers.ValidationError):
        return serializer.run_validation(body)


def _kept_reader(serializer: Any) -> Read:
    kept: dict[str, Any] = vars(serializer)
    if "plain_reader" not in kept:
        kept["plain_reader"] = _reader_of(serializer)
    reader: Read = kept["plain_reader"]
    return reader


def _reader_of(serializer: Any) -> Read:
    """Return what reads bodies of a serializer; it raises Unsure, or ValidationError."""
    if not _is_plain(serializer):
        return serializer.run_validation  # type: ignore[no-any-return]
    fields: dict[str, Any] = {
        name: field for name, field in serializer.fields.items() if not field.read_only
    }
    members = {name: (field.source, _reader(field)) for name, field in fields.items()}
    needed = {name for name, field in fields.items() if field.required}
    ignored = serializer.only_shown

    def read_members(told: Any) -> Any:
        if type(told) is not dict or not needed <= told.keys():
            raise Unsure
        value = {}
        for name, inner in told.items():
            if name in members:
                source, read_inner = members[name]
                value[source] = read_inner(inner)
            elif name not in ignored:
                raise Unsure
        return serializer.validate(value)

    return read_members


def _is_plain(serializer: Any) -> bool:
    """Return whether a serializer reads member by member, and then `validate`s all together."""
    reads_otherwise = (
        not isinstance(serializer, StrictSerializer)
        or type(serializer).to_internal_value is not StrictSerializer.to_internal_value
        or type(serializer).run_validation is not serializers.Serializer.run_validation
    )
    fills_in = any(
        hasattr(serializer, f"validate_{name}") or field.default is not empty
        for name, field in serializer.fields.items()
    )
    return not (reads_otherwise or fills_in or serializer.validators)


def _reader(field: Any) -> Read:
    make = _READERS.get(type(field))
    if make is None:
        if isinstance(field, StrictSerializer):
            return _nullable(field, _reader_of(field))
        return field.run_validation  # type: ignore[no-any-return]
    return _nullable(field, make(field))


def _nullable(field: Any, read: Read) -> Read:
    return (lambda told: None if told is None else read(told)) if field.allow_null else read


def _whole(field: Any) -> Read:
    low, high = _bounds(field)

    def read(told: Any) -> int:
        if type(told) is not int or not low <= told <= high:
            raise Unsure
        return told

    return read


def _real(field: Any) -> Read:
    low, high = _bounds(field)

    def read(told: Any) -> float:
        if type(told) not in {int, float} or not low <= told <= high:
            raise Unsure
        return float(told)

    return read


def _bounds(field: Any) -> tuple[float, float]:
    low, high = field.min_value, field.max_value
    return float("-inf") if low is None else low, float("inf") if high is None else high


def _text(field: Any) -> Read:
    least, most = 0 if field.allow_blank else 1, field.max_length or float("inf")
    if field.trim_whitespace or field.min_length is not None:
        return field.run_validation  # type: ignore[no-any-return]

    def read(told: Any) -> str:
        if type(told) is not str or not least <= len(told) <= most or UNSTORABLE.search(told):
            raise Unsure
        return told

    return read


def _id(field: Any) -> Read:
    def read(told: Any) -> UUID:
        if type(told) is not str or not _UUID.fullmatch(told):
            raise Unsure
        return UUID(told)

    return read


def _object(field: Any) -> Read:
    if type(field.child) is not _UnvalidatedField or not field.allow_empty:
        return field.run_validation  # type: ignore[no-any-return]

    def read(told: Any) -> dict[str, Any]:
        if type(told) is not dict:
            raise Unsure
        return dict(told)

    return read


def _list(field: Any) -> Read:
    least = max(field.min_length or 0, 0 if field.allow_empty else 1)
    most, read_one = field.max_length or float("inf"), _reader(field.child)

    def read(told: Any) -> list[Any]:
        if type(told) is not list or not least <= len(told) <= most:
            raise Unsure
        return [read_one(one) for one in told]

    return read


_READERS: dict[type, Callable[[Any], Read]] = {
    serializers.IntegerField: _whole,
    serializers.FloatField: _real,
    serializers.CharField: _text,
    serializers.UUIDField: _id,
    serializers.DictField: _object,
    serializers.ListSerializer: _list,
}
