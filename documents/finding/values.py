"""What values a declared metadata field takes, and how they are written in a query."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

# What PostgreSQL and Python both read: a date, or a date and time, of the years 1 to 9999.
MOMENT = (
    r"^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
    r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?$"
)
MAX_KEYWORD = 1000
SHOWN = 80
_MOMENT = re.compile(MOMENT)
_NUMBER = re.compile(r"-?[0-9]{1,30}([.][0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")
EXPECTED = {
    "keyword": f"a text of at most {MAX_KEYWORD} characters",
    "number": "a number",
    "datetime": "a date or a time in ISO 8601, e.g. 1843-07-10 or 1843-07-10T12:00:00Z",
    "boolean": "true or false",
}


class Misfit(NamedTuple):
    """A member of metadata that is not as its declaration says."""

    name: str
    expected: str
    found: str


def misfits(declared: Mapping[str, str], metadata: Mapping[str, Any]) -> list[Misfit]:
    """Return the members of metadata that are not of their declared type; null is no value."""
    return [
        Misfit(name, EXPECTED[kind], _shown(metadata[name]))
        for name, kind in declared.items()
        if metadata.get(name) is not None and not fits(kind, metadata[name])
    ]


def fits(kind: str, value: Any) -> bool:
    """Return whether a JSON value is of a declared type."""
    match kind:
        case "keyword":
            return isinstance(value, str) and len(value) <= MAX_KEYWORD
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and _finite(value)
        case "datetime":
            return isinstance(value, str) and moment(value) is not None
    return isinstance(value, bool)


def moment(text: str) -> datetime | None:
    """Return the time that a text tells, in UTC where it names no zone; None if it tells none."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        told = datetime.fromisoformat(text)
        return told.replace(tzinfo=told.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):  # the 31st of a short month, or beyond the year 9999
        return None


def number(text: str) -> float | None:
    """Return the number that a text tells; None if it tells none, or one beyond all bounds."""
    if not _NUMBER.fullmatch(text):
        return None
    told = float(text)
    return told if math.isfinite(told) else None


def _finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
