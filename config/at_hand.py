"""Which request or task a log line is of: ids alone, of the request, its user, task and trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from config import telemetry
from config.api.request_id import current_request_id

Ids = Mapping[str, str]
NOTED = "postil."  # before names in the environment that gunicorn's access log reads too
_at_hand: ContextVar[Callable[[], Ids]] = ContextVar("at_hand", default=dict)


def ids_at_hand() -> dict[str, str]:
    """Return the known ones of request_id, user_id, trace_id, span_id and ids of a task's rows."""
    request_id = current_request_id()
    ids = {} if request_id == "-" else {"request_id": request_id}
    return {**ids, **_at_hand.get()(), **telemetry.trace_at_hand()}


def user_id_of(request: HttpRequest) -> dict[str, str]:
    """Return the `user_id` of a request where it is known by now; a log line asks no database."""
    known = vars(request)
    user = known.get("user")
    if isinstance(user, SimpleLazyObject):  # the session's, which AuthenticationMiddleware promises
        user = known.get("_cached_user")
    key = getattr(user, "pk", None)
    return {"user_id": str(key)} if key else {}


def note_ids(request: HttpRequest, request_id: str) -> None:
    """Note the ids of a request in itself, for lines that are written when it is answered."""
    for name, value in {"request_id": request_id, **user_id_of(request)}.items():
        request.META[f"{NOTED}{name}"] = value


def noted_ids(request: Any) -> dict[str, str]:
    """Return the ids that were noted in a request; none of what is no request."""
    meta: dict[str, Any] = request.META if isinstance(request, HttpRequest) else {}
    return {name.removeprefix(NOTED): meta[name] for name in meta if name.startswith(NOTED)}


@contextmanager
def having_at_hand(ids: Callable[[], Ids]) -> Iterator[None]:
    """Have the log lines of the block bear ids, which are asked for with each of them."""
    token = _at_hand.set(ids)
    try:
        yield
    finally:
        _at_hand.reset(token)
