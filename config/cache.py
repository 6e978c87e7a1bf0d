"""Django's cache in Redis, counting in one round trip: every request is counted."""

from __future__ import annotations

from functools import cached_property
from time import monotonic
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

# INCR alone would begin a counter that nobody has added, and without an end.
_COUNT_ON = """
if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('INCRBY', KEYS[1], ARGV[1]) end
"""


class _CountingClient(RedisCacheClient):
    """Django's client asks whether the counter is there first, with a new connection's client."""

    @cached_property
    def _client_at_hand(self) -> Any:
        return super().get_client(write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Return the one client of the one server."""
        return self._client_at_hand

    def incr(self, key: Any, delta: int) -> int:
        """Return the counter, so much higher; raises ValueError where there is none."""
        count = self._client_at_hand.eval(_COUNT_ON, 1, key, delta)
        if count is None:
            raise ValueError(f"Key {key!r} not found.")
        return int(count)


class CountingRedisCache(RedisCache):
    """The cache that settings name where there is a Redis."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _CountingClient


class RateCache(CountingRedisCache):
    """Counters that are added and then only counted on, as django-ratelimit's are.

    It asks whether a counter is there before each count; who has seen it knows that until it ends.
    """

    MOST = 10_000  # counters are remembered, of which each window of each caller is one

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._ends: dict[str, float] = {}

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Begin a counter; False where there is one."""
        now = monotonic()
        if self._ends.get(key, now) > now:
            return False
        added = super().add(key, value, timeout, version)
        if len(self._ends) >= self.MOST:
            self._ends.clear()
        self._ends[key] = now + timeout
        return added

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Count; a counter that was thrown out begins anew, for what it counts still goes on."""
        try:
            return super().incr(key, delta, version)
        except ValueError:
            left = self._ends.get(key, 0) - monotonic()
            if left <= 0:
                raise
            super().add(key, delta, left, version)
            return delta
