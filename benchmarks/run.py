"""All figures of a served site beside their floors: `make bench`, ten minutes on two cores.

It starts PostgreSQL, Redis, two web processes and a worker (`site`), fills in 20,000 documents with
20 spans each (`corpus`), drives them with wrk (`load`) and measures each floor in the same run
(`floor`, `floors`). Results go to `results/site.json`, and as a table to `results/site.md` and the
README.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import corpus, floors
from benchmarks.client import PASSWORD, Client
from benchmarks.figures import HEAD, Figure, keep, row, show
from benchmarks.load import Rate, Request, drive
from benchmarks.memory import pss_mb
from benchmarks.site import Site, running_site

DOCUMENTS = 20_000
BULK = 1_000
BULK_DOCUMENTS = 20
REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"


class Bench:
    """One run: a site, its user, a project of texts and one of texts with spans."""

    def __init__(self, site: Site, documents: int) -> None:
        self.site, self.documents = site, documents
        self.client = Client(site.address)

    def figures(self) -> Iterator[Figure]:
        """Yield each figure as soon as it is known."""
        yield from self.at_rest()
        yield from self.imports()
        yield from self.reads()
        yield from self.searches()
        yield from self.export()
        yield from self.writes()
        yield self.sign_in()

    def at_rest(self) -> Iterator[Figure]:
        """Yield what the site takes before anything is asked of it."""
        yield Figure("first 200 after start", self.site.seconds_to_first_answer, "s", None, 3)
        both = (self.site.processes[name].pid for name in ("web", "worker"))
        yield Figure("memory at rest", sum(map(pss_mb, both)), "MB PSS", None, 350)
        packages = len(re.findall(r"^\S+==", REQUIREMENTS.read_text(), re.MULTILINE))
        yield Figure("packages", packages, "in requirements.txt", None, 80)

    def imports(self) -> Iterator[Figure]:
        """Yield the rates of imports without and with spans; the latter's project is kept."""
        plain, _ = self.client.project(())
        rate = self._imported(plain, with_spans=False)
        found = self._searchable(plain)
        rows = [(one.id, one.text) for one in corpus.texts(self.documents)]
        bare = floors.copy_plain(self.site.database, rows)
        floor = floors.copy_into_tables(self.site.database, floors.OF_AN_IMPORT, plain)
        yield Figure("import, until readable", rate, "documents/s", floor, 0.15)
        yield Figure("import, until searchable", found, "documents/s", floor, 0.075)
        yield Figure("import, beside COPY of id and text alone", rate, "documents/s", bare)
        self.project, self.labels = self.client.project(corpus.LABELS)
        with_spans = self._imported(self.project, with_spans=True)
        yield Figure("import with 20 spans each", with_spans, "documents/s", floor)
        self._searchable(self.project)
        floors.settle(self.site.database)

    def _imported(self, project: str, *, with_spans: bool) -> float:
        body = b"".join(corpus.lines(self.documents, with_spans=with_spans))
        self.begun = time.perf_counter()
        job = self.client.post(f"projects/{project}/imports", file=("corpus.jsonl", body))
        counts = self.client.ended(job)["counts"]
        if counts.get("created") != self.documents:
            raise SystemExit(f"The import ended with {counts}.")
        return self.documents / (time.perf_counter() - self.begun)

    def _searchable(self, project: str) -> float:
        """Wait until a search finds every document that it should, the last one too."""
        wanted = self.documents // 2
        query = {"search": corpus.COMMON, "count": "true", "limit": 1}
        while self.client.get(f"projects/{project}/documents", **query)["count"] < wanted:
            time.sleep(0.05)
        return self.documents / (time.perf_counter() - self.begun)

    def reads(self) -> Iterator[Figure]:
        """Yield pages of a list, at its begin, middle and end, and whole documents."""
        for name, url in self._pages().items():
            yield self._of_empty(f"page of 50 documents with counts, {name}", [url], 0.12)
        each = [f"/api/v1/documents/{one}?expand=text,annotations" for one in self.ids[:2_000]]
        yield self._of_empty("one document with text and 20 spans", each, 0.15)

    def _pages(self) -> dict[str, str]:
        """Walk the list once; return the addresses of three of its pages."""
        start = f"{self.site.address}/api/v1/projects/{self.project}/documents?limit=50"
        page = self.client.get(start.replace("limit=50", "limit=500"))
        self.ids, urls = [one["id"] for one in page["results"]], [start]
        while page["next"]:
            urls.append(page["next"].replace("limit=500", "limit=50"))
            page = self.client.get(page["next"])
        chosen = {"first": urls[0], "deep": urls[len(urls) // 2], "last": urls[-1]}
        return {name: self.client.path(url) for name, url in chosen.items()}

    def searches(self) -> Iterator[Figure]:
        """Yield searches for a rare and a common word."""
        start = f"/api/v1/projects/{self.project}/documents?limit=50&highlight=true&search="
        for name, word in {"rare": corpus.RARE, "common": corpus.COMMON}.items():
            yield self._of_empty(f"search for a {name} word, 50 with snippets", [start + word], 0.1)

    def export(self) -> Iterator[Figure]:
        """Yield the export of the whole project."""
        begun = time.perf_counter()
        size = self.client.size_of(f"projects/{self.project}/export")
        seconds = time.perf_counter() - begun
        floor = floors.copy_out(self.site.database, self.project)
        yield Figure("export of all as JSONL", size / seconds / 1e6, "MB/s", floor / 1e6, 0.5)
        yield Figure("export of all as JSONL", seconds, "s")

    def writes(self) -> Iterator[Figure]:
        """Yield single spans and spans by the thousand."""
        body = json.dumps(self._span(corpus.Text("", "some words", [(0, 4, "person")])))
        floor = drive(self.site.floor, [Request("POST", "/insert", body)]).per_second
        wanted = [
            Request("POST", f"/api/v1/documents/{document}/annotations", json.dumps(span))
            for document, span in self._spans()
        ]
        rate = drive(self.site.address, wanted, self.client.token)
        yield Figure("create one span", rate.per_second, "requests/s", floor, 0.35, rate)
        bulk = self._bulk()
        floor = floors.copy_into_tables(self.site.database, floors.OF_SPANS, self.project, BULK)
        spans = BULK * bulk.per_second
        yield Figure(f"create {BULK} spans at once", spans, "spans/s", floor, 0.15, bulk)

    def _spans(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield documents and a span for each."""
        listed = self.client.get(f"projects/{self.project}/documents", limit=500)["results"]
        known = {f"text-{n}": one for n, one in enumerate(corpus.texts(self.documents))}
        for document in listed:
            yield document["id"], self._span(known[document["external_id"]])

    def _span(self, one: corpus.Text) -> dict[str, Any]:
        start, end, label = one.spans[0]
        place = {"start": start, "end": end, "quote": one.text[start:end]}
        return {"label": self.labels[label], **place}

    def _bulk(self) -> Rate:
        """Send requests one after another, as COPY does its rows."""
        wanted = [
            Request(
                "POST",
                f"/api/v1/documents/{document}/annotations/bulk",
                json.dumps({"annotations": [span] * BULK}),
            )
            for document, span in list(self._spans())[:BULK_DOCUMENTS]
        ]
        return drive(self.site.address, wanted, self.client.token, clients=1)

    def sign_in(self) -> Figure:
        """Return how often people can sign in."""
        body = json.dumps({"email": self.client.email, "password": PASSWORD})
        rate = drive(self.site.address, [Request("POST", "/api/v1/auth/token", body)])
        return Figure("sign-in", rate.per_second, "requests/s", floors.argon2id(), 0.75, rate)

    def _of_empty(self, work: str, paths: list[str], wanted: float) -> Figure:
        """Measure the floor right before, for a machine is not at all times as fast."""
        empty = drive(self.site.floor, [Request("GET", "/empty")]).per_second
        rate = drive(self.site.address, [Request("GET", path) for path in paths], self.client.token)
        return Figure(work, rate.per_second, "requests/s", empty, wanted, rate)


def main() -> None:
    """Measure, print the table as it grows, and keep the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by way of the ends of all blocks
    with running_site() as site:
        figures: list[Figure] = []
        print(HEAD)
        for figure in Bench(site, asked.documents).figures():
            figures.append(figure)
            print(row(figure), flush=True)
        show(keep("site", site.database, asked.documents, figures))


if __name__ == "__main__":
    main()
