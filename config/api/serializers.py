"""Serializers that translate and never save; unknown members are errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, ClassVar

from rest_framework import serializers

_idle: defaultdict[tuple[type, bool], list[Any]] = defaultdict(list)


@contextmanager
def lent(
    kind: type[serializers.BaseSerializer[Any]],
    context: Mapping[str, Any] | None = None,
    *,
    partial: bool = False,
) -> Iterator[Any]:
    """Lend a serializer that nobody else uses meanwhile, and keep it for the next request.

    To make one, with copies of all its fields, takes several times as long as to use it. Call its
    `run_validation` and `to_representation`, which leave nothing behind, and none of its `data`.
    """
    idle = _idle[kind, partial]
    try:
        serializer = idle.pop()
    except IndexError:
        serializer = kind(partial=partial)
    serializer._context = context or {}  # noqa: SLF001 - DRF takes it when one is made, not later
    try:
        yield serializer
    finally:
        serializer._context = {}  # noqa: SLF001 - the request in it is over
        idle.append(serializer)


class RowSerializer(serializers.ModelSerializer[Any]):
    """What shows rows by the thousand: as DRF shows them, without asking each field each time."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return the row's members, as JSON has them."""
        return {name: show(instance) for name, show in self._shown}

    @cached_property
    def _shown(self) -> list[tuple[str, Callable[[Any], Any]]]:
        fields: Any = self.fields
        return [(name, _showing(field)) for name, field in fields.items() if not field.write_only]


def _showing(field: Any) -> Callable[[Any], Any]:
    """Return how a field shows itself of a row: the usual kinds by what a column holds."""
    read = attrgetter(field.source) if field.source != "*" else None
    if read is None or type(field) not in _WORDS:
        return lambda row: _as_framework(field, row)
    words = _WORDS[type(field)]
    if words is None:
        return read
    return lambda row: None if (value := read(row)) is None else words(value)


def _as_framework(field: Any, row: Any) -> Any:
    value = field.get_attribute(row)
    return None if value is None else field.to_representation(value)


def _moment(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


# What becomes of a column's value in JSON; None where it is JSON as it is.
_WORDS: dict[type, Callable[[Any], Any] | None] = {
    serializers.UUIDField: str,
    serializers.DateTimeField: _moment,
    serializers.IntegerField: None,
    serializers.FloatField: None,
    serializers.CharField: None,
    serializers.BooleanField: None,
    serializers.ChoiceField: None,
    serializers.DictField: None,
    serializers.ReadOnlyField: None,
}


class StrictSerializer(serializers.Serializer[Any]):
    """What comes in: a member that is not declared is an error, not ignored.

    But for those that are `only_shown`: they may be sent back.
    """

    only_shown: ClassVar[frozenset[str]] = frozenset()
    default_error_messages = {"unknown": "Unknown member; expected one of: {expected}."}

    def to_internal_value(self, data: Any) -> Any:
        if self.only_shown and isinstance(data, dict):
            data = {name: told for name, told in data.items() if name not in self.only_shown}
        writable = {name for name, field in self.fields.items() if not field.read_only}
        unknown = sorted(set(data) - writable) if isinstance(data, dict) else []
        if unknown:
            text = self.error_messages["unknown"].format(expected=", ".join(sorted(writable)))
            detail = serializers.ErrorDetail(text, code="unknown")
            raise serializers.ValidationError({name: [detail] for name in unknown})
        return super().to_internal_value(data)
