"""Two web servers and three workers against one database, a worker killed meanwhile.

Documents come in by both web servers at once. That each was read once, whoever was killed, is asked
of the database; beside it stands the time that one worker takes.
"""

from __future__ import annotations

import time

from benchmarks.beyond.ground import database, keep, process_documents, site
from benchmarks.site import Site

DOCUMENTS = 300


def main() -> None:
    """Process the same documents with one worker, with three, and with one of three killed."""
    facts: dict[str, float] = {"documents": DOCUMENTS}
    for workers, is_one_killed in ((1, False), (3, False), (3, True)):
        with database() as direct, site(direct, {}, webs=2, workers=workers) as running:

            def kill(site: Site = running) -> None:
                site.processes["worker0"].kill()

            begun = time.perf_counter()
            process_documents(running, DOCUMENTS, meanwhile=kill if is_one_killed else None)
            name = f"{workers} workers, one killed" if is_one_killed else f"{workers} workers"
            facts[f"seconds with {name}"] = round(time.perf_counter() - begun, 1)
            if is_one_killed:
                running.processes.pop("worker0")
    keep("workers", facts)


if __name__ == "__main__":
    main()
