"""Schemas of attributes are harmless, and values are held against them; pure, no database."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from annotations.attributes import (
    AttributeSchemaError,
    AttributesError,
    check_attributes,
    check_schema,
)
from annotations.attributes.patterns import MAX_TEXT, compiled

ALL = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "A person",
    "$defs": {"year": {"type": "integer", "minimum": 0}},
    "properties": {
        "gender": {"enum": ["feminine", "masculine"]},
        "wikidata": {"type": "string", "pattern": r"^Q\d+$"},
        "born": {"$ref": "#/$defs/year"},
        "since": {"type": "string", "format": "date"},
        "a/b~c": {"type": "string", "maxLength": 3},
        "roles": {"type": "array", "items": {"type": "object", "required": ["name"]}},
        "free": True,
    },
    "required": ["gender"],
    "additionalProperties": False,
    "x-widget": "radio",
}
GOOD = {"gender": "feminine", "wikidata": "Q7259", "born": 1815, "since": "1843-09-01", "free": []}


def of(**members: Any) -> dict[str, Any]:
    return {"type": "object", **members}


def one(schema: Any) -> dict[str, Any]:
    return of(properties={"a": schema})


def test_what_fits_is_taken() -> None:
    check_schema(ALL)
    check_attributes(ALL, GOOD)
    check_attributes(None, {})


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"gender": "other"}, "/gender", "not_allowed"),
        ({"gender": None}, "/gender", "not_allowed"),
        ({"wikidata": "7259"}, "/wikidata", "not_fitting"),
        ({"wikidata": "Q7259\n"}, "/wikidata", "not_fitting"),
        ({"wikidata": "Q٣"}, "/wikidata", "not_fitting"),
        ({"wikidata": "Q" + "1" * MAX_TEXT}, "/wikidata", "not_fitting"),
        ({"wikidata": 7259}, "/wikidata", "wrong_type"),
        ({"born": "1815"}, "/born", "wrong_type"),
        ({"born": -1}, "/born", "not_fitting"),
        ({"since": "1843-13-01"}, "/since", "invalid_format"),
        ({"a/b~c": "four"}, "/a~1b~0c", "too_long"),
        ({"roles": [{"name": 1}, {}]}, "/roles/1/name", "required"),
        ({"nick/name": "x"}, "/nick~1name", "unknown_attribute"),
    ],
)
def test_what_does_not_fit_is_told_where(changes: Any, pointer: str, code: str) -> None:
    with pytest.raises(AttributesError) as told:
        check_attributes(ALL, GOOD | changes)
    assert (told.value.pointer, told.value.code) == (pointer, code)
    assert 0 < len(told.value.detail) <= 300


def test_what_is_missing_is_named() -> None:
    with pytest.raises(AttributesError) as told:
        check_attributes(ALL, {})
    assert (told.value.pointer, told.value.code) == ("/gender", "required")


def test_a_label_without_a_schema_has_no_attributes() -> None:
    with pytest.raises(AttributesError) as told:
        check_attributes(None, {"gender": "feminine"})
    assert (told.value.pointer, told.value.code) == ("/gender", "unknown_attribute")


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "value", [deep(17), {"a": [[[deep(14)]]]}, {"a": [1] * 200}, {"a": "x" * 64_000}]
)
def test_attributes_are_bounded(value: Any) -> None:
    check_attributes(of(), deep(16))
    with pytest.raises(AttributesError) as told:
        check_attributes(of(), value)
    assert (told.value.pointer, told.value.code) == ("", "too_large")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", ["2024-02-29"], ["2023-02-29", "2024-2-1", "20240229", "2024-02-29\n"]),
        ("time", ["10:00:00Z", "10:00:00.5+01:00"], ["10:00:00", "25:00:00Z", "10:00Z"]),
        ("date-time", ["2024-02-29T10:00:00Z"], ["2024-02-29 10:00:00Z", "2024-02-30T10:00:00Z"]),
        ("email", ["ada@example.org"], ["ada", "ada@", "a b@example.org", "a@b" * 99]),
        ("uri", ["https://example.org/a", "urn:isbn:1"], ["example.org", "https:", "a:b c"]),
        ("uuid", ["01980000-0000-7000-8000-000000000000"], ["01980000", "0" * 32]),
    ],
)
def test_formats_are_checked(name: str, good: list[str], bad: list[str]) -> None:
    schema = one({"format": name})
    check_schema(schema)
    for value in [*good, 7]:
        check_attributes(schema, {"a": value})
    for value in bad:
        with pytest.raises(AttributesError):
            check_attributes(schema, {"a": value})


@pytest.mark.parametrize(
    ("schema", "pointer", "code"),
    [
        ({}, "/type", "not_an_object"),
        ({"type": "array"}, "/type", "not_an_object"),
        ({"type": ["object"]}, "/type", "not_an_object"),
        (of(properties=3), "/properties", "not_a_schema"),
        (one({"type": "strin"}), "/properties/a/type", "not_a_schema"),
        (one({"minLength": -1}), "/properties/a/minLength", "not_a_schema"),
        (one(3), "/properties/a", "not_a_schema"),
        (of(propertis={}), "/propertis", "unknown_keyword"),
        (one({"unevaluatedProperties": False}), "/properties/a/unevaluatedProperties", ...),
        (of(patternProperties={"^a": {}}), "/patternProperties", "unknown_keyword"),
        (of(**{"$id": "https://example.org/"}), "/$id", "unknown_keyword"),
        (of(**{"$dynamicRef": "#a"}), "/$dynamicRef", "unknown_keyword"),
        (of(**{"$schema": "http://json-schema.org/draft-07/schema"}), "/$schema", ...),
        (one({"format": "hostname"}), "/properties/a/format", "unknown_format"),
        (one({"$ref": "https://example.org/"}), "/properties/a/$ref", "unknown_reference"),
        (one({"$ref": "#/$defs/b"}), "/properties/a/$ref", "unknown_reference"),
        (one({"$ref": "#"}), "/properties/a/$ref", "unknown_reference"),
        (
            of(**{"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}}),
            "/$defs/a/items/$ref/items/$ref",
            "circular_reference",
        ),
        (one({"oneOf": [{}, {"pattern": "a"}]}), "/properties/a/oneOf/1/pattern", "unsafe_pattern"),
        (one({"enum": ["x" * 32_000]}), "", "too_large"),
    ],
)
def test_what_is_no_schema_of_attributes_is_refused(schema: Any, pointer: str, code: Any) -> None:
    with pytest.raises(AttributeSchemaError) as told:
        check_schema(schema)
    assert told.value.pointer == pointer
    assert code in (told.value.code, ...)


def test_schemas_are_bounded_in_depth_and_in_what_they_unfold_to() -> None:
    schema: Any = {}
    for _ in range(11):
        schema = {"not": {"items": schema}}
    with pytest.raises(AttributeSchemaError) as told:
        check_schema(one(schema))
    assert told.value.code == "too_deep"
    doubling = {f"d{at}": {"allOf": [{"$ref": f"#/$defs/d{at + 1}"}] * 4} for at in range(5)}
    with pytest.raises(AttributeSchemaError) as told:
        check_schema(of(**{"$defs": {**doubling, "d5": {}}}))
    assert told.value.code == "too_large"


@pytest.mark.parametrize(
    "pattern",
    [
        r"^Q\d+$",
        r"^[A-Z]{2}-\d{4}$",
        r"^[a-z0-9_-]+@[a-z.]+$",
        r"^\$?\d{1,9}",
        r"^[^\]\\]*$",
        r"^[-+]?\d*\.",
        "^é$",
        "^$",
        "^",
        r"^a{2,}b",
    ],
)
def test_patterns_that_are_harmless_are_taken(pattern: str) -> None:
    check_schema(one({"pattern": pattern}))


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$",
        "(a|a)*",
        "^a|b",
        "^a*a*a*$",
        "^" + "a?" * 18,
        "^" + "a{0,9}" * 6,
        "^(?=a)",
        r"^(a)\1",
        "^a**",
        "^[a",
        "^[z-a]",
        "^[[:alpha:]]",
        "^a$b",
        "^a\\",
        "^{2}",
        "a",
        "^" + "a" * 200,
    ],
)
def test_patterns_that_could_be_slow_are_refused(pattern: str) -> None:
    with pytest.raises(AttributeSchemaError) as told:
        check_schema(one({"pattern": pattern}))
    assert (told.value.pointer, told.value.code) == ("/properties/a/pattern", "unsafe_pattern")


@pytest.mark.parametrize("pattern", ["^a*a*$", "^" + "a?" * 17 + "$", "^a{0,400}a{400}a*$"])
def test_the_slowest_allowed_patterns_are_fast(pattern: str) -> None:
    """The bound is a million tries; this takes some milliseconds, and the one second is slack."""
    began = time.process_time()
    assert not compiled(pattern).search("a" * (MAX_TEXT - 1) + "!")
    assert time.process_time() - began < 1


def test_a_backslash_keeps_its_dollar() -> None:
    assert compiled(r"^a\$").search("a$b")
    assert not compiled(r"^a\$$").search("a$b")


def test_no_value_makes_a_schema_of_the_allowed_size_slow() -> None:
    """Every branch is tried on every item: schema times value, and both are bounded."""
    branches = [{"type": "object", "required": [f"k{at}"]} for at in range(200)]
    schema = one({"items": {"anyOf": branches}, "uniqueItems": True})
    assert len(json.dumps(schema)) < 32_000
    check_schema(schema)
    began = time.process_time()
    with pytest.raises(AttributesError):
        check_attributes(schema, {"a": [{"x": at} for at in range(90)]})
    assert time.process_time() - began < 10
