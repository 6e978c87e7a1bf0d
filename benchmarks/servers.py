"""Which web server to run: the same site under each, driven by several client processes.

`make bench` runs it on a PostgreSQL of its own. Each figure stands beside its floor, the same
server answering /healthz, which asks nobody. Results go to `results/servers.json`.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import uuid4

PORT = 8765
HOST = f"127.0.0.1:{PORT}"
CLIENTS = 8
SECONDS = 8.0
WARM_UP = 2.0
RESULTS = Path(__file__).parent / "results" / "servers.json"
THREADS = 8

_GUNICORN = ("gunicorn", "config.wsgi:application", "--bind", HOST, "--workers", "1")
SERVERS: dict[str, tuple[str, ...]] = {
    **{f"gunicorn, {n} threads": (*_GUNICORN, "--threads", str(n)) for n in (4, THREADS, 16)},
    "granian, WSGI, 8 threads": (
        *("granian", "config.wsgi:application", "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(PORT), "--workers", "1", "--blocking-threads", str(THREADS)),
    ),
    "uvicorn, ASGI": (
        *("uvicorn", "config.asgi:application", "--host", "127.0.0.1", "--port", str(PORT)),
        *("--log-level", "warning"),
    ),
}


@dataclass(frozen=True)
class Load:
    """What one kind of request is: a method, a path and maybe a JSON body."""

    method: str
    path: str
    token: str = ""
    body: str = ""
    expected: int = 200


@dataclass(frozen=True)
class Figure:
    """What one load came to."""

    per_second: float
    median_ms: float
    p99_ms: float


def drive(load: Load, seconds: float) -> list[float]:
    """Send one request after the other over one connection; return each one's seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    headers = {"Authorization": f"Bearer {load.token}", "Content-Type": "application/json"}
    times, end = [], time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        connection.request(load.method, load.path, load.body or None, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status != load.expected:
            raise SystemExit(f"{load.method} {load.path}: {response.status} {answer[:300]!r}")
        times.append(time.perf_counter() - begun)
    connection.close()
    return times


def measure(load: Load) -> Figure:
    """Drive a load from several processes."""
    with ProcessPoolExecutor(CLIENTS) as pool:
        list(pool.map(partial(drive, load), [WARM_UP] * CLIENTS))
        times = [t for many in pool.map(partial(drive, load), [SECONDS] * CLIENTS) for t in many]
    percentiles = quantiles(times, n=100)
    return Figure(len(times) / SECONDS, percentiles[49] * 1000, percentiles[98] * 1000)


@contextmanager
def serving(command: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until it answers, and stop it afterwards."""
    process = subprocess.Popen([sys.executable, "-m", *command], stderr=subprocess.DEVNULL)
    try:
        _wait_until_it_answers()
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_it_answers() -> None:
    for _ in range(200):
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise SystemExit("The server did not answer.")


def memory_mb(pid: int) -> float:
    """Return the proportional set size of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    own = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return own / 1024 + sum(memory_mb(int(child)) for child in children)


def prepare() -> dict[str, Callable[[], Load]]:
    """Migrate, fill in 200 documents and return the loads that use them."""
    import django  # after the environment is set

    django.setup()
    from django.core.management import call_command

    from documents.services.documents import create_document
    from documents.services.projects import create_project
    from users.services.accounts import create_user
    from users.services.sign_ins import open_session

    call_command("migrate", verbosity=0)
    user = create_user(actor=None, email=f"{uuid4().hex}@example.org", password=None)
    project = create_project(owner=user, name="Benchmark")
    text = "Ada Lovelace lives in Turin and writes letters to Zoë. " * 25
    documents = [create_document(actor=user, project=project, text=text) for _ in range(200)]
    label = _label(user, project)
    token = open_session(user=user, user_agent="benchmark").access
    span = json.dumps({"label": label, "start": 0, "end": 12, "quote": "Ada Lovelace"})
    annotations = f"/api/v1/documents/{documents[0].pk}/annotations"
    return {
        "/healthz (floor)": lambda: Load("GET", "/healthz"),
        "one document": lambda: Load("GET", f"/api/v1/documents/{documents[7].pk}", token),
        "page of 50": lambda: Load("GET", f"/api/v1/projects/{project.pk}/documents", token),
        "create a span": lambda: Load("POST", annotations, token, span, 201),
    }


def _label(user: Any, project: Any) -> str:
    from annotations.services.labels import create_label

    return str(create_label(actor=user, project=project, kind="span", name="person").pk)


def main() -> None:
    """Measure every server, print a table and write the results."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    loads = prepare()
    rows: dict[str, Any] = {}
    for name, command in SERVERS.items():
        with serving(command) as process:
            rows[name] = {load: vars(measure(make())) for load, make in loads.items()}
            rows[name]["memory_mb"] = memory_mb(process.pid)
        print(_line(name, rows[name], loads))
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "clients": CLIENTS}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine, "servers": rows}, indent=2) + "\n")


def _line(name: str, row: dict[str, Any], loads: dict[str, Any]) -> str:
    figures = [
        f"{load}: {row[load]['per_second']:.0f}/s, p99 {row[load]['p99_ms']:.0f} ms"
        for load in loads
    ]
    return f"{name}: {'; '.join(figures)}; {row['memory_mb']:.0f} MB"


if __name__ == "__main__":
    main()
