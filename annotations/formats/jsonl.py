"""JSON Lines: one document with its sets and annotations per line, in UTF-8 (jsonlines.org)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

MEDIA_TYPE = "application/jsonl"
SUFFIX = "jsonl"


def write(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield each record as one line."""
    for record in records:
        yield orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
