"""What a project's size costs: `python -m benchmarks.growth`, at a million documents in an hour.

It serves a site (`site`), seeds a small and a big project in one database and measures the one
beside the other: pages of lists, one document, progress, exports and imports, and the most memory
that a process has had. Results go to `results/growth.json`, and as a table to `results/growth.md`.
A figure's floor is the same work on the first page, or in the small project.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import psycopg

from benchmarks import corpus
from benchmarks.client import Client
from benchmarks.figures import HEAD, Figure, keep, row
from benchmarks.load import Rate, Request, drive
from benchmarks.memory import peak_mb
from benchmarks.site import Site, running_site

SMALL, BIG, SPANS = 10_000, 1_000_000, 10
PAGE, DEEP, AT_ONCE = 50, 10_000, 500
LISTS = ("documents", "annotations", "annotation-sets")
AS_FAST, MOST_MB = 0.8, 300
Paths = Callable[[str], list[str]]  # of requests in a project
# Whoever measures is no member of what was seeded.
JOIN = """
    INSERT INTO documents_membership
        (id, version, created_at, updated_at, role, user_id, project_id)
    SELECT gen_random_uuid(), 1, now(), now(), 'manager', person.id, project.id
    FROM users_user AS person, documents_project AS project
    WHERE person.email = %s AND project.slug = %s
    RETURNING project_id
"""


class Growth:
    """One run: a site with a small and a big project, and who sees both."""

    def __init__(self, site: Site, small: int, big: int) -> None:
        self.site, self.sizes = site, (small, big)
        self.client = Client(site.address)

    def figures(self) -> Iterator[Figure]:
        """Yield each figure as soon as it is known."""
        for seed, size in enumerate(self.sizes, 1):
            yield Figure(f"seed {size:,} documents", self._seed(seed, size), "documents/s")
        self.small, self.big = (self._join(f"corpus-{seed}") for seed in (1, 2))
        yield from self.imports()
        yield from self.exports()
        for name in ("web", "worker"):
            peak = peak_mb(self.site.processes[name].pid)
            yield Figure(f"peak of a {name} process", peak, "MB RSS", None, MOST_MB)
        yield from self.lists()
        yield self._of_both("one document with its text and spans", self._documents, AS_FAST)
        yield self._of_both("project progress", self._progress, 1 / 3)

    def _seed(self, seed: int, documents: int) -> float:
        given = ("--seed", str(seed), "--documents", str(documents))
        command = (sys.executable, "manage.py", "seed", *given)
        spans = ("--annotations-per-document", str(SPANS))
        begun = time.perf_counter()
        subprocess.run(
            [*command, *spans], env=self.site.environment, check=True, stdout=subprocess.DEVNULL
        )
        return documents / (time.perf_counter() - begun)

    def _join(self, slug: str) -> str:
        with psycopg.connect(self.site.database) as connection:
            found = connection.execute(JOIN, [self.client.email, slug]).fetchone()
        if found is None:
            raise SystemExit(f"The project {slug} was not seeded.")
        return str(found[0])

    def imports(self) -> Iterator[Figure]:
        """Yield the rates of imports of two sizes, each into a project of its own."""
        few = self.sizes[0]
        rates = [self._imported(size) for size in (few, 4 * few)]
        yield Figure(f"import of {few:,} documents", rates[0], "documents/s")
        work = f"import of {4 * few:,} documents"
        yield Figure(work, rates[1], "documents/s", rates[0], AS_FAST)

    def _imported(self, documents: int) -> float:
        self.imported, _ = self.client.project(corpus.LABELS)
        body = b"".join(corpus.lines(documents, with_spans=True))
        begun = time.perf_counter()
        job = self.client.post(f"projects/{self.imported}/imports", file=("corpus.jsonl", body))
        counts = self.client.ended(job)["counts"]
        if counts.get("created") != documents:
            raise SystemExit(f"The import ended with {counts}.")
        return documents / (time.perf_counter() - begun)

    def exports(self) -> Iterator[Figure]:
        """Yield the rates of exports of both projects."""
        rates = [self._exported(project) for project in (self.small, self.big)]
        small, big = (f"export of {size:,} documents" for size in self.sizes)
        yield Figure(small, rates[0], "MB/s")
        yield Figure(big, rates[1], "MB/s", rates[0], AS_FAST)

    def _exported(self, project: str) -> float:
        begun = time.perf_counter()
        size = self.client.size_of(f"projects/{project}/export")
        return size / (time.perf_counter() - begun) / 1e6

    def lists(self) -> Iterator[Figure]:
        """Yield how page 10,000 of each list, or its last, stands beside the first.

        What is seeded has no events, so these are of an import.
        """
        of_big = {f"projects/{self.big}/{name}": name for name in LISTS}
        for path, name in (of_big | {f"projects/{self.imported}/events": "events"}).items():
            number, deep = self._deep(path)
            if number > 1:
                first = self._rate([f"/api/v1/{path}?limit={PAGE}"])
                rate = self._rate([deep])
                work = f"{name}, page {number:,}"
                yield Figure(work, rate.per_second, "requests/s", first.per_second, AS_FAST, rate)

    def _deep(self, path: str) -> tuple[int, str]:
        """Walk a list to a deep page, or its last; return its number and its address."""
        start = f"{self.site.address}/api/v1/{path}?limit={AT_ONCE}"
        page, number, address = self.client.get(start), 1, ""
        while number < DEEP and (ahead := _next(start, page)):
            page = self.client.get(ahead)
            if page["results"]:
                number, address = number + AT_ONCE // PAGE, ahead
        deep = address.replace(f"limit={AT_ONCE}", f"limit={PAGE}")
        return number, self.client.path(deep)

    def _of_both(self, work: str, paths: Paths, wanted: float) -> Figure:
        """Return the rate of some work in the big project beside that in the small one."""
        small = self._rate(paths(self.small))
        big = self._rate(paths(self.big))
        return Figure(work, big.per_second, "requests/s", small.per_second, wanted, big)

    def _documents(self, project: str) -> list[str]:
        listed = self.client.get(f"projects/{project}/documents", limit=AT_ONCE)["results"]
        return [f"/api/v1/documents/{one['id']}?expand=text,annotations" for one in listed]

    def _progress(self, project: str) -> list[str]:
        return [f"/api/v1/projects/{project}/progress"]

    def _rate(self, paths: list[str]) -> Rate:
        requests = [Request("GET", path) for path in paths]
        return drive(self.site.address, requests, self.client.token)


def _next(start: str, page: dict[str, Any]) -> str | None:
    """Return the address of the next page, which of the log is what came after its last event."""
    if "next" in page or not page["results"]:
        return page.get("next")
    return f"{start}&after={quote(page['results'][-1]['cursor'])}"


def main() -> None:
    """Measure, print the table as it grows, and keep the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=SMALL, help="documents of the small project")
    parser.add_argument("--big", type=int, default=BIG, help="documents of the big one")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by way of the ends of all blocks
    with running_site() as site:
        figures: list[Figure] = []
        print(HEAD)
        for figure in Growth(site, asked.small, asked.big).figures():
            figures.append(figure)
            print(row(figure), flush=True)
        keep("growth", site.database, asked.big, figures)


if __name__ == "__main__":
    main()
