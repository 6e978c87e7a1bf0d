"""Lists page by keyset: page one and page ten thousand cost the same.

A page is found by comparing with the last row's ordering values, never by counting rows, so
rows that come or go meanwhile neither repeat nor hide others. Ids are UUIDv7, hence in order of
creation, and close every ordering as its unique last key.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from config.api.parsers import UNSTORABLE
from config.api.problems import InvalidQuery

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
_NUMBER = re.compile(r"[0-9]{1,9}")
PARAMETERS = frozenset({"limit", "cursor", "count", "ordering", "fields"})


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: the ordering it belongs to, which way to read, a row's values."""

    ordering: str
    backwards: bool
    values: list[Any]

    def encode(self) -> str:
        """Return the opaque text that clients send back."""
        raw = json.dumps([self.ordering, self.backwards, self.values], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, ordering: str) -> Cursor:
        """Read a cursor made for this ordering; raises InvalidQuery."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            made_for, backwards, values = json.loads(raw)
        except (ValueError, TypeError, binascii.Error, RecursionError) as error:
            raise InvalidQuery("cursor", "Not a cursor of this list.") from error
        if made_for != ordering or not isinstance(values, list):
            raise InvalidQuery("cursor", "Made for another ordering of this list.")
        return cls(ordering, backwards is True, values)


class KeysetPagination(BasePagination):
    """Page a queryset by the view's `orderings`: public name → field, "id" being creation order."""

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        """Return one page of rows; raises InvalidQuery for a parameter that does not fit."""
        self.request = request
        self.limit = _limit(request)
        self.ordering, self.keys = _ordering(request, view)
        cursor_text = request.query_params.get("cursor")
        self.cursor = Cursor.decode(cursor_text, self.ordering) if cursor_text else None
        self.total = queryset.count() if _wants_count(request) else None
        rows = self._read(queryset)
        self.has_more = len(rows) > self.limit
        rows = rows[: self.limit]
        self.page = rows[::-1] if self._backwards else rows
        return self.page

    @property
    def is_descending(self) -> bool:
        """Return whether rows are read from the largest down, as those of the page before are."""
        return self.keys[0][1] != self._backwards

    @property
    def _backwards(self) -> bool:
        return self.cursor is not None and self.cursor.backwards

    def _read(self, queryset: QuerySet[Any]) -> list[Any]:
        keys = [(name, down != self._backwards) for name, down in self.keys]
        if self.cursor:
            queryset = queryset.filter(_after(queryset.model, keys, self.cursor.values))
        order = [f"-{name}" if down else name for name, down in keys]
        return list(queryset.order_by(*order)[: self.limit + 1])

    def get_paginated_response(self, data: Any) -> Response:
        body = {
            "results": data,
            "next": self._link(forth=True),
            "previous": self._link(forth=False),
        }
        if self.total is not None:
            body["count"] = self.total
        return Response(body)

    def _link(self, *, forth: bool) -> str | None:
        """Return the address of the neighbouring page, or None where there is none."""
        url = self.request.build_absolute_uri()
        if not self.page:  # beyond an end of the list: the way back leads to its first page
            is_way_back = self.cursor and forth == self._backwards
            return remove_query_param(url, "cursor") if is_way_back else None
        there_is_more = self.has_more if forth != self._backwards else self.cursor is not None
        if not there_is_more:
            return None
        row = self.page[-1 if forth else 0]
        values = [_plain(getattr(row, name)) for name, _ in self.keys]
        cursor = Cursor(self.ordering, not forth, values)
        return replace_query_param(url, "cursor", cursor.encode())

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {
                "results": schema,
                "next": link,
                "previous": link,
                "count": {"type": "integer", "description": "Only with `count=true`."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        orderings = [sign + name for name in view.orderings for sign in ("", "-")]
        return [
            _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}),
            _parameter("cursor", {"type": "string"}),
            _parameter("count", {"type": "boolean"}),
            _parameter("ordering", {"type": "string", "enum": orderings}),
            _parameter("fields", {"type": "string"}),
        ]


_PARAMETER_TEXTS = {
    "limit": f"Rows a page; {DEFAULT_LIMIT} unless told.",
    "cursor": "A place in the list, from `next` or `previous`.",
    "count": "`true` adds the total.",
    "ordering": "What to order by; `-` turns it round.",
    "fields": "Keep only these members of each result, comma-separated.",
}


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    description = _PARAMETER_TEXTS[name]
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (_NUMBER.fullmatch(text) and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidQuery("limit", f"Expected a number from 1 to {MAX_LIMIT}, found {text!a}.")
    return int(text)


def _wants_count(request: Request) -> bool:
    text = request.query_params.get("count", "false")
    if text not in {"true", "false"}:
        raise InvalidQuery("count", f"Expected true or false, found {text!a}.")
    return text == "true"


def _ordering(request: Request, view: Any) -> tuple[str, list[tuple[str, bool]]]:
    """Return the ordering's public name and its keys as (field, descending)."""
    asked = request.query_params.get("ordering", view.default_ordering)
    field = view.orderings.get(asked.removeprefix("-"))
    if field is None:
        expected = ", ".join(view.orderings)
        raise InvalidQuery("ordering", f"Expected one of {expected}, found {asked!a}.")
    down = asked.startswith("-")
    return asked, [(field, down)] if field == "id" else [(field, down), ("id", down)]


def _after(model: type[Model], keys: list[tuple[str, bool]], values: list[Any]) -> Q:
    """Return the condition for rows behind the given values, in a form an index can serve."""
    if len(keys) != len(values):
        raise InvalidQuery("cursor", "Not a cursor of this list.")
    typed = [
        column_value(model, name, value) for (name, _), value in zip(keys, values, strict=True)
    ]
    (first, first_down), (last, last_down) = keys[0], keys[-1]
    strictly = Q((f"{last}__{'lt' if last_down else 'gt'}", typed[-1]))
    if first == last:
        return strictly
    beyond = Q((f"{first}__{'lt' if first_down else 'gt'}", typed[0]))
    at_or_beyond = Q((f"{first}__{'lte' if first_down else 'gte'}", typed[0]))
    return at_or_beyond & (beyond | strictly)


def column_value(model: type[Model], name: str, value: Any) -> Any:
    """Read a cursor's value as its column's type; a cursor may have been tampered with."""
    try:
        field: Any = model._meta.get_field(name)  # noqa: SLF001 - Django's public API
        typed = field.to_python(value)
    except (ValidationError, FieldDoesNotExist, TypeError, OverflowError) as error:
        raise InvalidQuery("cursor", "Not a cursor of this list.") from error
    if not _is_comparable(typed):
        raise InvalidQuery("cursor", "Not a cursor of this list.")
    return typed


def _is_comparable(value: Any) -> bool:
    match value:
        case None:
            return False
        case str():
            return not UNSTORABLE.search(value)
        case datetime():
            return value.tzinfo is not None
    return True


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str) else getattr(value, "isoformat", value.__str__)()
