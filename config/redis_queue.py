"""The queue in Redis: kombu's transport, which tells a lost connection as what it is.

As kombu 5.7 has it, a channel whose connection is closed no longer knows the address to connect to
anew, and raises AttributeError. A worker that acknowledges a message, or gives it back, when Redis
has just gone away takes that for an error of its own, and ends. Here it hears of a lost connection,
which it survives.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as ConnectionLost


class Channel(redis.Channel):
    """A channel that says when its connection is gone."""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if getattr(self.connection, "client", None) is None:
            raise ConnectionLost("The connection is closed.")
        params: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[misc]
        return params


class Transport(redis.Transport):
    """What a broker's URL that begins with `redis` or `rediss` stands for."""

    Channel = Channel
