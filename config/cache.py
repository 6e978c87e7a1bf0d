"""Django's cache in Redis, counting in one round trip: every request is counted."""

from __future__ import annotations

from functools import cached_property
from typing import Any

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
