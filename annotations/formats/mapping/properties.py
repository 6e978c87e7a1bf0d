"""What a row may say of a document's properties: each value as it is kept, or why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from annotations.formats.rows import KINDS, RowFault

EXTERNAL_ID, TITLE, LANGUAGE, TAG, TAGS, IRI = 255, 500, 35, 64, 50, 2048
LABEL, BODY = 100, 100_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_SPLITS = {
    "train": "train",
    "training": "train",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "test": "test",
}


def text(value: Any) -> str:
    """Return a text that says something; what cannot be stored in it is for others to replace."""
    if not isinstance(value, str):
        raise wrong_type("a text", value)
    if not value or value.isspace():
        raise RowFault("required", "The text is empty.")
    return value


def external_id(value: Any) -> str:
    """Return an id, of digits too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return line(value, EXTERNAL_ID)


def title(value: Any) -> str:
    """Return a title."""
    return line(value, TITLE)


def language(value: Any) -> str:
    """Return a BCP 47 tag."""
    tag = line(value, LANGUAGE)
    if not _LANGUAGE.fullmatch(tag):
        raise RowFault("invalid_language", f"Expected a BCP 47 tag, found {tag!r}.")
    return tag


def split(value: Any) -> str:
    """Return train, dev or test, under the other names that these have, too."""
    name = line(value, TAG)
    if name.lower() not in _SPLITS:
        raise RowFault("invalid_choice", f"Expected train, dev or test, found {name!r}.")
    return _SPLITS[name.lower()]


def tags(value: Any, separator: str | None) -> list[str]:
    """Return tags of a list, or of a text with a separator, each once."""
    parts = value.split(separator) if isinstance(value, str) and separator else value
    listed = parts if isinstance(parts, list) else [parts]
    found = [line(tag, TAG) for tag in listed if tag != ""]
    if len(found) > TAGS:
        raise RowFault("too_many", f"A document has at most {TAGS} tags, this has {len(found)}.")
    return list(dict.fromkeys(found))


def metadata(value: Any) -> Any:
    """Return a value that can be kept, whatever it is made of."""
    if isinstance(value, str):
        require_storable(value)
    elif isinstance(value, list):
        for inner in value:
            metadata(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            require_storable(key)
            metadata(inner)
    return value


def label(value: Any) -> str:
    """Return a label's name; classes may be numbers, and true or false."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else line(value, LABEL)


def body(value: Any) -> str:
    """Return a note as it is."""
    if not isinstance(value, str):
        raise wrong_type("a text", value)
    require_storable(value)
    if len(value) > BODY:
        raise RowFault("too_long", f"Expected at most {BODY} characters, found {len(value)}.")
    return value


def confidence(value: Any) -> float | None:
    """Return how sure something is, from 0 to 1, or None."""
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise RowFault("invalid_confidence", f"Expected a number from 0 to 1, found {value!r}.")
    return float(value)


def offset(value: Any) -> int:
    """Return an offset."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_type("a whole number as offset", value)
    return value


def line(value: Any, most: int) -> str:
    """Return a text of at most so many characters, without blanks around it."""
    if not isinstance(value, str):
        raise wrong_type("a text", value)
    require_storable(value)
    found = value.strip()
    if not found or len(found) > most:
        code = "too_long" if found else "required"
        raise RowFault(code, f"Expected 1 to {most} characters, found {len(found)}.")
    return found


def require_storable(value: str) -> None:
    """Raise RowFault for what PostgreSQL does not store."""
    if found := _UNSTORABLE.search(value):
        raise RowFault("unstorable", f"U+{ord(found[0]):04X} cannot be stored.")


def wrong_type(expected: str, found: Any) -> RowFault:
    """Return the fault of a value of another type."""
    return RowFault("invalid_type", f"Expected {expected}, found {KINDS[type(found)]}.")


SIMPLE: dict[str, Callable[[Any], Any]] = {
    "external_id": external_id,
    "title": title,
    "language": language,
    "split": split,
}
