"""What the live stream costs: 1,000 listeners of 10 projects, idle and told of events.

`python -m config.launcher.with_postgres python -m benchmarks.live` runs it on a PostgreSQL of its
own (with SECRET_KEY, ALLOWED_HOSTS and HTTPS=false set). Results go to `results/live.json`.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

from benchmarks.memory import pss_mb

HOST, PORT = "127.0.0.1", 8766
PROJECTS, CURATORS, STREAMS = 10, 5, 20  # 1,000 listeners: of each curator 20
IDLE_SECONDS = 60.0
TELLINGS = 30
NOTICES = 500
RESULTS = Path(__file__).parent / "results" / "live.json"
TICK = os.sysconf("SC_CLK_TCK")


class Listener:
    """One open stream, which notes when the last event came."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.came = asyncio.Event()

    async def listen(self) -> None:
        """Open the stream and read it to its end."""
        reader, writer = await asyncio.open_connection(HOST, PORT)
        path = self.url.partition(f":{PORT}")[2]
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise SystemExit(f"{status!r} {await reader.read(500)!r}")
        while line := await reader.readline():
            if line.startswith(b"data:"):
                self.came.set()


def prepare() -> list[tuple[Any, list[str]]]:
    """Migrate, and return each project with its listeners' addresses."""
    import django  # after the environment is set

    django.setup()
    from django.core.management import call_command

    from documents.services.projects import create_project

    call_command("migrate", verbosity=0)
    made = []
    for number in range(PROJECTS):
        owner = _person()
        project = create_project(owner=owner, name=f"Project {number}")
        made.append((project, [url for _ in range(CURATORS) for url in _addresses(project)]))
    return made


def _person() -> Any:
    from users.services.accounts import create_user

    return create_user(actor=None, email=f"{uuid4().hex}@example.org", password=None)


def _addresses(project: Any) -> list[str]:
    from documents.models import Membership, Role
    from documents.services.event_feed import Interest
    from documents.services.live_tickets import Ticket, address
    from users.models import LoginSession
    from users.services.sign_ins import open_session

    user = _person()
    Membership.objects.create(project=project, user=user, role=Role.CURATOR)
    open_session(user=user, user_agent="benchmark")
    session = LoginSession.objects.get(user=user)
    ticket = Ticket(project.pk, user.pk, None, session.pk, Interest())
    return [address(ticket, "") for _ in range(STREAMS)]


def cpu_seconds(pid: int) -> float:
    """Return how much a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def tell(project: Any) -> None:
    """Have something happen."""
    from documents.services.documents import create_document

    create_document(actor=_person(), project=project, text="Ada Lovelace lives in Turin.")


async def measure(pid: int, projects: list[tuple[Any, list[str]]]) -> dict[str, float]:
    """Open all streams; return what they cost while nothing and while something happens."""
    before = pss_mb(pid)
    begun = time.perf_counter()
    listeners = [[Listener(url) for url in urls] for _, urls in projects]
    tasks = [asyncio.create_task(one.listen()) for many in listeners for one in many]
    await asyncio.sleep(10)
    for task in tasks:
        if task.done():
            task.result()
    opened, idle_from = pss_mb(pid), cpu_seconds(pid)
    await asyncio.sleep(IDLE_SECONDS)
    idle = cpu_seconds(pid) - idle_from
    delays = [await _delay(projects[0][0], listeners[0]) for _ in range(TELLINGS)]
    for task in tasks:
        task.cancel()
    return {
        "listeners": len(tasks),
        "seconds_in_all": time.perf_counter() - begun,
        "memory_mb_without": before,
        "memory_mb_with": opened,
        "kb_for_each": (opened - before) * 1024 / len(tasks),
        "idle_cpu_percent": 100 * idle / IDLE_SECONDS,
        "all_100_told_median_ms": median(delays) * 1000,
        "all_100_told_p90_ms": quantiles(delays, n=10)[-1] * 1000,
    }


async def _delay(project: Any, listeners: list[Listener]) -> float:
    """Return how long after a commit the last listener of a project had its event."""
    for one in listeners:
        one.came.clear()
    await asyncio.to_thread(tell, project)
    committed = time.perf_counter()
    await asyncio.gather(*(one.came.wait() for one in listeners))
    return time.perf_counter() - committed


def cost_of_telling(project: Any) -> dict[str, float]:
    """Return what a request pays for telling who listens, beside its floor: an empty query."""
    from django.db import connection

    from users.services.events import _News

    news, figures = _News(project.pk), {}
    with connection.cursor() as cursor:
        for name, do in (("floor", lambda: cursor.execute("SELECT 1")), ("notify", news)):
            times = []
            for _ in range(NOTICES):
                begun = time.perf_counter()
                do()
                times.append(time.perf_counter() - begun)
            figures[f"{name}_median_ms"] = median(times) * 1000
            figures[f"{name}_p99_ms"] = quantiles(times, n=100)[-1] * 1000
    return figures


def main() -> None:
    """Measure, print and write the results."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["LIVE_URL"] = f"http://{HOST}:{PORT}"
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    projects = prepare()
    command = [sys.executable, "-m", "config.live", "--bind", f"{HOST}:{PORT}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            time.sleep(5)
            figures = asyncio.run(measure(process.pid, projects))
        finally:
            process.terminate()
    figures |= cost_of_telling(projects[0][0])
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    RESULTS.write_text(json.dumps({"machine": machine, "live": figures}, indent=2) + "\n")
    print("\n".join(f"{name}: {figure:.2f}" for name, figure in figures.items()))


if __name__ == "__main__":
    main()
