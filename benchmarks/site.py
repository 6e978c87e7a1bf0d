"""The served site that benchmarks drive: PostgreSQL, Redis, two web processes and a worker.

It takes the servers of DATABASE_URL and REDIS_URL where they are set, in a database of its own that
is dropped afterwards; else it starts a PostgreSQL from its wheel and Debian's redis-server.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg

from config.embedded import postgres
from config.launcher.site import BEAT, WEB, WORKER

HOST = "127.0.0.1"
WEB_PROCESSES = 2
FLOOR_TABLE = "CREATE TABLE benchmark_floor (id bigserial PRIMARY KEY, body jsonb NOT NULL)"
FLOOR = ("gunicorn", "--config", "config/gunicorn.py", "benchmarks.floor.wsgi")


@dataclass
class Site:
    """A running site: its addresses, its database and its processes."""

    address: str
    floor: str
    database: str
    environment: Mapping[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    seconds_to_first_answer: float = 0.0


@contextmanager
def running_site() -> Iterator[Site]:
    """Yield a migrated, empty site that answers; stop it and remove what it kept afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postil-bench-")))
        database, redis = (
            stack.enter_context(_database(folder)),
            stack.enter_context(_redis(folder)),
        )
        web, floor = free_port(), free_port()
        environment = {**os.environ, **_settings(folder, database, redis)}
        site = Site(f"http://{HOST}:{web}", f"http://{HOST}:{floor}", database, environment)
        for command in (("migrate", "-v0"), ("collectstatic", "-v0", "--noinput")):
            subprocess.run([sys.executable, "manage.py", *command], env=environment, check=True)
        schedule = ("--schedule", str(folder / "schedule"))
        stack.enter_context(process(site, "worker", *WORKER, "--concurrency", "1"))
        stack.enter_context(process(site, "beat", *BEAT, *schedule))
        begun = time.perf_counter()
        stack.enter_context(process(site, "web", *WEB, "--bind", f"{HOST}:{web}"))
        wait_until_it_answers(web, "/healthz")
        site.seconds_to_first_answer = time.perf_counter() - begun
        stack.enter_context(floor_process(site, floor))
        wait_until_it_answers(web, "/readyz")
        yield site


@contextmanager
def process(site: Site, name: str, *module: str, **environment: str) -> Iterator[None]:
    """Run one process of the site; its log goes to standard error when it ends by itself."""
    with tempfile.TemporaryFile() as log:
        started = subprocess.Popen(
            [sys.executable, "-m", *module],
            env={**site.environment, **environment},
            stdout=log,
            stderr=log,
        )
        site.processes[name] = started
        try:
            yield
            if started.poll() is not None:
                log.seek(0)
                raise SystemExit(f"{name} ended:\n{log.read()[-3000:].decode(errors='replace')}")
        finally:
            started.terminate()
            started.wait(30)


@contextmanager
def floor_process(site: Site, port: int) -> Iterator[None]:
    """Serve the floor as the site is served."""
    with psycopg.connect(site.database) as connection:
        connection.execute(FLOOR_TABLE)
    named = {"DJANGO_SETTINGS_MODULE": "benchmarks.floor.settings"}
    with process(site, "floor", *FLOOR, "--bind", f"{HOST}:{port}", **named):
        wait_until_it_answers(port, "/empty")
        yield


def wait_until_it_answers(port: int, path: str, seconds: float = 60) -> None:
    """Ask every 20 ms until the answer is 200; exits when none comes."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        connection = http.client.HTTPConnection(HOST, port, timeout=10)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.02)
    raise SystemExit(f"{path} on port {port} did not answer with 200.")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


def _settings(folder: Path, database: str, redis: str) -> dict[str, str]:
    return {
        "SECRET_KEY": uuid4().hex * 2,
        "ALLOWED_HOSTS": HOST,
        "HTTPS": "false",
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "CELERY_BROKER_URL": redis,
        "VAR_DIR": str(folder),
        "WEB_PROCESSES": str(WEB_PROCESSES),
        "RATE_LIMIT_DEFAULT": "100000000/m",
        "RATE_LIMIT_CREDENTIALS_BY_ADDRESS": "100000000/m",
        "RATE_LIMIT_CREDENTIALS_BY_ACCOUNT": "100000000/m",
    }


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    """Yield the address of an empty database."""
    given = os.environ.get("DATABASE_URL")
    if not given:
        with postgres(folder / "postgres", durable=True) as server:
            yield server.url
        return
    name = f"postil_bench_{uuid4().hex[:8]}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield given.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """Yield the address of a Redis."""
    if given := os.environ.get("REDIS_URL"):
        yield given
        return
    if not shutil.which("redis-server"):
        raise SystemExit("Set REDIS_URL, or install redis-server.")
    port = free_port()
    command = [
        "redis-server",
        "--bind",
        HOST,
        "--port",
        str(port),
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield f"redis://{HOST}:{port}/0"
    finally:
        server.terminate()
        server.wait(10)
