"""How log lines are written, for people or as JSON, and what none of them holds.

That is tokens of mailed links, e-mail addresses, and traces of what was merely refused. Who did
something is told by the id of the user; addresses of clients stand in the access log alone.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

_LINK = re.compile(r"(/account/\w+/)[\w.~:%+=-]{20,}")
# Workers and live processes have names like addresses.
_EMAIL = re.compile(r"(?!(?:celery|live)@)\b[\w.%+-]+@[\w-]+(?:\.[\w-]+)+")


def discreet(text: str) -> str:
    """Return a text without the tokens of mailed links, and without e-mail addresses."""
    cleaned = _LINK.sub(r"\1…", text)
    return _EMAIL.sub("…@…", cleaned) if "@" in cleaned else cleaned


class LinkFilter(logging.Filter):
    """Take the token out of every address of a mailed link, e.g. where Django logs a refusal."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        cleaned = _LINK.sub(r"\1…", message)
        if cleaned != message:
            record.msg, record.args = cleaned, ()
        return True


class RefusalFilter(logging.Filter):
    """Keep the line and drop the trace where an answer below 500 is logged: nothing is broken."""

    def filter(self, record: logging.LogRecord) -> bool:
        status: int | None = getattr(record, "status_code", None)
        if status is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            record.exc_info = record.exc_text = None
        return True


class LineFormatter(logging.Formatter):
    """Writes a record for people, with its trace below it."""

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON: when, how bad, who says what, and the ids at hand."""

    def format(self, record: logging.LogRecord) -> str:
        members = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            **self.told(record),
        }
        if record.exc_info:
            members["trace"] = discreet(self.formatException(record.exc_info))
        return json.dumps(members, default=str)

    def told(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the members for what a record says."""
        from config.at_hand import ids_at_hand, noted_ids  # need settings, which name this module

        ids = ids_at_hand() | noted_ids(getattr(record, "request", None))
        return {**ids, "message": discreet(record.getMessage())}
