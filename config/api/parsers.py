"""The strict front gate for bodies: one JSON object in UTF-8, bounded in size and depth."""

import json
import re
from collections import deque
from itertools import chain, takewhile
from math import isinf
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.parsers import BaseParser, MultiPartParser

from config.api.problems import MalformedBody, PayloadTooLarge, UnsupportedBody

_INT64 = 2**63
_CHUNK = 1 << 16
# What JSON calls the values that json.loads returns.
NAMES: dict[type, str] = {
    bool: "a boolean",
    float: "a number",
    int: "a number",
    list: "an array",
    str: "a string",
    type(None): "null",
}
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# What JSON has of it, written out or not; half of a pair may be, which only reading it tells.
_SUSPICIOUS = re.compile("\\\\u(?:0000|d[89a-f])|[\x00\ud800-\udfff]", re.IGNORECASE)


class StrictJSONParser(BaseParser):
    """Parse application/json; a view's `json_max_bytes` may widen the size limit.

    The member that a view names as `json_left` may hold texts that cannot be stored: what becomes
    of these its serializer says.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> dict[str, Any]:
        """Return the one JSON object of the body.

        Raises MalformedBody, PayloadTooLarge or UnsupportedBody.
        """
        _require_utf8(media_type or "")
        view = parser_context["view"]
        limit = getattr(view, "json_max_bytes", settings.JSON_MAX_BYTES)
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            drain(stream)
            raise PayloadTooLarge(f"JSON bodies of this route hold at most {limit} bytes.")
        return parse_object(raw, left=getattr(view, "json_left", ""))


class UploadParser(MultiPartParser):
    """Parse multipart/form-data of at most UPLOAD_MAX_BYTES of file and one part more.

    A view's `upload_max_bytes` may widen that limit.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        length = int(stream.META.get("CONTENT_LENGTH") or 0)  # type: ignore[attr-defined]
        limit = getattr(parser_context["view"], "upload_max_bytes", settings.UPLOAD_MAX_BYTES)
        if length > limit + settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise PayloadTooLarge(f"Files hold at most {limit} bytes.")
        return super().parse(stream, media_type, parser_context)


def parse_object(raw: bytes | str, *, left: str = "") -> dict[str, Any]:
    """Return the JSON object in raw; raises MalformedBody with what was expected and found.

    The texts in the member `left` are not looked at.
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(text, object_pairs_hook=_unique_keys, **_NUMBERS)
    except UnicodeDecodeError as error:
        raise MalformedBody(f"Expected UTF-8; byte {error.start} is not.") from error
    except RecursionError as error:
        raise MalformedBody(f"Nested deeper than {settings.JSON_MAX_DEPTH} levels.") from error
    except json.JSONDecodeError as error:
        raise MalformedBody(f"Not JSON: {error.msg} at character {error.pos}.") from error
    if not isinstance(value, dict):
        raise MalformedBody(f"Expected a JSON object, found {NAMES[type(value)]}.")
    _check_depth(value)
    if _SUSPICIOUS.search(text):  # else no text can hold it, however many there are
        _check_texts({key: inner for key, inner in value.items() if key != left})
    return value


def drain(stream: IO[Any]) -> None:
    """Read what is left, within reason: else the connection breaks under the next request."""
    chunks = (stream.read(_CHUNK) for _ in range(settings.UPLOAD_MAX_BYTES // _CHUNK))
    deque(takewhile(bool, chunks), maxlen=0)


def _require_utf8(media_type: str) -> None:
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", media_type, re.IGNORECASE)
    if charset and charset[1].lower() not in {"utf-8", "utf8"}:
        raise UnsupportedBody(f"Expected charset UTF-8, found {charset[1]}.")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise MalformedBody(f"The key {twice!a} stands twice in one object.")
    return result


def _no_constant(name: str) -> NoReturn:
    raise MalformedBody(f"{name} is not a JSON number.")


def _bounded(digits: str) -> int:
    # int() of very many digits is slow and raises an error of its own kind.
    if len(digits) > 20 or not -_INT64 <= int(digits) < _INT64:  # noqa: PLR2004
        raise MalformedBody(f"The integer {digits[:24]} does not fit 64 bits.")
    return int(digits)


def _finite(digits: str) -> float:
    if isinf(number := float(digits)):
        raise MalformedBody("A number is too large for a 64-bit float.")
    return number


_NUMBERS: dict[str, Any] = {
    "parse_constant": _no_constant,
    "parse_int": _bounded,
    "parse_float": _finite,
}


def _check_depth(value: dict[str, Any]) -> None:
    """Refuse depth beyond the limit, level by level."""
    level: list[Any] = [value]
    for _ in range(settings.JSON_MAX_DEPTH):
        inner = chain.from_iterable(one.values() if isinstance(one, dict) else one for one in level)
        level = [one for one in inner if isinstance(one, dict | list)]
    if level:
        raise MalformedBody(f"Nested deeper than {settings.JSON_MAX_DEPTH} levels.")


def _check_texts(value: Any) -> None:
    """Refuse what PostgreSQL cannot store."""
    if isinstance(value, str) and (found := UNSTORABLE.search(value)):
        raise MalformedBody(f"U+{ord(found[0]):04X} cannot be stored in text.")
    if isinstance(value, dict | list):
        for one in value:
            _check_texts(one)
    if isinstance(value, dict):
        for one in value.values():
            _check_texts(one)
