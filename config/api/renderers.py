"""The one renderer: JSON, as compact as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

from config.api.json_rows import JSONRow, JSONRows, as_fragment

_ENCODER = JSONEncoder()


class PlainJSONRenderer(JSONRenderer):
    """JSON by orjson, without DRF's `indent` in Accept, which it would fail to read at times."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes of an answer; rows that are JSON already stand in it as they are."""
        if data is None:
            return b""
        try:
            return orjson.dumps(data, _default, orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)
        except orjson.JSONEncodeError:  # an integer of more than 64 bits
            written: bytes = super().render(data, accepted_media_type, renderer_context)
            return written

    def get_indent(self, accepted_media_type: str, renderer_context: Mapping[str, Any]) -> None:
        """Return None: nothing is indented."""


def _default(value: Any) -> Any:
    is_json = isinstance(value, JSONRow | JSONRows)
    return as_fragment(value) if is_json else _ENCODER.default(value)
