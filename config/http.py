"""How the head of a request is read: in UTF-8, whatever charset it claims for its body.

Django decodes query string and forms by the charset in Content-Type before any middleware runs:
one that is no text encoding, or a parameter that cannot be read, would be an error without answer.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.utils.http import parse_header_parameters


class _ReadAsUtf8(HttpRequest):
    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = "", {}
        with suppress(ValueError):  # then it is of no type that a route takes
            parsed = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
            self.content_type, self.content_params = parsed


class Utf8WSGIRequest(_ReadAsUtf8, WSGIRequest):
    """A request from a WSGI server."""


class Utf8ASGIRequest(_ReadAsUtf8, ASGIRequest):
    """A request from an ASGI server."""
