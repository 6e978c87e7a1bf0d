"""With LOG_FORMAT=json every process writes lines of JSON, with all ids and without names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.running_site import RunningSite, wait_for

pytestmark = pytest.mark.xdist_group("seen")
TRACE = "7bf92f3577b34da6a3ce929d0e0e4736"


def lines(site: RunningSite, part: str) -> Iterator[dict[str, Any]]:
    """Yield what a part has logged; a line that is being written is left out."""
    for line in (site.var / "log" / f"{part}.log").read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            assert line.startswith("{"), line
            yield json.loads(line)


def test_a_request_and_its_task_have_lines_with_all_ids(
    site: RunningSite, client: httpx.Client, project: str
) -> None:
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-ID": "call-77"}
    files = {"file": ("Ada.txt", b"Ada lives in Turin.")}
    answer = client.post(f"/projects/{project}/documents?", files=files, headers=headers)
    me, document = client.get("/users/me").json()["id"], answer.json()["id"]

    def of_request(part: str) -> dict[str, Any] | None:
        found = [line for line in lines(site, part) if line.get("request_id") == "call-77"]
        return found[0] if found else None

    line = wait_for(lambda: of_request("web"))
    assert line.pop("time").endswith("+00:00")
    assert isinstance(line.pop("ms"), int)
    assert isinstance(line.pop("bytes"), int)
    assert line == {
        "level": "INFO",
        "logger": "gunicorn.access",
        "address": "127.0.0.1",
        "method": "POST",
        "path": f"/api/v1/projects/{project}/documents",
        "status": "202",
        "request_id": "call-77",
        "user_id": me,
        "trace_id": TRACE,
    }
    line = wait_for(lambda: of_request("worker"))
    assert line["message"].startswith("documents.process_document took ")
    assert (line["trace_id"], line["document_id"]) == (TRACE, document)
    assert (line["level"], line["logger"]) == ("INFO", "config.celery")
    assert len(line["span_id"]) == 16


def test_every_line_of_every_process_is_json_and_names_nobody(
    site: RunningSite, client: httpx.Client
) -> None:
    email = client.get("/users/me").json()["email"]
    httpx.get(f"{site.address}/account/verify/clandestine-clandestine?next=clandestine")
    wait_for(lambda: any(line.get("path") == "/account/verify/…" for line in lines(site, "web")))
    for part in ("web", "worker", "beat", "live"):
        told = list(lines(site, part))
        assert all({"time", "level", "logger"} <= set(line) for line in told)
        text = json.dumps(told)
        assert email not in text
        assert "clandestine" not in text
