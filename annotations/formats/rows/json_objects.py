"""One JSON object of one row: parsed, and held to what a row may be."""

from __future__ import annotations

import json
from math import isinf
from typing import Any, NoReturn

import orjson

from annotations.formats.rows.row import KINDS, Fields, RowFault, RowLimits, undecodable

# Below that many bytes no row holds values enough to count them.
_SMALL = 1_000_000
_INT64 = 2.0**63


def parse(content: bytes | str, limits: RowLimits) -> Fields:
    """Return the object of a row; raises RowFault.

    Its codes are `undecodable_text`, `invalid_json`, `not_an_object`, `too_deep`,
    `too_many_columns` and `too_many_values`. Integers stay what they are however long, and a half
    of a surrogate pair stays one.
    """
    if len(content) > _SMALL:
        _require_few_values(content, limits)
    fields = _loads(content)
    if not isinstance(fields, dict):
        detail = f"Expected an object with fields, found {KINDS[type(fields)]}."
        raise RowFault("not_an_object", detail)
    if len(fields) > limits.columns:
        detail = f"A row has at most {limits.columns} columns, this has {len(fields)}."
        raise RowFault("too_many_columns", detail)
    if _has_huge_numbers(fields, limits.depth):
        exact: Fields = json.loads(content)
        return exact
    return fields


def _loads(content: bytes | str) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        return _loads_again(content, error)


def _loads_again(content: bytes | str, error: orjson.JSONDecodeError) -> Any:
    """Take what only the standard library takes, halves of surrogate pairs, or say what is wrong.

    The first parser is several times faster, and its words are about the content itself.
    """
    if "depth" in error.msg:
        raise RowFault("too_deep", "Its values are nested too deep.") from error
    text = _decoded(content)
    try:
        if "\\u" in text:
            return json.loads(
                text, parse_constant=_refuse, parse_float=_finite, parse_int=_finite_integer
            )
    except (ValueError, RecursionError):
        pass
    at = f"at character {error.pos + 1}"
    raise RowFault("invalid_json", f"Not JSON: {error.msg} {at}.") from error


def _decoded(content: bytes | str) -> str:
    """Return the text; raises RowFault where bytes are, or (escaped in a str) were, no UTF-8."""
    try:
        return content.decode() if isinstance(content, bytes) else content.encode().decode()
    except UnicodeDecodeError as error:
        raise undecodable("utf-8", error.start) from error
    except UnicodeEncodeError as error:
        raise RowFault(
            "undecodable_text", f"Character {error.start + 1} is none in the file's encoding."
        ) from error


def _refuse(value: str) -> NoReturn:
    raise ValueError(value)


def _finite(digits: str) -> float:
    value = float(digits)
    return _refuse(digits) if isinf(value) else value


def _finite_integer(digits: str) -> int:
    _finite(digits)
    return int(digits)


def _require_few_values(content: bytes | str, limits: RowLimits) -> None:
    # A value of three bytes takes sixty in memory. Commas in texts are counted along.
    text = content if isinstance(content, bytes) else content.encode(errors="replace")
    values = sum(text.count(sign) for sign in (b",", b"[", b"{"))
    if values > limits.values:
        detail = f"A row has at most {limits.values} values, this has up to {values}."
        raise RowFault("too_many_values", detail)


def _has_huge_numbers(value: Any, depth: int) -> bool:
    """Tell whether a float may have been an integer beyond 64 bits; raises RowFault `too_deep`."""
    if not depth:
        raise RowFault("too_deep", "Its values are nested too deep.")
    found = False
    for inner in value.values() if type(value) is dict else value:
        kind = type(inner)
        if kind is float:
            found = found or abs(inner) >= _INT64
        elif kind is dict or kind is list:
            found = _has_huge_numbers(inner, depth - 1) or found
    return found
