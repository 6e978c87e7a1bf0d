"""Which schemas a label may have: small ones, of known words, that no value makes slow to check.

The words are a list of what is allowed. So what is misspelt is told instead of ignored, nothing is
fetched from anywhere (`$ref` leads to `$defs` of the same schema alone), and what the checker does
in more than the time of schema times value (`unevaluatedProperties`, `$dynamicRef`) is left out.
References are followed here as the checker will follow them: what they unfold to is bounded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from annotations.attributes.formats import FORMATS
from annotations.attributes.patterns import compiled
from annotations.attributes.told import NotFitting, pointer_to

MAX_BYTES, MAX_SCHEMAS, MAX_DEPTH = 32_000, 250, 10
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAMED = frozenset({"properties", "$defs"})
_LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLE = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
)
_PLAIN = frozenset(
    {"$comment", "$ref", "$schema", "const", "default", "dependentRequired", "deprecated"}
    | {"description", "enum", "examples", "exclusiveMaximum", "exclusiveMinimum", "format"}
    | {"maxContains", "maximum", "maxItems", "maxLength", "maxProperties", "minContains"}
    | {"minimum", "minItems", "minLength", "minProperties", "multipleOf", "pattern", "readOnly"}
    | {"required", "title", "type", "uniqueItems", "writeOnly"}
)
KEYWORDS = _NAMED | _LISTED | _SINGLE | _PLAIN
# What the 2020-12 metaschema calls a regular expression is judged in `patterns`.
_WITHOUT_FORMATS = FormatChecker(formats=())
Path = tuple[str | int, ...]


class AttributeSchemaError(NotFitting):
    """The schema is none that a label may have."""


def check_schema(schema: dict[str, Any]) -> None:
    """Raise AttributeSchemaError, with a pointer into the schema, unless a label may have it."""
    if len(json.dumps(schema, ensure_ascii=False).encode(errors="replace")) > MAX_BYTES:
        raise AttributeSchemaError("", "too_large", f"A schema has at most {MAX_BYTES} bytes.")
    if schema.get("type") != "object":
        detail = 'Attributes are an object: expected "type": "object".'
        raise AttributeSchemaError("/type", "not_an_object", detail)
    found = best_match(
        Draft202012Validator(
            Draft202012Validator.META_SCHEMA, format_checker=_WITHOUT_FORMATS
        ).iter_errors(schema)
    )
    if found is not None:
        pointer = pointer_to(found.absolute_path)
        raise AttributeSchemaError(pointer, "not_a_schema", found.message)
    _Walk(schema).walk(schema, (), ())


class _Walk:
    """A walk through a schema that follows references, counts, and judges each part."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self.seen = 0

    def walk(self, schema: Any, path: Path, followed: tuple[str, ...]) -> None:
        """Judge a schema at its path and all below; `followed` are the references on the way."""
        self.seen += 1
        if self.seen > MAX_SCHEMAS:
            detail = f"It unfolds to more than {MAX_SCHEMAS} schemas."
            raise AttributeSchemaError(pointer_to(path), "too_large", detail)
        if len(path) > 2 * MAX_DEPTH or len(followed) > MAX_DEPTH:
            detail = f"Schemas lie at most {MAX_DEPTH} deep in each other."
            raise AttributeSchemaError(pointer_to(path), "too_deep", detail)
        if isinstance(schema, bool):
            return
        for word in schema:
            _require_known(schema, word, path)
        for step, inner in _inner(schema):
            self.walk(inner, (*path, *step), followed)
        if "$ref" in schema:
            self._follow(schema["$ref"], path, followed)

    def _follow(self, reference: str, path: Path, followed: tuple[str, ...]) -> None:
        place = pointer_to((*path, "$ref"))
        name = reference.removeprefix("#/$defs/")
        known = self.root.get("$defs", {})
        if name == reference or name not in known or "/" in name or "~" in name or "%" in name:
            detail = "A reference leads to a name in the schema's own $defs: #/$defs/name."
            raise AttributeSchemaError(place, "unknown_reference", detail)
        if name in followed:
            detail = f"{reference} leads back to itself."
            raise AttributeSchemaError(place, "circular_reference", detail)
        self.walk(known[name], (*path, "$ref"), (*followed, name))


def _inner(schema: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield the schemas that lie right in a schema, each with the path to it."""
    for word in schema.keys() & _SINGLE:
        yield (word,), schema[word]
    for word in schema.keys() & _LISTED:
        yield from (((word, at), inner) for at, inner in enumerate(schema[word]))
    for word in schema.keys() & _NAMED:
        yield from (((word, name), inner) for name, inner in schema[word].items())


def _require_known(schema: dict[str, Any], word: str, path: Path) -> None:
    """Raise AttributeSchemaError for a word that is not allowed, or not with its value."""
    place, value = pointer_to((*path, word)), schema[word]
    if word not in KEYWORDS and not word.startswith("x-"):
        detail = f"{word} is not used in attributes; words of your own begin with x-."
        raise AttributeSchemaError(place, "unknown_keyword", detail)
    if word == "$schema" and value != DIALECT:
        raise AttributeSchemaError(place, "unknown_dialect", f"Expected {DIALECT}.")
    if word == "format" and value not in FORMATS:
        detail = f"Expected one of: {', '.join(sorted(FORMATS))}."
        raise AttributeSchemaError(place, "unknown_format", detail)
    if word == "pattern":
        try:
            compiled(value)
        except ValueError as error:
            raise AttributeSchemaError(place, "unsafe_pattern", str(error)) from error
