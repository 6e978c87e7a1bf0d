"""What these runs stand on: sites of several processes, one story told to each, and its proof."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString
from uuid import uuid4

import httpx
import psycopg

from benchmarks import corpus
from benchmarks.client import Client
from benchmarks.load import Request, drive
from benchmarks.site import HOST, Site, free_port, process, wait_until_it_answers
from config.launcher.site import BEAT, WEB, WORKER

RESULTS = Path(__file__).parent.parent / "results"
IMPORTED = 5_000
SECONDS = 5


@contextmanager
def database() -> Iterator[str]:
    """Yield the address of an empty database on the server of DATABASE_URL; drop it afterwards."""
    server, name = os.environ["DATABASE_URL"], f"postil_beyond_{uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield server.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def site(
    direct: str, environment: Mapping[str, str], *, webs: int = 1, workers: int = 1
) -> Iterator[Site]:
    """Run web servers of one process each and workers; `direct` is where the database itself is."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postil-beyond-")))
        settings = {
            **os.environ,
            "SECRET_KEY": uuid4().hex * 2,
            "ALLOWED_HOSTS": HOST,
            "HTTPS": "false",
            "DATABASE_URL": direct,
            "VAR_DIR": str(folder),
            "RATE_LIMIT_DEFAULT": "100000000/m",
            **environment,
        }
        ports = [free_port() for _ in range(webs)]
        running = Site(f"http://{HOST}:{ports[0]}", f"http://{HOST}:{ports[-1]}", direct, settings)
        for command in (("migrate", "-v0"), ("collectstatic", "-v0", "--noinput")):
            subprocess.run([sys.executable, "manage.py", *command], env=settings, check=True)
        for number in range(workers):
            name = ("--hostname", f"worker{number}@{HOST}", "--concurrency", "1")
            stack.enter_context(process(running, f"worker{number}", *WORKER, *name))
        stack.enter_context(process(running, "beat", *BEAT, "--schedule", str(folder / "schedule")))
        for number, port in enumerate(ports):
            bind = ("--bind", f"{HOST}:{port}")
            stack.enter_context(process(running, f"web{number}", *WEB, *bind))
        for port in ports:
            wait_until_it_answers(port, "/readyz")
        yield running


def story(running: Site) -> dict[str, Any]:
    """Import, annotate, list, search and export over HTTP; return what that came to."""
    client = Client(running.address)
    project, labels = client.project(corpus.LABELS)
    begun = time.perf_counter()
    body = b"".join(corpus.lines(IMPORTED, with_spans=True))
    job = client.post(f"projects/{project}/imports", file=("corpus.jsonl", body))
    counts = client.ended(job)["counts"]
    told: dict[str, Any] = {"seconds to import": round(time.perf_counter() - begun, 2)}
    assert counts["created"] == IMPORTED, counts
    while client.get(f"projects/{project}/documents", search=corpus.RARE)["results"] == []:
        time.sleep(0.05)
    listed = client.get(f"projects/{project}/documents", limit=500)["results"]
    span = json.dumps({"label": labels["person"], **_first_word(client, listed[0]["id"])})
    token, page = client.token, f"/api/v1/projects/{project}/documents?limit=50"
    loads = {
        "spans/s": Request("POST", f"/api/v1/documents/{listed[0]['id']}/annotations", span),
        "pages of 50/s": Request("GET", page),
        "documents/s": Request("GET", f"/api/v1/documents/{listed[0]['id']}"),
        "searches/s": Request("GET", f"{page}&highlight=true&search={corpus.COMMON}"),
    }
    for name, request in loads.items():
        told[name] = round(drive(running.address, [request], token, SECONDS).per_second, 1)
    told["bytes exported"] = client.size_of(f"projects/{project}/export")
    return told | twice(running.database)


def process_documents(
    running: Site, count: int, meanwhile: Callable[[], None] | None = None
) -> None:
    """Upload files by both web servers at once and wait until each is read, once; then say so.

    `meanwhile` is called when a third is done, to break something.
    """
    client = Client(running.address)
    project, _ = client.project(())
    texts = [(f"{one.id}.txt", one.text.encode()) for one in corpus.texts(count)]
    addresses = (running.address, running.floor)

    def upload(numbered: tuple[int, tuple[str, bytes]]) -> None:
        number, file = numbered
        url = f"{addresses[number % 2]}/api/v1/projects/{project}/documents"
        headers = {"Authorization": f"Bearer {client.token}"}
        httpx.post(url, headers=headers, files={"file": file}, timeout=60).raise_for_status()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(upload, enumerate(texts)))
    path, query = f"projects/{project}/documents", {"status": "ready", "count": "true", "limit": 1}
    while (done := client.get(path, **query)["count"]) < count:
        if meanwhile and done > count // 3:
            meanwhile()
            meanwhile = None
        time.sleep(0.1)
    if meanwhile:
        raise SystemExit("All was done before anything could be broken.")
    twice(running.database)


def _first_word(client: Client, document: str) -> dict[str, Any]:
    text = client.get(f"documents/{document}", expand="text")["text"]
    word = str(text).split()[0]
    return {"start": 0, "end": len(word), "quote": word}


def twice(database_url: str) -> dict[str, int]:
    """Return how much was done more than once: made, made ready, or told of; exits if any was."""
    asked: dict[str, LiteralString] = {
        "documents made ready twice": "SELECT count(*) FROM (SELECT target_id FROM users_event"
        " WHERE action = 'document.ready' GROUP BY 1 HAVING count(*) > 1) AS one",
        "documents with two texts": "SELECT count(*) FROM (SELECT document_id FROM"
        " documents_revision GROUP BY 1 HAVING count(*) > 1) AS one",
        "documents not ready": "SELECT count(*) FROM documents_document WHERE status <> 'ready'",
    }
    with psycopg.connect(database_url) as connection:
        found = {name: _number(connection, query) for name, query in asked.items()}
    if any(found.values()):
        raise SystemExit(f"Not everything was done exactly once: {found}")
    return found


def _number(connection: psycopg.Connection[Any], query: LiteralString) -> int:
    row = connection.execute(query).fetchone()
    assert row
    return int(row[0])


def keep(name: str, facts: dict[str, Any]) -> None:
    """Write what a run found, with the machine and the time, and print it."""
    about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": platform.platform()}
    about |= {"cores": str(os.cpu_count()), "python": platform.python_version()}
    text = json.dumps({**about, **facts}, indent=2) + "\n"
    (RESULTS / f"beyond_{name}.json").write_text(text)
    print(text)
