"""A request and what it sets going are one trace, in which nobody is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import httpx
import pytest

from tests.documents.receiving import Receiver
from tests.faults.supervised_site import REDIS
from tests.running_site import RunningSite, wait_for
from tests.telemetry.collector import CLIENT, SERVER, Collector, Span

pytestmark = pytest.mark.xdist_group("seen")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
KNOWN = re.compile(
    r"celery\.(action|retries|state|task_name)|db\.(namespace|operation\.name|query\.text)"
    r"|db\.(statement|system(\.name)?)|error\.type|exception\.type|http\.route"
    r"|http\.(request\.method|response\.status_code)|messaging\.message\.id|server\.(address|port)"
    r"|postil\.\w+"
)


def under(trace: str, wanted: Callable[[list[Span]], bool], collector: Collector) -> list[Span]:
    """Return the spans of a trace once they are what is wanted."""

    def found() -> list[Span] | None:
        spans = [span for span in collector.spans() if span.trace == trace]
        return spans if wanted(spans) else None

    spans: list[Span] = wait_for(found)
    return spans


def named(name: str) -> Callable[[list[Span]], bool]:
    return lambda spans: any(span.name == name for span in spans)


def upload(client: httpx.Client, project: str, trace: str) -> str:
    """Upload a document as the part of a trace of the caller's."""
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "X-Request-ID": f"call-{trace}"}
    files = {"file": ("Ada.txt", b"Ada lives in Turin.")}
    answer = client.post(f"/projects/{project}/documents", files=files, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_an_upload_is_one_trace_from_the_web_to_the_worker(
    client: httpx.Client, project: str, traces: Collector
) -> None:
    document = upload(client, project, TRACE)
    spans = under(TRACE, named("run/documents.process_document"), traces)
    by_name = {span.name: span for span in spans}
    asked = by_name["POST api/v1/projects/<uuid:project_id>/documents"]
    assert (asked.kind, asked.role, asked.service) == (SERVER, "web", "postil")
    assert asked.attributes["http.response.status_code"] == "202"
    assert asked.attributes["postil.request_id"] == f"call-{TRACE}"
    sent = by_name["apply_async/documents.process_document"]
    run = by_name["run/documents.process_document"]
    assert (run.role, run.parent) == ("worker", sent.id)
    assert run.attributes["postil.document_id"] == document
    assert run.attributes["postil.request_id"] == f"call-{TRACE}"
    asked_of = {(span.role, span.system) for span in spans if span.kind == CLIENT}
    assert asked_of >= {("web", "postgresql"), ("worker", "postgresql")}
    if REDIS:
        assert ("web", "redis") in asked_of


def test_all_turns_of_a_job_are_of_the_trace_that_made_it(
    client: httpx.Client, project: str, traces: Collector
) -> None:
    trace = "5bf92f3577b34da6a3ce929d0e0e4736"
    rows = b"".join(json.dumps({"text": f"Letter {n}."}).encode() + b"\n" for n in range(2000))
    answer = client.post(
        f"/projects/{project}/imports",
        files={"file": ("a.jsonl", rows)},
        headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"},
    )
    job = answer.json()["id"]
    wait_for(lambda: client.get(f"/jobs/{job}").json()["state"] == "succeeded")

    def has_turns(spans: list[Span]) -> bool:
        return sum(span.name == "run/documents.run_job" for span in spans) > 1

    spans = under(trace, has_turns, traces)
    turns = [span for span in spans if span.name == "run/documents.run_job"]
    assert {span.attributes["postil.job_id"] for span in turns} == {job}


def test_a_webhook_is_told_of_the_trace(
    client: httpx.Client, project: str, traces: Collector, receiver: Receiver
) -> None:
    hook = {"url": f"{receiver.url}/traced"}
    assert client.post(f"/projects/{project}/webhooks", json=hook).status_code == 201
    upload(client, project, "8bf92f3577b34da6a3ce929d0e0e4736")
    message = wait_for(lambda: next(iter(receiver.messages), None))
    _, trace, parent, _ = message.headers["traceparent"].split("-")
    spans = under(trace, named("run/documents.deliver_webhooks"), traces)
    (asking,) = [span for span in spans if span.id == parent]
    assert (asking.name, asking.kind, asking.role) == ("POST", CLIENT, "worker")
    assert asking.attributes["server.address"] == receiver.place


def test_no_span_names_anybody_or_says_what_was_asked(
    site: RunningSite, client: httpx.Client, project: str, traces: Collector
) -> None:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    client.patch("/users/me", json={"name": "Augusta Byron"}, headers={"If-Match": '"1"'})
    client.get(f"/projects/{project}/documents?q=clandestine")
    twice = {"name": "Clandestine", "kind": "span", "color": "#ff0000"}
    for _ in range(2):  # the second is refused by a constraint, whose error quotes the row
        client.post(f"/projects/{project}/labels", json=twice)
    httpx.get(f"{site.address}/account/reset/clandestine-clandestine-clandestine")
    httpx.get(f"{site.address}/healthz")
    document = upload(client, project, "6bf92f3577b34da6a3ce929d0e0e4736")
    last = "6bf92f3577b34da6a3ce929d0e0e4736"
    under(last, named("run/documents.process_document"), traces)
    wait_for(lambda: named("GET account/reset/<str:token>")(traces.spans()))
    spans = traces.spans()
    told = json.dumps(spans).lower()
    email = client.get("/users/me").json()["email"]
    for secret in (email, "augusta", "clandestine", token, "turin", "ada.txt", "correct horse"):
        assert secret.lower() not in told, secret
    assert document in told
    names = {name for span in spans for name in span.attributes}
    assert {name for name in names if not KNOWN.fullmatch(name)} == set()
    assert not [span for span in spans if "healthz" in json.dumps(span)]
    assert {span.status[1] for span in spans} == {""}
    assert all(set(facts) <= {"exception.type"} for span in spans for _, facts in span.events)
