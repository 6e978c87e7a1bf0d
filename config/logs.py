"""What no log line holds: tokens of mailed links, and traces of what was merely refused."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus

_LINK = re.compile(r"(/account/\w+/)[\w.~:%+=-]{20,}")


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
