"""What to tell whoever waits for work to be done."""

from __future__ import annotations

from typing import Any

from rest_framework.serializers import BaseSerializer

from documents.services import workers

NOBODY_WORKS = "No worker is running: this waits until one is started."


def notice(serializer: BaseSerializer[Any], *, waits: bool) -> str | None:
    """Return why nothing happens, where that is so; the database is asked once per answer."""
    if not waits:
        return None
    answer: dict[str, Any] = serializer.context
    if "any_alive" not in answer:
        answer["any_alive"] = workers.any_alive()
    return None if answer["any_alive"] else NOBODY_WORKS
