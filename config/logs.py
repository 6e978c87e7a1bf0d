"""What no log line holds: the tokens of links that were mailed, which stand in addresses."""

from __future__ import annotations

import logging
import re

_LINK = re.compile(r"(/account/\w+/)[\w.~:%+=-]{20,}")


class LinkFilter(logging.Filter):
    """Take the token out of every address of a mailed link, e.g. where Django logs a refusal."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        cleaned = _LINK.sub(r"\1…", message)
        if cleaned != message:
            record.msg, record.args = cleaned, ()
        return True
