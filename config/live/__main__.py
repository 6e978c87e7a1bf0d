"""Runs the live process: `python -m config.live --bind HOST:PORT`."""

import argparse
import os
import resource
import signal
import socket
import sys

import django

BACKLOG = 2048
UNANSWERED_MS = 30_000  # after which a client that takes nothing is given up by the kernel
SEND_BUFFER = 65_536  # bytes kept for a slow client


def main(bind: str) -> None:
    """Serve until asked to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from config.checks import require_safe_settings  # after Django has read its settings
    from config.live.server import LiveServer

    require_safe_settings()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for number in (signal.SIGTERM, signal.SIGINT):  # sent again by the server once it has stopped
        signal.signal(number, lambda *_: sys.exit(0))
    LiveServer().run(sockets=[listener(bind)])


def listener(bind: str) -> socket.socket:
    """Return the socket to serve on; the connections that it accepts take over its options."""
    host, _, port = bind.rpartition(":")
    made = socket.create_server((host, int(port)), backlog=BACKLOG)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED_MS)
    return made


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bind", default="127.0.0.1:8001", metavar="HOST:PORT")
    main(parser.parse_args().bind)
