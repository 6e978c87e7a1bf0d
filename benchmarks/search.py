"""What a search costs: 20,000 documents, 50 results with snippets, beside an empty view.

`make bench` runs it on a PostgreSQL of its own. The floor is the same server answering /healthz,
which asks nobody. Results go to `results/search.json`, with what the index costs in time and size.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.servers import CLIENTS, SERVERS, THREADS, Load, measure, serving

RESULTS = Path(__file__).parent / "results" / "search.json"
SAMPLES = Path(__file__).parent.parent / "annotations" / "sample" / "documents"
DOCUMENTS = 20_000
AT_ONCE = 1_000
COMMON, RARE = "harbour", "quokka"  # in every second, and in every 300th document


def texts() -> Iterator[str]:
    """Yield deterministic texts of 1 to 2 kB, of words as frequent as they are in a language."""
    rng = random.Random(1)
    samples = " ".join(file.read_text() for file in sorted(SAMPLES.glob("*.txt")))
    words = sorted(set(re.findall(r"[a-z]{2,}", samples)) - {COMMON, RARE})
    rng.shuffle(words)
    words += ["".join(rng.choices(("ra", "to", "mi", "ne", "lu", "s"), k=4)) for _ in range(20_000)]
    weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(words))))
    for number in range(DOCUMENTS):
        chosen = rng.choices(words, cum_weights=weights, k=rng.randint(170, 340))
        chosen[50] = COMMON if number % 2 else chosen[50]
        chosen[100] = RARE if number % 300 == 0 else chosen[100]
        yield " ".join(chosen).capitalize() + "."


def fill() -> tuple[str, str, float]:
    """Take the documents in; return the project's id, a token, and documents per second."""
    import django  # after the environment is set

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from documents.intake import Known, NewDocument, take_in
    from documents.services.projects import create_project
    from users.services.accounts import create_user
    from users.services.sign_ins import open_session

    call_command("migrate", verbosity=0)
    user = create_user(actor=None, email=f"{uuid4().hex}@example.org", password=None)
    project = create_project(owner=user, name="Search benchmark")
    given, begun = texts(), time.perf_counter()
    while some := list(itertools.islice(given, AT_ONCE)):
        items = [NewDocument(text=text, properties={"language": "en"}) for text in some]
        with transaction.atomic():
            take_in(actor=user, project=project, items=items, known=Known.ERROR)
    rate = DOCUMENTS / (time.perf_counter() - begun)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return str(project.pk), open_session(user=user, user_agent="benchmark").access, rate


def index_cost() -> dict[str, float]:
    """Return bytes for each document of text, and of what it is found by."""
    from django.db import connection

    measured = {
        "text": "SELECT sum(octet_length(text)) FROM documents_revision",
        "words": "SELECT pg_table_size('documents_searchentry')",
        "index of words": "SELECT pg_relation_size('search_entry_by_word')",
        "other indexes": "SELECT pg_relation_size('documents_searchentry_pkey')"
        " + pg_relation_size('search_entry_by_language')",
    }
    costs: dict[str, float] = {}
    with connection.cursor() as cursor:
        for name, statement in measured.items():
            cursor.execute(statement)
            costs[name] = round(float(cursor.fetchone()[0]) / DOCUMENTS)
    return costs


def main() -> None:
    """Measure, print a table and write the results."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    project, token, rate = fill()
    start = f"/api/v1/projects/{project}/documents?limit=50"
    loads = {
        "/healthz (floor)": Load("GET", "/healthz"),
        "rare word": Load("GET", f"{start}&highlight=true&search={RARE}", token),
        "common word": Load("GET", f"{start}&highlight=true&search={COMMON}", token),
        "common word, newest last": Load(
            "GET", f"{start}&highlight=true&search={COMMON}&ordering=created_at", token
        ),
        "page without a search": Load("GET", start, token),
    }
    rows: dict[str, Any] = {}
    with serving(SERVERS[f"gunicorn, {THREADS} threads"]):
        for name, load in loads.items():
            rows[name] = vars(measure(load))
            rows[name]["of_floor"] = (
                rows[name]["per_second"] / rows["/healthz (floor)"]["per_second"]
            )
            print(
                f"{name}: {rows[name]['per_second']:.0f}/s, {rows[name]['of_floor']:.1%} of floor"
            )
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "clients": CLIENTS}
    index = {"taken in per second": rate, "bytes per document": index_cost()}
    RESULTS.write_text(
        json.dumps({"machine": machine, "index": index, "searches": rows}, indent=2) + "\n"
    )


if __name__ == "__main__":
    main()
