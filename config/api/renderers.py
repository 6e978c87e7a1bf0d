"""The one renderer: JSON, as compact as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import JSONRenderer


class PlainJSONRenderer(JSONRenderer):
    """JSON without DRF's `indent` in Accept, whose parameters it would fail to read at times."""

    def get_indent(self, accepted_media_type: str, renderer_context: Mapping[str, Any]) -> None:
        """Return None: nothing is indented."""
