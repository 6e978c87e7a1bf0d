"""What documents can be filtered by of the metadata that their project declares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from config.api.problems import InvalidQuery
from documents.finding.values import EXPECTED, moment, number
from documents.models import MetadataField, MetadataType
from documents.services.metadata_fields import having
from users.models import User

FAMILY = "metadata."
RANGES = ("gt", "gte", "lt", "lte")
_ORDERED = frozenset({MetadataType.NUMBER, MetadataType.DATETIME})
_TRUTH = {"true": True, "false": False}


def declared(user: User, project_id: UUID) -> dict[str, MetadataField]:
    """Return the fields that a project declares, by name."""
    fields = MetadataField.objects.visible_to(user).filter(project=project_id)
    return {field.name: field for field in fields.order_by("name")}


def conditions(asked: Mapping[str, str], *, user: User, project_id: UUID) -> Q:
    """Return what `metadata.…` parameters ask of a document; raises InvalidQuery."""
    known = declared(user, project_id)
    by_field: dict[str, dict[str, Any]] = defaultdict(dict)
    for parameter, text in asked.items():
        name, _, operator = parameter.removeprefix(FAMILY).partition(".")
        if name not in known:
            expected = ", ".join(known) or "none, for the project declares no metadata"
            raise InvalidQuery(parameter[:80], f"Not declared metadata; expected: {expected}.")
        by_field[name][operator] = _value(known[name], parameter, operator, text)
    found = Q()
    for name, wanted in by_field.items():
        found &= having(known[name], wanted)
    return found


def _value(field: MetadataField, parameter: str, operator: str, text: str) -> Any:
    operators = ["", "exists", *(RANGES if field.type in _ORDERED else ())]
    if operator not in operators:
        offered = ", ".join(f"{FAMILY}{field.name}{'.' * bool(one)}{one}" for one in operators)
        raise InvalidQuery(parameter[:80], f"It is a {field.type}; expected one of {offered}.")
    value = _TRUTH.get(text) if operator == "exists" else _read(field, text)
    if value is None:
        expected = "true or false" if operator == "exists" else EXPECTED[field.type]
        raise InvalidQuery(parameter[:80], f"Expected {expected}, found {text[:80]!a}.")
    return value


def _read(field: MetadataField, text: str) -> Any:
    match field.type:
        case MetadataType.NUMBER:
            return number(text)
        case MetadataType.DATETIME:
            return moment(text)
        case MetadataType.BOOLEAN:
            return _TRUTH.get(text)
    return text
