"""What the formats of texts in attributes are checked by."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from urllib.parse import urlsplit
from uuid import UUID

from jsonschema import FormatChecker

_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)"
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)*", re.ASCII)


def _of_form(form: str, read: Callable[[str], object]) -> Callable[[str], bool]:
    whole = re.compile(form, re.ASCII)

    def check(text: str) -> bool:
        return bool(whole.fullmatch(text)) and read(text) is not None

    return check


def _is_uri(text: str) -> bool:
    parts = urlsplit(text)
    return bool(parts.scheme and (parts.netloc or parts.path)) and not re.search(r"\s", text)


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _of_form(_DATE, date.fromisoformat),
    "date-time": _of_form(f"{_DATE}[Tt]{_TIME}", datetime.fromisoformat),
    "email": lambda text: len(text) <= 254 and bool(_EMAIL.fullmatch(text)),  # noqa: PLR2004 - RFC 5321
    "time": _of_form(_TIME, time.fromisoformat),
    "uri": _is_uri,
    "uuid": _of_form(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", UUID),
}


def checker() -> FormatChecker:
    """Return what jsonschema asks; a format is said of texts alone."""
    made = FormatChecker(formats=())
    for name, check in FORMATS.items():
        made.checks(name, raises=ValueError)(_of_texts(check))
    return made


def _of_texts(check: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: check(value) if isinstance(value, str) else True
