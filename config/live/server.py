"""The server of the live process, which lets its listeners go when it stops."""

from __future__ import annotations

from typing import Any

import uvicorn

from config.live.application import LiveApplication
from config.live.hub import Hub

STOP_SECONDS = 5


class LiveServer(uvicorn.Server):
    """Uvicorn over one hub; it waits for open streams at a stop, so these are ended first."""

    def __init__(self) -> None:
        self.hub = Hub()
        super().__init__(
            uvicorn.Config(
                LiveApplication(self.hub),
                http="h11",
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,  # addresses hold tickets
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Begin to hear of news, and to serve."""
        self.hub.start()
        await super().startup(sockets)

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        """Let everybody go, and stop."""
        self.hub.stop()
        await self.hub.leave()
        await super().shutdown(sockets)
