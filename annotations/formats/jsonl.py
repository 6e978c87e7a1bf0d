"""JSON Lines: one document with its sets and annotations per line, in UTF-8 (jsonlines.org).

`rows` reads lines of any objects, `postil` knows what is in ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

MEDIA_TYPE = "application/jsonl"
SUFFIX = "jsonl"
_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


def write(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield each record as one line."""
    for record in records:
        yield _line(record)


def _line(record: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(record, option=_OPTIONS)
    except TypeError:
        return orjson.dumps(_without_huge_integers(record), option=_OPTIONS)


def _without_huge_integers(value: Any) -> Any:
    """Return the value with the integers that orjson does not write as floats.

    They were floats: PostgreSQL keeps 1e300 as the integer that it is.
    """
    if isinstance(value, dict):
        return {key: _without_huge_integers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_huge_integers(inner) for inner in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value)
    return value
