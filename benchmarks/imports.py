"""A large JSONL import by workers that are killed, held against COPY of the same rows.

    DATABASE_URL=… VAR_DIR=… python -m benchmarks.imports --rows 1000000 --kills 8

On an empty database of its own. The rows, 1 to 2 kB of English, are the same for the same number.
Workers are processes that give the job its turns; each is killed with SIGKILL a random while after
it took the job, the last one is left to finish. Then all rows that the import wrote are copied out,
the tables emptied, and the rows put back by COPY: the floor. Results go to `results/imports.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.memory import peak_rss

RESULTS = Path(__file__).parent / "results" / "imports.json"
# What an import of texts without labels writes.
TABLES = ("documents_document", "documents_revision", "documents_searchentry", "users_event")
_LINES = (
    "the of and to in a is that for it as was with be by on not he his but at are this have from",
    "or had an they which one you were all her she there would their we him been has when who",
    "will no more if out so up said what its about than into them can only other time new some",
    "could these two may first then do any like my now over such our man me even most made after",
    "letter river winter garden machine number engine family music history science question",
)
WORDS = [word for line in _LINES for word in line.split()]
SEED = 1843
# About what a worker does: by it the kills are spread over the whole import.
ROWS_PER_SECOND = 1_000


def rows(count: int) -> Iterator[bytes]:
    """Yield lines of JSON, each with a text of 1 to 2 kB."""
    chance = random.Random(SEED)
    for number in range(1, count + 1):
        size, sentences, length = chance.randint(1_000, 2_000), [], 0
        while length < size:
            words = " ".join(chance.choices(WORDS, k=chance.randint(6, 18)))
            sentences.append(f"{words.capitalize()}.")
            length += len(words) + 2
        row = {"id": f"row-{number}", "text": " ".join(sentences), "year": 1800 + number % 100}
        yield json.dumps(row).encode() + b"\n"


def setup() -> None:
    """Make Django ready."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()


def work(job_id: str) -> None:
    """Give a job its turns until it ends, as a worker does; wait while another holds it.

    Tell how many seconds the turns took, without what a dead worker's lease is waited for.
    """
    setup()
    from documents.jobs import run_turn
    from documents.models import Job

    seconds = 0.0
    while not (job := Job.objects.get(pk=job_id)).has_ended:
        begun = time.perf_counter()
        if run_turn(job_id, job.version) is None and not Job.objects.get(pk=job_id).has_ended:
            time.sleep(0.1)
        else:
            seconds += time.perf_counter() - begun
    print(seconds)


def begin(path: Path) -> str:
    """Make the tables, a project and its import; return the job's id."""
    from django.core.files.base import File
    from django.core.management import call_command

    from annotations.jobs.importing import ImportOptions
    from annotations.services.imports import import_file_here
    from documents.models import Document
    from documents.services.projects import create_project
    from users.models import User

    call_command("migrate", verbosity=0)
    if Document.objects.exists():
        raise SystemExit("The database has documents: name an empty one.")
    user, _ = User.objects.get_or_create(email="bench@example.org", defaults={"name": "Bench"})
    project = create_project(owner=user, name="Bench")
    with path.open("rb") as opened:
        job = import_file_here(
            actor=user, project=project, file=File(opened, path.name), options=ImportOptions()
        )
    return str(job.pk)


def run_worker(job_id: str, seconds: float | None) -> dict[str, Any]:
    """Run a worker, kill it so many seconds after it took the job; return what it came to."""
    from documents.models import Job

    row = Job.objects.filter(pk=job_id)
    former, before = row.values_list("lease_id", "done").get()
    begun, taken, peak = time.perf_counter(), None, 0
    command = [sys.executable, "-m", "benchmarks.imports", "--work", job_id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        while worker.poll() is None:
            peak = max(peak, peak_rss(worker.pid))
            if taken is None and row.exclude(lease_id=former).exclude(lease_id=None).exists():
                taken = time.perf_counter()
            if seconds is not None and taken and time.perf_counter() - taken > seconds:
                worker.kill()
            time.sleep(0.05)
        assert worker.stdout
        told = worker.stdout.read().split()
    done = Job.objects.get(pk=job_id).done - before
    return {
        "rows": done,
        "seconds": round(time.perf_counter() - begun, 1),
        "seconds_in_turns": round(float(told[-1]), 1) if told else None,
        "killed": worker.returncode == -9,
        "peak_rss_mb": round(peak / 1e6, 1),
    }


def floor(folder: Path) -> float:
    """Return the seconds that COPY takes for all that the import wrote, into empty tables."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for table in TABLES:
            with (folder / table).open("wb") as out, cursor.copy(f"COPY {table} TO STDOUT") as copy:
                out.writelines(copy)
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in TABLES:
            with (
                (folder / table).open("rb") as file,
                cursor.copy(f"COPY {table} FROM STDIN") as copy,
            ):
                while chunk := file.read(1 << 20):
                    copy.write(chunk)
    return time.perf_counter() - begun


def measure(count: int, kills: int, folder: Path) -> dict[str, Any]:
    """Import so many rows and return the figures; exits unless each is there exactly once."""
    from documents.models import Document, Job, Revision

    path, chance = folder / "rows.jsonl", random.Random(SEED)
    with path.open("wb") as file:
        file.writelines(rows(count))
    job_id, begun = begin(path), time.perf_counter()
    each = count / ROWS_PER_SECOND / kills if kills else 0
    workers = [run_worker(job_id, chance.uniform(0, each)) for _ in range(kills)]
    workers.append(run_worker(job_id, None))
    seconds, job = time.perf_counter() - begun, Job.objects.get(pk=job_id)
    found = Document.objects.values("external_id").distinct().count()
    told = (job.state, job.counts, found, Document.objects.count(), Revision.objects.count())
    if told != ("succeeded", {"created": count}, count, count, count):
        raise SystemExit(f"Expected {count} documents, each once; found {told}.")
    last = workers[-1]
    if not last["rows"]:
        raise SystemExit("The others were done before the last worker came: name fewer kills.")
    copied = floor(folder)
    rate, floor_rate = last["rows"] / last["seconds_in_turns"], count / copied
    return {
        "rows": count,
        "bytes": path.stat().st_size,
        "workers": workers,
        "seconds": round(seconds, 1),
        "rows_per_second": round(rate, 1),
        "copy_rows_per_second": round(floor_rate, 1),
        "part_of_copy": round(rate / floor_rate, 4),
        "peak_rss_mb": max(worker["peak_rss_mb"] for worker in workers),
        "load_at_the_end": os.getloadavg()[0],
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def main() -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--keep", type=Path, default=RESULTS, help="where the figures go")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(asked.work)
        return
    setup()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(asked.rows, asked.kills, Path(folder))
    asked.keep.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
