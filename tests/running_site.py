"""A whole site for end-to-end tests: the launcher with its web, worker and beat processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from tests.environment import SERVED_DATABASE_URL, SERVED_REDIS_URL, redis_of_this_worker

CHECKOUT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery"


class RunningSite:
    """A started site; its data stay in its folder over stops and starts."""

    def __init__(self, var: Path, environment: dict[str, str]) -> None:
        self.var = var
        self.environment = environment
        self.address = f"http://127.0.0.1:{environment['PORT']}"
        self.api = f"{self.address}/api/v1"

    def start(self) -> None:
        """Start it and wait until it says that it runs."""
        command = [sys.executable, "-m", "config.launcher", "up"]
        with (self.var.parent / "up.log").open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=CHECKOUT, env=self.environment, stdout=output, stderr=output
            )
        wait_for(self._is_ready, seconds=120)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.told()
        try:
            return httpx.get(f"{self.address}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """Stop it as Ctrl-C does; return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def told(self) -> str:
        """Return what the launcher has printed."""
        return (self.var.parent / "up.log").read_text()

    def client(self) -> httpx.Client:
        """Return a client of a new account."""
        account = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD}
        made = httpx.post(f"{self.api}/auth/register", json=account)
        assert made.status_code == 201, made.text
        return self.client_of(account["email"], PASSWORD)

    def client_of(self, email: str, password: str) -> httpx.Client:
        """Return a client of an account."""
        credentials = {"email": email, "password": password}
        tokens = httpx.post(f"{self.api}/auth/token", json=credentials).json()
        headers = {"Authorization": f"Bearer {tokens['access']}"}
        return httpx.Client(base_url=self.api, timeout=30, headers=headers)

    def kill(self, part: str) -> None:
        """Kill every process of a part, as a machine that loses power does."""
        pid = int((self.var / "log" / f"{part}.pid").read_text().split()[0])
        os.killpg(pid, signal.SIGKILL)

    def kill_children(self, part: str) -> None:
        """Kill what the first process of a part has started, as a kernel short of memory does."""
        parent = (self.var / "log" / f"{part}.pid").read_text().split()[0]
        listed = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid="], text=True)
        pairs = [line.split() for line in listed.splitlines()]
        children = [int(pid) for pid, parent_of_it in pairs if parent_of_it == parent]
        assert children
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def wait_for(condition: Callable[[], Any], *, seconds: float = 60) -> Any:
    """Return the condition's first true value; fail after a time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    message = f"nothing came within {seconds} s"
    raise AssertionError(message)


@contextmanager
def running_site(folder: Path, **settings: str) -> Iterator[RunningSite]:
    """Run a site on data of its own: an embedded PostgreSQL, or a database of the served one.

    `settings` are variables of its environment.
    """
    with _database() as database:
        kept = {"PATH", "HOME", "LANG", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"}
        environment = {name: value for name, value in os.environ.items() if name in kept}
        environment |= {"LIVE_PORT": str(_free_port())}
        environment |= {"PORT": str(_free_port()), "VAR_DIR": str(folder / "var")} | database
        environment["PROCESSING_LEASE_SECONDS"] = "15"  # above the 12 s that a parser may take
        environment |= settings
        (folder / "var").mkdir()
        site = RunningSite(folder / "var", environment)
        site.start()
        try:
            yield site
        finally:
            if site.process.poll() is None:
                site.stop()


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    if not SERVED_DATABASE_URL:
        yield {}
        return
    name = f"postil_site_{uuid4().hex[:12]}"
    with psycopg.connect(SERVED_DATABASE_URL, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        # A queue of its own: the worker of another site would take this one's tasks.
        redis = {"REDIS_URL": redis_of_this_worker(5)} if SERVED_REDIS_URL else {}
        try:
            yield {"DATABASE_URL": SERVED_DATABASE_URL.rpartition("/")[0] + f"/{name}"} | redis
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
