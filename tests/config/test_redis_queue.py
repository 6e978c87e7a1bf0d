"""What is under way when Redis goes away hears of a lost connection; see tests/faults too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from kombu.transport import redis
from redis.exceptions import ConnectionError as ConnectionLost

from config.celery import app
from config.redis_queue import Channel, Transport


@pytest.mark.parametrize("url", ["redis://r:6379/0", "rediss://r:6379/0"])
def test_celery_takes_it_for_redis_with_and_without_tls(url: str) -> None:
    with type(app)("site", broker=url).connection_for_write() as connection:
        assert isinstance(connection.transport, Transport)
        assert bool(connection.ssl) == url.startswith("rediss")


@pytest.mark.parametrize("connection", [None, SimpleNamespace(client=None)])
def test_a_channel_without_a_connection_says_that_it_is_lost(connection: object) -> None:
    channel: Any = object.__new__(Channel)
    channel.connection = connection
    assert ConnectionLost in redis.get_redis_error_classes().connection_errors
    with pytest.raises(ConnectionLost, match="closed"):
        channel._connparams()
