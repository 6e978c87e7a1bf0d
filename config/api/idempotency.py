"""Every retry is harmless: the answer to a POST with an Idempotency-Key is given once and kept.

The key is inserted under a unique index in the transaction of the work itself: a simultaneous
second request waits for the first to commit and is then given its answer; if the work fails,
the key goes with it, so that the retry is a first try. Of a refusal that is recorded the key goes
alone: what the log tells of it stays, as it does without a key. Whoever may not do it any more is
not told again what was answered when they might.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.utils import OperationalError
from django.utils.crypto import salted_hmac
from django.utils.datastructures import MultiValueDict
from psycopg.errors import LockNotAvailable
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from config.api.problems import (
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    InvalidHeader,
    Problem,
)

KEPT_HEADERS = ("ETag", "Location", "Upload-Expires", "Upload-Length", "Upload-Offset")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
Handler = Callable[..., Response]


def answered_once(handler: Handler, unkept: frozenset[str] = frozenset()) -> Handler:
    """Wrap a POST handler: with an Idempotency-Key it runs once and its answer is repeated.

    Members of the answer named in `unkept` are secrets: they are shown once, and null when the
    answer is repeated. Raises InvalidHeader, IdempotencyKeyReused (other request),
    IdempotencyKeyInUse (the first one is still running after the database's lock time-out).
    """

    def answer(request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None or not request.user.is_authenticated:
            return handler(request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise InvalidHeader("Idempotency-Key: expected 1 to 255 visible ASCII characters.")
        with transaction.atomic():
            answered = _answer_under_key(handler, unkept, key, request, *args, **kwargs)
        if isinstance(answered, Problem):
            raise answered  # outside of the transaction, which keeps what was logged
        return answered

    return answer


def _answer_under_key(
    handler: Handler,
    unkept: frozenset[str],
    key: str,
    request: Request,
    *args: Any,
    **kwargs: Any,
) -> Response | Problem:
    """Return the answer, or the refusal of which a record is to be committed."""
    digest, caller = _digest(request), cast("Any", request.user)
    view: Any = request.parser_context["view"]
    try:
        kept, is_new = caller.kept_answers.get_or_create(
            key=key, defaults={"request_digest": digest}
        )
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise IdempotencyKeyInUse("Try again soon.", headers={"Retry-After": "2"}) from error
    if not is_new:
        return _repeat(kept, digest, view)
    try:
        response = handler(request, *args, **kwargs)
    except Problem as refusal:
        if not refusal.is_recorded:
            raise
        kept.delete()
        return refusal
    kept.project_id = view.permitted_in
    _keep(kept, response, unkept)
    return response


def _keep(kept: Any, response: Response, unkept: frozenset[str]) -> None:
    kept.status = response.status_code
    body = {**response.data, **dict.fromkeys(unkept)} if unkept else response.data
    kept.body = json.dumps(body, cls=JSONEncoder, ensure_ascii=False)
    kept.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    kept.save()


def _repeat(kept: Any, digest: str, view: Any) -> Response:
    if kept.request_digest != digest:
        raise IdempotencyKeyReused("Take a new key for a new request.")
    if kept.project_id:
        view.permit_repeat(kept.project_id)
    headers = kept.headers | {"Idempotency-Replayed": "true"}
    return Response(json.loads(kept.body), status=kept.status, headers=headers)


def _digest(request: Request) -> str:
    """Return a digest, under SECRET_KEY, of what is asked for: method, address and content.

    Without the key nobody finds a password that was part of it by trying. What the caller's token
    allows belongs to it: no token is told what it may not ask itself.
    """
    data: Any = request.data
    members = data.lists() if isinstance(data, MultiValueDict) else data.items()
    content = {name: _content(value) for name, value in members}
    grant: Any = getattr(request.user, "grant", None)
    asked = [request.method, request.get_full_path(), content, *([repr(grant)] if grant else [])]
    view: Any = request.parser_context["view"]
    asked += [request.headers.get(name) for name in sorted(view.content_headers)]
    value = json.dumps(asked, sort_keys=True)
    return salted_hmac("config.api.idempotency", value, algorithm="sha256").hexdigest()


def _content(value: Any) -> Any:
    if isinstance(value, UploadedFile):
        sha256 = hashlib.sha256()
        for chunk in value.chunks():
            sha256.update(chunk)
        value.seek(0)
        return [value.name, sha256.hexdigest()]
    return [_content(inner) for inner in value] if isinstance(value, list) else value
