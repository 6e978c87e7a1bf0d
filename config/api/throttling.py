"""The one throttle: django-ratelimit counts, by user or address, and by account on sign-in."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from config.api.problems import TooManyRequests, Unavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Usage:
    """How much of one limit is used in its present window."""

    name: str
    limit: int
    count: int
    window: int  # seconds
    resets_in: int  # seconds

    def headers(self) -> dict[str, str]:
        """Return the fields of draft-ietf-httpapi-ratelimit-headers."""
        left = max(0, self.limit - self.count)
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.limit};w={self.window}',
            "RateLimit": f'"{self.name}";r={left};t={self.resets_in}',
        }


class RequestRate(BaseThrottle):
    """Limit a caller by user, or by address while unknown; views name their `throttle_scope`."""

    def allow_request(self, request: Request, view: Any) -> bool:
        scope = getattr(view, "throttle_scope", "default")
        caller = str(request.user.pk) if request.user.is_authenticated else address(request)
        usage = count(request._request, scope, caller)  # noqa: SLF001 - DRF offers no other way
        request._request.rate_usage = usage  # type: ignore[attr-defined] # noqa: SLF001
        return True


def count(request: HttpRequest, limit: str, who: str) -> Usage | None:
    """Count one request of `who` against a limit of settings.RATE_LIMITS.

    Raises TooManyRequests. Without its cache the general limit lets pass (None), while those
    on credentials refuse with Unavailable: guessing must not get easier by an outage.
    """
    rate = settings.RATE_LIMITS[limit]
    # Digested: django-ratelimit joins its key's parts without a separator.
    key = hashlib.sha256(f"{limit}\n{who}".encode()).hexdigest()
    try:
        used = get_usage(request, group=limit, key=lambda *_: key, rate=rate, increment=True)
    except (RedisError, OSError) as error:
        logger.error("The cache did not answer, so no rate is counted: %s", error)
        if limit == "default":
            return None
        raise Unavailable("Try again soon.", headers={"Retry-After": "5"}) from error
    return _judged(limit, rate, used)


def _judged(name: str, rate: str, used: dict[str, Any]) -> Usage:
    usage = Usage(name, used["limit"], used["count"], _seconds(rate), max(1, used["time_left"]))
    if used["should_limit"]:
        headers = usage.headers() | {"Retry-After": str(usage.resets_in)}
        detail = f"At most {rate} here; try again in {usage.resets_in} s."
        raise TooManyRequests(detail, headers=headers)
    return usage


def _seconds(rate: str) -> int:
    return {"s": 1, "m": 60, "h": 3600, "d": 86400}[rate[-1]]


def address(request: HttpRequest | Request) -> str:
    """Return the client's address, which ClientAddressMiddleware has made sure of.

    Of an IPv6 address only the first half counts: the second is the client's own to choose.
    """
    client = str(request.META["REMOTE_ADDR"])
    return str(ip_network(f"{client}/64", strict=False)) if ":" in client else client


def count_sign_in(request: HttpRequest, account: str) -> None:
    """Count a try at credentials by address and by account; raises TooManyRequests, Unavailable."""
    count(request, "credentials_by_address", address(request))
    # Upper first, as the database compares e-mails: more letters than case-folding are alike then.
    count(request, "credentials_by_account", account.strip().upper().casefold())
