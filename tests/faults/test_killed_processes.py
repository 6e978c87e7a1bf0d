"""Processes of the site are killed in the middle of the work, and started again."""

from __future__ import annotations

import json
import os
import re
import signal
from contextlib import closing

import pytest

from tests.documents.receiving import Receiver
from tests.faults.listening import Hook, hearing, let_leases_of_deliveries_run_out
from tests.faults.load import working
from tests.faults.mirror import Mirror, require_whole
from tests.faults.people import TEXT, Desk, Person
from tests.faults.supervised_site import SupervisedSite
from tests.running_site import wait_for

pytestmark = pytest.mark.xdist_group("faults")
ROWS = 3000
LONG = (TEXT * 1500).encode()


def kill_the_process_that_answers(site: SupervisedSite) -> None:
    """Kill the worker of gunicorn, whose master starts another."""
    log = (site.var / "log" / "web.log").read_text()
    os.kill(int(re.findall(r"Booting worker with pid: (\d+)", log)[-1]), signal.SIGKILL)


def test_web_processes_that_are_killed_lose_nothing(
    site: SupervisedSite, receiver: Receiver
) -> None:
    site.run()
    with closing(Desk(site, annotators=3, curators=1)) as desk, hearing(desk) as hearer:
        mirror, hook = Mirror(desk), Hook(desk, receiver)
        with working(desk, 6, mirror) as load:
            load.wait_for_writes()
            kill_the_process_that_answers(site)
            load.wait_for_writes()
            site.kill("web")
            load.wait_for_refusals()
            site.run("web")
            load.wait_for_writes()
            site.kill("live")
            site.run("live")
            load.wait_for_writes()
        require_whole(desk, mirror)
        hearer.require(mirror.events)
        hook.require(mirror.events)


def test_workers_that_are_killed_lose_nothing(site: SupervisedSite, receiver: Receiver) -> None:
    site.run()
    with closing(Desk(site, annotators=3, curators=1)) as desk:
        mirror, hook = Mirror(desk), Hook(desk, receiver, "annotation", "relation")
        with working(desk, 3, mirror) as load:
            load.wait_for_writes(1)
            documents = [desk.upload(desk.manager, f"{n}.txt", LONG) for n in range(3)]
            job = begin_to_import(desk)
            wait_for(lambda: is_amid(desk.manager, job))
            site.kill("worker")
            documents += [desk.upload(desk.manager, f"{n}.txt", b"Ada.") for n in range(3)]
            load.wait_for_writes()
            let_leases_of_deliveries_run_out(site)
            site.run("worker")
        wait_for(lambda: all(desk.is_ready(one) for one in documents))
        ended = wait_for(lambda: ended_job(desk.manager, job))
        assert (ended["state"], ended["done"]) == ("succeeded", ROWS)
        require_whole(desk, mirror)
        require_imported(mirror)
        hook.require(mirror.events)


def begin_to_import(desk: Desk) -> str:
    """Begin to import many documents and return the job's id."""
    rows = ({"id": f"n-{number}", "text": f"Letter {number}."} for number in range(ROWS))
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    answer = desk.manager.post(f"{desk.path}/imports", files={"file": ("a.jsonl", content)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def is_amid(person: Person, job: str) -> bool:
    """Tell whether some of the job is done and some is not."""
    shown = person.get(f"/jobs/{job}")
    assert shown["state"] in {"pending", "running"}, "it was over before it could be killed"
    return bool(shown["done"])


def ended_job(person: Person, job: str) -> dict[str, object] | None:
    shown: dict[str, object] = person.get(f"/jobs/{job}")
    return shown if shown["state"] not in {"pending", "running"} else None


def require_imported(mirror: Mirror) -> None:
    """Require each row of the import to be one document, made once."""
    names = [
        event["after"]["external_id"]
        for event in mirror.events
        if event["action"] == "document.created" and event["after"]["external_id"]
    ]
    assert len(names) == ROWS
    assert set(names) == {f"n-{number}" for number in range(ROWS)}
