"""Statements as logs and traces show them, and warnings of slow and of repeated ones.

Slow ones are told of wherever SLOW_QUERY_MS is set. A statement that one request sends again and
again, a query for each row, is told of while developing (DEBUG).
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import connections
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)
MOST_ALIKE = 10  # statements of one shape in one request; bulk work goes by the set
LONGEST = 1_000  # characters shown
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_LIST = re.compile(r"%s(?:\s*,\s*%s)+")
_ROWS = re.compile(r"\(%s…?\)(?:\s*,\s*\(%s…?\))+")


def shape_of(statement: str) -> str:
    """Return a statement without values and without the length of its lists, cut where long."""
    shape = _LIST.sub("%s…", _LITERAL.sub("?", statement))
    return _ROWS.sub("(%s…)…", shape)[:LONGEST]


@contextmanager
def watched() -> Iterator[None]:
    """Tell the log of slow and of repeated statements among those sent within the block."""
    if not (settings.SLOW_QUERY_MS or settings.DEBUG):
        yield
        return
    watch = _Watch()
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(watch))
        yield
    if settings.DEBUG:
        watch.tell_of_repeated()


class QueryWatchMiddleware:
    """Watch the statements of each request, where that is wanted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not (settings.SLOW_QUERY_MS or settings.DEBUG):
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with watched():
            return self.get_response(request)


class _Watch:
    """Times and counts statements: what Django calls an execute wrapper."""

    def __init__(self) -> None:
        self._shapes: Counter[str] = Counter()

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        started = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = (perf_counter() - started) * 1000
            shape = shape_of(str(sql))
            self._shapes[shape] += 1
            if 0 < settings.SLOW_QUERY_MS <= took:
                logger.warning("A statement took %.0f ms: %s", took, shape)

    def tell_of_repeated(self) -> None:
        """Warn of each shape that was sent too often."""
        for shape, times in self._shapes.items():
            if times > MOST_ALIKE:
                logger.warning("A statement was sent %s times: %s", times, shape)
