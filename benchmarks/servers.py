"""Which web server to run: the same site under each, driven by wrk.

`python -m benchmarks.servers` starts PostgreSQL and Redis as `benchmarks.site` does. Each figure
stands beside its floor, the same server answering /healthz, which asks nobody. Results go to
`results/servers.json`.
"""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Any

from benchmarks import corpus
from benchmarks.client import Client
from benchmarks.load import CLIENTS, Request, drive
from benchmarks.memory import pss_mb
from benchmarks.site import HOST, free_port, process, running_site, wait_until_it_answers
from config.launcher.site import WEB

RESULTS = Path(__file__).parent / "results" / "servers.json"
DOCUMENTS = 200
TEXT = "Ada Lovelace lives in Turin and writes letters to Zoë. " * 25


def servers(port: int) -> dict[str, tuple[str, ...]]:
    """Return the command of each server, for one process."""
    gunicorn = (*WEB, "--bind", f"{HOST}:{port}", "--workers", "1")
    return {
        **{f"gunicorn, {n} threads": (*gunicorn, "--threads", str(n)) for n in (4, 8, 16)},
        "granian, WSGI, 8 threads": (
            *("granian", "config.wsgi:application", "--interface", "wsgi", "--host", HOST),
            *("--port", str(port), "--workers", "1", "--blocking-threads", "8"),
        ),
        "uvicorn, ASGI": (
            *("uvicorn", "config.asgi:application", "--host", HOST, "--port", str(port)),
            *("--log-level", "warning"),
        ),
    }


def loads(client: Client) -> dict[str, Request]:
    """Fill in documents and return the requests that use them."""
    project, labels = client.project(corpus.LABELS)
    documents = [
        client.post(f"projects/{project}/documents", {"text": TEXT})["id"] for _ in range(DOCUMENTS)
    ]
    span = {"label": labels["person"], "start": 0, "end": 12, "quote": "Ada Lovelace"}
    annotations = f"/api/v1/documents/{documents[0]}/annotations"
    return {
        "/healthz (floor)": Request("GET", "/healthz"),
        "one document": Request("GET", f"/api/v1/documents/{documents[7]}"),
        "page of 50": Request("GET", f"/api/v1/projects/{project}/documents"),
        "create a span": Request("POST", annotations, json.dumps(span)),
    }


def main() -> None:
    """Measure every server, print a line for each and write the results."""
    rows: dict[str, Any] = {}
    with running_site() as site:
        client, port = Client(site.address), free_port()
        asked = loads(client)
        for name, command in servers(port).items():
            with process(site, name, *command):
                wait_until_it_answers(port, "/healthz")
                rows[name] = {
                    load: drive(f"http://{HOST}:{port}", [request], client.token)._asdict()
                    for load, request in asked.items()
                }
                rows[name]["memory_mb"] = pss_mb(site.processes[name].pid)
            print(_line(name, rows[name], asked), flush=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "clients": CLIENTS}
    RESULTS.write_text(json.dumps({"machine": machine, "servers": rows}, indent=2) + "\n")


def _line(name: str, row: dict[str, Any], asked: dict[str, Request]) -> str:
    figures = [
        f"{load}: {row[load]['per_second']:.0f}/s, p99 {row[load]['p99_ms']:.0f} ms"
        for load in asked
    ]
    return f"{name}: {'; '.join(figures)}; {row['memory_mb']:.0f} MB"


if __name__ == "__main__":
    main()
