"""The errors that clients see: each a class with a status and a stable code (RFC 9457)."""

from __future__ import annotations

from typing import Any, ClassVar


class Problem(Exception):
    """An error with a stable code; subclasses' first docstring line is its public title.

    `detail` says what was expected and found; `members` are further members of the answer;
    `headers` go with it. Where it `is_recorded`, what was logged of it before it was raised stands.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "server_error"
    is_recorded: bool = False

    def __init__(
        self, detail: str = "", *, headers: dict[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members
        self.headers = headers or {}

    @classmethod
    def title(cls) -> str:
        """Return the first line of the class's docstring."""
        return (cls.__doc__ or "").strip().splitlines()[0]


class InvalidQuery(Problem):
    """A query parameter is unknown, repeated or has no valid value."""

    status = 400
    code = "invalid_query"

    def __init__(self, parameter: str, detail: str) -> None:
        error = {"parameter": parameter, "code": self.code, "detail": detail}
        super().__init__(f"Query parameter {parameter!r}: {detail}", errors=[error])


class InvalidHeader(Problem):
    """A request header has no valid value."""

    status = 400
    code = "invalid_header"


class PreconditionRequired(Problem):
    """The request must say in If-Match which version it changes."""

    status = 428
    code = "precondition_required"


class StaleVersion(Problem):
    """The resource has changed since the version named in If-Match.

    `current` is the resource as it is now; the answer shows it under the same name.
    """

    status = 412
    code = "stale_version"

    def __init__(self, current: Any) -> None:
        super().__init__("Another change came first. Read `current`, then decide and try again.")
        self.current = current


class IdempotencyKeyReused(Problem):
    """The Idempotency-Key was used before with another request."""

    status = 422
    code = "idempotency_key_reused"


class IdempotencyKeyInUse(Problem):
    """A request with this Idempotency-Key is still under way."""

    status = 409
    code = "idempotency_key_in_use"


class TooManyRequests(Problem):
    """The rate limit is used up."""

    status = 429
    code = "rate_limited"


class Unavailable(Problem):
    """A part that the request needs does not answer now."""

    status = 503
    code = "unavailable"


class StorageFull(Problem):
    """There is no room to store this."""

    status = 503
    code = "storage_full"


class QueryTimeout(Problem):
    """The database would take too long over this."""

    status = 503
    code = "query_timeout"


class PayloadTooLarge(Problem):
    """The body is larger than this route takes."""

    status = 413
    code = "payload_too_large"


class UnsupportedBody(Problem):
    """The body is not of a type, charset or encoding that this route takes."""

    status = 415
    code = "unsupported_media_type"


class MalformedBody(Problem):
    """The body is not one strict JSON object."""

    status = 400
    code = "malformed_body"
