"""Who lets people into the admin; this layer knows no people, so the assembly fits it."""

from __future__ import annotations

from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern


class Door(Protocol):
    """How people come into the admin, show again who they are, and leave."""

    def urls(self) -> list[URLPattern]:
        """Return the routes of the pages on which people look after their own sign-in."""
        ...

    def stop(self, request: HttpRequest) -> HttpResponse | None:
        """Return the way out, with a message that says why, for who is not to see any page."""
        ...

    def enter(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        """Show the page to sign in, or sign in."""
        ...

    def leave(self, request: HttpRequest) -> None:
        """End the sign-in that the request belongs to."""
        ...

    def ask_again(self, request: HttpRequest) -> HttpResponse | None:
        """Return a page that asks who is there unless they have shown it a short while ago.

        The page carries on what the request sent and sends it to the same address again.
        """
        ...
