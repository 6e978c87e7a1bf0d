"""The one throttle: callers by user or address, and guesses at credentials by account as well.

The general limit is django-ratelimit's, whose fixed windows let twice the rate pass at their
edge. That is no matter for a load, but it is for guesses: these are counted in slices of their
window, so that no stretch of its length holds more than the limit.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from config.api.problems import TooManyRequests, Unavailable

logger = logging.getLogger(__name__)
SLICES = 6


@dataclass(frozen=True)
class Usage:
    """How much of one limit is used in its present window."""

    name: str
    limit: int
    count: int
    window: int  # seconds
    resets_in: int  # seconds
    key: str = ""  # where it was counted, for who gives it back

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
        usage = count(scope, caller)
        request._request.rate_usage = usage  # type: ignore[attr-defined] # noqa: SLF001
        return True


def count(limit: str, who: str) -> Usage | None:
    """Count one request of `who` against a limit of settings.RATE_LIMITS.

    Raises TooManyRequests. Without its cache the general limit lets pass (None), while those
    on credentials refuse with Unavailable: guessing must not get easier by an outage.
    """
    try:
        usage = _of_load(limit, who) if limit == "default" else _of_guesses(limit, who)
    except (RedisError, OSError, ValueError) as error:  # ValueError: the counter was thrown out
        logger.error("The cache did not answer, so no rate is counted: %s", error)
        if limit == "default":
            return None
        raise Unavailable("Try again soon.", headers={"Retry-After": "5"}) from error
    if usage.count > usage.limit:
        headers = usage.headers() | {"Retry-After": str(usage.resets_in)}
        rate = settings.RATE_LIMITS[limit]
        detail = f"At most {rate} here; try again in {usage.resets_in} s."
        raise TooManyRequests(detail, headers=headers)
    return usage


def _of_load(limit: str, who: str) -> Usage:
    rate, key = settings.RATE_LIMITS[limit], _key(limit, who)
    used = get_usage(None, group=limit, key=lambda *_: key, rate=rate, increment=True)
    resets_in = max(1, used["time_left"])
    # A counter that was thrown out meanwhile counts as used up.
    counted = used["count"] if used["limit"] else used["count"] + 1
    return Usage(limit, used["limit"], counted, _rate(rate)[1], resets_in)


def _of_guesses(limit: str, who: str) -> Usage:
    """Count in the slice at hand and add those before it that the window touches.

    A slice counts until its last guess is a window ago. Who is refused is not counted, so that
    hammering on does not keep the door shut.
    """
    most, window = _rate(settings.RATE_LIMITS[limit])
    now, key = time.time(), _key(limit, who)
    here = int(now * SLICES / window)
    slices = [f"{key}:{here - back}" for back in range(SLICES + 1)]
    cache.add(slices[0], 0, 2 * window)
    counts = {slices[0]: cache.incr(slices[0])}
    counts |= cache.get_many([*slices[1:], *map(_last, slices)])
    lasts = {one: counts.get(_last(one), now) for one in slices if counts.get(one)}
    counting = {one: last for one, last in lasts.items() if last + window > now}
    used = sum(counts[one] for one in counting)
    if used > most:
        cache.decr(slices[0])
    else:
        cache.set(_last(slices[0]), now, 2 * window)
    resets_in = math.ceil(min([now, *counting.values()]) + window - now)
    return Usage(limit, most, used, window, min(resets_in, window), slices[0])


def _last(one: str) -> str:
    """Return where the time of a slice's last guess is kept."""
    return f"{one}:last"


def mailbox(email: str) -> str:
    """Return under which name mails to an address count: kim+a and kim+b are one mailbox."""
    local, _, host = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{host}"


def may_be_mailed(email: str) -> bool:
    """Count a mail that somebody asks for; False over the limit, of which they are not told."""
    try:
        count("mail_by_account", mailbox(email))
    except TooManyRequests:
        return False
    return True


def is_within(limit: str, who: str) -> bool:
    """Count in the present window of a limit and return whether it holds; False without a cache.

    It takes the same steps whatever comes of it, so that the time tells nobody who was counted.
    """
    most, window = _rate(settings.RATE_LIMITS[limit])
    key = _key(f"within:{limit}:{int(time.time() // window)}", who)
    try:
        cache.add(key, 0, 2 * window)
        return bool(cache.incr(key) <= most)
    except (RedisError, OSError, ValueError):  # ValueError: the counter was thrown out
        return False


def give_back(usage: Usage | None) -> None:
    """Undo the count of a guess that was right: limits are for wrong ones."""
    try:
        if usage:
            cache.decr(usage.key)
    except (RedisError, OSError, ValueError) as error:
        logger.warning("A right guess stays counted: %s", error)


def is_first(limit: str, who: str) -> bool:
    """Return whether this is the first time in the limit's window that `who` is told of here."""
    window = _rate(settings.RATE_LIMITS[limit])[1]
    key = _key(f"told:{limit}:{int(time.time() // window)}", who)
    try:
        return bool(cache.add(key, 1, 2 * window))
    except (RedisError, OSError):
        return False


def _key(limit: str, who: str) -> str:
    # Digested: no spelling of one part runs into the next, and no cache reads who it is.
    return hashlib.sha256(f"{limit}\n{who}".encode()).hexdigest()


def _rate(text: str) -> tuple[int, int]:
    """Return how many, and in how many seconds."""
    most, _, unit = text.partition("/")
    return int(most), {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]


def address(request: HttpRequest | Request) -> str:
    """Return the client's address, which ClientAddressMiddleware has made sure of.

    Of an IPv6 address only the first half counts: the second is the client's own to choose.
    """
    client = str(request.META["REMOTE_ADDR"])
    return str(ip_network(f"{client}/64", strict=False)) if ":" in client else client
