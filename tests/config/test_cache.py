"""The cache in Redis counts on in one round trip, and begins no counter by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache

from tests.config.away import redis_at
from tests.faults.supervised_site import REDIS, redis_server


@pytest.mark.skipif(not REDIS, reason="there is no redis-server on this machine")
def test_only_a_counter_that_was_added_counts(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server, redis_at(server.port):
        with pytest.raises(ValueError, match="gone"):
            cache.incr("gone")
        assert cache.add("asked", 5, 60)
        assert [cache.incr("asked"), cache.incr("asked", 3), cache.decr("asked")] == [6, 9, 8]
        assert cache.get("asked") == 8
        assert cache.get("gone") is None
