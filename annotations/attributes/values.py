"""Check the attributes of an annotation or a relation against the schema of its label."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import extend

from annotations.attributes.formats import checker
from annotations.attributes.patterns import MAX_TEXT, compiled
from annotations.attributes.told import NotFitting, pointer_to

# A check takes schemas times values: at worst, some seconds with these and 250 schemas.
MAX_BYTES, MAX_DEPTH, MAX_VALUES = 64_000, 16, 200
_CODES = {
    "additionalProperties": "unknown_attribute",
    "const": "not_allowed",
    "enum": "not_allowed",
    "format": "invalid_format",
    "maxLength": "too_long",
    "minLength": "too_short",
    "required": "required",
    "type": "wrong_type",
}


class AttributesError(NotFitting):
    """The attributes do not fit their label; the pointer leads into them."""


def check_attributes(schema: dict[str, Any] | None, attributes: dict[str, Any]) -> None:
    """Raise AttributesError unless the attributes fit the schema; without one there are none.

    The schema has passed `check_schema`. Of several errors the one is told that explains most.
    """
    if schema is None:
        for name in attributes:
            detail = "This label has no attributes."
            raise AttributesError(pointer_to([name]), "unknown_attribute", detail)
        return
    if _is_large(attributes) or len(json.dumps(attributes)) > MAX_BYTES:
        bounds = f"{MAX_VALUES} values, {MAX_DEPTH} levels and {MAX_BYTES} bytes"
        detail = f"Attributes have at most {bounds}."
        raise AttributesError("", "too_large", detail)
    validator = _validator(json.dumps(schema, sort_keys=True))
    found = best_match(validator.iter_errors(attributes))
    if found is not None:
        raise _told(found)


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    """Return what checks against a schema, by its content: it is made once for many values."""
    return _Validator(json.loads(schema), format_checker=checker())


def _matches(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    """Check `pattern` in a time that is bounded: see `patterns`."""
    if not isinstance(value, str):
        return
    if len(value) > MAX_TEXT:
        yield ValidationError(f"A text with a pattern has at most {MAX_TEXT} characters.")
    elif not compiled(pattern).search(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


_Validator = extend(Draft202012Validator, {"pattern": _matches})


def _told(found: ValidationError) -> AttributesError:
    path, word = [*found.absolute_path], str(found.validator)
    if word == "required":
        path.append(next(name for name in found.validator_value if name not in found.instance))
    if word == "additionalProperties":
        declared = found.schema.get("properties", {})
        path.append(next(name for name in found.instance if name not in declared))
    return AttributesError(pointer_to(path), _CODES.get(word, "not_fitting"), found.message)


def _is_large(attributes: dict[str, Any]) -> bool:
    """Return whether there are too many values, or objects and lists too deep in each other."""
    level: list[Any] = [attributes]
    seen, depth = 0, 0
    while inner := [one for one in level if isinstance(one, dict | list)]:
        level = [value for one in inner for value in _values(one)]
        seen, depth = seen + len(level), depth + 1
        if seen > MAX_VALUES or depth > MAX_DEPTH:
            return True
    return False


def _values(one: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return one.values() if isinstance(one, dict) else one
