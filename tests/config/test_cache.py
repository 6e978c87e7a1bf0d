"""The cache in Redis counts on in one round trip, and begins no counter by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache, caches

from tests.config.away import redis_at
from tests.faults.supervised_site import REDIS, redis_server

NEEDS_REDIS = pytest.mark.skipif(not REDIS, reason="there is no redis-server on this machine")


@NEEDS_REDIS
def test_only_a_counter_that_was_added_counts(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server, redis_at(server.port):
        with pytest.raises(ValueError, match="gone"):
            cache.incr("gone")
        assert cache.add("asked", 5, 60)
        assert [cache.incr("asked"), cache.incr("asked", 3), cache.decr("asked")] == [6, 9, 8]
        assert cache.get("asked") == 8
        assert cache.get("gone") is None


@pytest.fixture
def rates(tmp_path: Path) -> Iterator[Any]:
    """Yield the cache of rates beside a Redis of its own."""
    with redis_server(tmp_path) as server, redis_at(server.port):
        yield caches["rates"]


@NEEDS_REDIS
def test_a_counter_of_rates_that_is_known_is_not_asked_for_again(rates: Any) -> None:
    assert rates.add("asked", 1, 60)
    asked = redis_calls(caches["default"])
    assert not rates.add("asked", 1, 60)
    assert redis_calls(caches["default"]) == asked + 1  # which is this look itself
    assert [rates.incr("asked"), rates.incr("asked")] == [2, 3]


@NEEDS_REDIS
def test_a_counter_of_rates_that_was_thrown_out_begins_anew(rates: Any) -> None:
    rates.add("asked", 1, 60)
    caches["default"].clear()
    assert [rates.incr("asked"), rates.incr("asked")] == [1, 2]
    caches["default"].clear()
    assert rates.incr("asked") == 1


@NEEDS_REDIS
def test_a_counter_of_rates_that_nobody_added_does_not_count(rates: Any) -> None:
    with pytest.raises(ValueError, match="never"):
        rates.incr("never")


@NEEDS_REDIS
def test_a_counter_of_rates_ends(rates: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rates.add("asked", 1, 60)
    caches["default"].clear()
    now = time.monotonic()
    monkeypatch.setattr("config.cache.monotonic", lambda: now + 61)
    assert rates.add("asked", 1, 60)


@NEEDS_REDIS
def test_only_so_many_counters_of_rates_are_remembered(
    rates: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(rates), "MOST", 2)
    for name in ("first", "second", "third"):
        rates.add(name, 1, 60)
    caches["default"].clear()
    assert [rates.add(name, 1, 60) for name in ("first", "third")] == [True, False]


def redis_calls(served: Any) -> int:
    """Return how many commands the cache's server has run."""
    told: int = served._cache.get_client().info("stats")["total_commands_processed"]
    return told
