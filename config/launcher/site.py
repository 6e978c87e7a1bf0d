"""A Postil on this machine: where it lives, what its processes are told and what they run."""

import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from config.launcher.child import POLITELY, Child, StartError, Stops

CHECKOUT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
ROOM = 200_000_000  # bytes, for a new database, the demo and some work
PORTS = range(1, 65536)
LOOPBACK = {"ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]", "HTTPS": "false"}
MANAGE: Sequence[str] = ("manage.py",)
LIVE: Sequence[str] = ("config.live",)
WEB: Sequence[str] = ("gunicorn", "--config", "config/gunicorn.py")
CELERY: Sequence[str] = ("celery", "-A", "config", "--quiet")
WORKER: Sequence[str] = (*CELERY, "worker", "--without-gossip", "--without-mingle")
BEAT: Sequence[str] = (*CELERY, "beat", "--pidfile=")
# Who answers a request ends it; a worker ends its task, or gives it back after the time that a task
# may take: the sweep takes it up again. compose.yaml gives as much.
WEB_STOPS: Stops = ((signal.SIGTERM, 40.0),)
WORKER_STOPS: Stops = ((signal.SIGTERM, 80.0), (signal.SIGQUIT, 5.0))


class Part(NamedTuple):
    """One process of the site and the command that it runs."""

    process: Child
    command: list[str]


class Site(NamedTuple):
    """Where a Postil keeps its data, where it listens, and the environment of its processes."""

    var: Path
    port: int
    live_port: int
    environment: Mapping[str, str]

    @property
    def address(self) -> str:
        """Where people find it."""
        return self.environment["SITE_URL"]

    @property
    def logs(self) -> Path:
        """The folder of the logs, a file for each process."""
        return self.var / "log"

    def parts(self) -> list[Part]:
        """Return the processes in the order in which they start; they stop in its reverse."""
        number = self.environment.get("WORKER_CONCURRENCY", "2")
        schedule = str(self.var / "beat" / "schedule")
        return [
            self._part("worker", WORKER_STOPS, *WORKER, "--concurrency", number),
            self._part("beat", POLITELY, *BEAT, "--schedule", schedule),
            self._part("live", POLITELY, *LIVE, "--bind", f"{HOST}:{self.live_port}"),
            self._part("web", WEB_STOPS, *WEB, "--bind", f"{HOST}:{self.port}"),
        ]

    def _part(self, name: str, stops: Stops, *module: str) -> Part:
        return Part(Child(name, self.logs, stops), [sys.executable, "-m", *module])


def manage(arguments: Sequence[str]) -> list[str]:
    """Return the command that runs one of Django's."""
    return [sys.executable, *MANAGE, *arguments]


def read_site(given: Mapping[str, str]) -> Site:
    """Return the site that an environment asks for; raise StartError for an impossible port."""
    port = _port("PORT", given.get("PORT") or "8000")
    beside = port + 1 if port + 1 in PORTS else port - 1
    live_port = _port("LIVE_PORT", given.get("LIVE_PORT") or str(beside))
    var = Path(given.get("VAR_DIR") or CHECKOUT / "var").absolute()
    known = {name: value for name, value in given.items() if value}
    address = {"SITE_URL": f"http://{HOST}:{port}", "LIVE_URL": f"http://{HOST}:{live_port}"}
    local = {} if "ALLOWED_HOSTS" in known else LOOPBACK
    return Site(var, port, live_port, address | local | known | {"VAR_DIR": str(var)})


def _port(name: str, given: str) -> int:
    if not given.isdecimal() or int(given) not in PORTS:
        raise StartError(f"{name} is {given!r}: set it to a number from 1 to 65535.")
    return int(given)


def require_free_port(port: int, name: str = "PORT") -> None:
    """Raise StartError when this machine does not let us listen on a port."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        raise StartError(
            f"Port {port} cannot be used ({os.strerror(error.errno or 0)}): "
            f"choose another with {name}=…"
        ) from None


def require_room(var: Path) -> None:
    """Raise StartError when the disk of a folder is all but full."""
    free = shutil.disk_usage(var).free
    if free < ROOM:
        raise StartError(
            f"The disk of {var} has {free // 10**6} MB left and {ROOM // 10**6} MB are needed: "
            "make room, or choose another folder with VAR_DIR=…"
        )


def kept_secret(var: Path) -> str:
    """Return the random secret of a folder, made on first use and readable by its owner only."""
    file = var / "secret_key"
    if not file.exists():
        fresh = file.with_suffix(".new")  # gets its name when whole
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64))
        fresh.rename(file)
    return file.read_text()


def has_collected_static_files(var: Path) -> bool:
    """Tell whether the collected files are newer than all that they are collected from."""
    folder = var / "static"
    made = [path for path in CHECKOUT.glob("*/static/**/*") if folder not in path.parents]
    manifest = folder / "staticfiles.json"
    return manifest.exists() and all(
        source.stat().st_mtime < manifest.stat().st_mtime
        for source in (CHECKOUT / "requirements.txt", *made)
    )
