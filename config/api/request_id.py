"""The id of the request or task at hand, for every log line, event and answer."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_ACCEPTED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")


def current_request_id() -> str:
    """Return the id of the request or task at hand, or "-" outside of one."""
    return _request_id.get()


@contextmanager
def bound_request_id(proposed: str | None = None) -> Iterator[str]:
    """Bind the proposed id, or a new one where it is absent or could forge a log line."""
    request_id = proposed if proposed and _ACCEPTED.fullmatch(proposed) else uuid4().hex
    token = _request_id.set(request_id)
    try:
        yield request_id
    finally:
        _request_id.reset(token)


class RequestIdFilter(logging.Filter):
    """Give each log record the id of the request at hand."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True
