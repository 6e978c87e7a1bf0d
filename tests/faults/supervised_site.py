"""A site whose every process a test kills and starts again, as a supervisor such as compose would.

`make up` stops all when one part dies; who runs a site for others has each part started again.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from config import embedded
from config.launcher.child import Child, is_locked
from config.launcher.site import Part, kept_secret, manage, read_site
from tests.running_site import RunningSite, wait_for

REDIS = shutil.which("redis-server")
PARTS = ("worker", "beat", "live", "web")
# What is lost is looked for after a lease.
SETTINGS = {
    "PROCESSING_LEASE_SECONDS": "10",
    "JOB_TURN_SECONDS": "1",
    "RATE_LIMIT_DEFAULT": "1000000/m",
    "RATE_LIMIT_CREDENTIALS_BY_ADDRESS": "1000/m",
}


class SupervisedSite(RunningSite):
    """Web, live, worker, beat and a PostgreSQL of its own, each killed and started alone."""

    server: embedded.Server

    def __init__(self, var: Path, environment: dict[str, str]) -> None:
        super().__init__(var, environment)
        self._parts: dict[str, Part] = {}
        self._runs_with: dict[str, dict[str, str]] = {}
        self._postgres = var / "postgres"

    def start(self) -> None:
        """Bring the database up to date; its server runs."""
        self.environment |= {"DATABASE_URL": self.server.url, "SECRET_KEY": kept_secret(self.var)}
        site = read_site(self.environment)
        self.environment |= site.environment
        self._parts = {part.process.name: part for part in site.parts()}
        (self.var / "beat").mkdir()
        (self.var / "static").mkdir()  # WhiteNoise warns without it
        command = manage(["migrate", "--noinput"])
        Child("migrate", site.logs).run(command, self.environment)

    def run(self, *names: str, **settings: str) -> None:
        """Have these parts (all, unless named) run with such settings, and wait until it is so."""
        environment = self.environment | settings
        for name in names or PARTS:
            part = self._parts[name]
            if not is_locked(self._lock(name)) or self._runs_with[name] != environment:
                part.process.start(part.command, environment)
                self._runs_with[name] = environment
        wait_for(self._is_ready, seconds=120)

    def stop(self) -> int:
        """Stop all parts."""
        for part in reversed(self._parts.values()):
            part.process.stop()
        return 0

    def kill(self, part: str) -> None:
        """Kill every process of a part, and wait until none is left."""
        super().kill(part)
        wait_for(lambda: not is_locked(self._lock(part)))

    def stop_database_at_once(self) -> None:
        """Stop PostgreSQL as `pg_ctl stop -m immediate` does: it has to recover at its start."""
        lock = self._postgres / "postgres.pid"
        os.kill(int(lock.read_text()), signal.SIGQUIT)
        wait_for(lambda: self.server.process.ended and not is_locked(lock))

    def start_database(self) -> None:
        """Start PostgreSQL on its data and its socket, and wait until it answers."""
        data, folder = self._postgres / "data", (self._postgres / "socket").readlink()
        (data / "postmaster.pid").unlink(missing_ok=True)
        command = embedded._serve(data, str(folder), durable=True)
        self.server.process.start(command, embedded._environment())
        wait_for(lambda: embedded._answers(self.server.url))

    def told(self) -> str:
        """Return the end of what each part has logged since it was started."""
        logs = sorted((self.var / "log").glob("*.log"))
        return "\n".join(f"== {log.name}\n{log.read_text()[-3000:]}" for log in logs)

    def _lock(self, name: str) -> Path:
        return self.var / "log" / f"{name}.pid"

    def _is_ready(self) -> bool:
        ended = [name for name, part in self._parts.items() if part.process.ended]
        assert not ended, self.told()
        try:
            return httpx.get(f"{self.address}/readyz", timeout=30).status_code == 200
        except httpx.TransportError:
            return False


class RedisServer:
    """A Redis of the test's own, which keeps nothing over a restart."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        self._command = [str(REDIS), *place, "--save", "", "--appendonly", "no"]

    def start(self) -> None:
        """Start it, empty."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        wait_for(self._answers)

    def kill(self) -> None:
        """Kill it with all that it holds."""
        self._process.kill()
        self._process.wait(30)

    def _answers(self) -> bool:
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def supervised_site(folder: Path, **settings: str) -> Iterator[SupervisedSite]:
    """Make a site on data of its own; its database runs, its other parts do not yet."""
    kept = {"PATH", "HOME", "LANG", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"}
    environment = {name: value for name, value in os.environ.items() if name in kept}
    environment |= {"PORT": str(free_port()), "LIVE_PORT": str(free_port())}
    environment |= {"VAR_DIR": str(folder / "var")} | SETTINGS | settings
    (folder / "var").mkdir()
    site = SupervisedSite(folder / "var", environment)
    with ExitStack() as running:
        site.server = running.enter_context(
            embedded.postgres(folder / "var" / "postgres", durable=True)
        )
        running.callback(site.stop)
        site.start()
        yield site


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """Run a Redis for a while."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
