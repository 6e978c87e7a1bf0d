"""A worker process for one job, to be killed: `python -m tests.documents.job_process <id>`.

Its runner writes NUMBERS documents, a few in each step.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from documents.jobs import Turn

NUMBERS = 300
AT_ONCE = 5


def write_documents(turn: Turn) -> None:
    """Write the documents from the cursor on; a second one with a number is refused."""
    from documents.models import Document

    at = turn.job.cursor.get("at", 0)
    while at < NUMBERS:
        with turn.step() as step:
            for number in range(at, at + AT_ONCE):
                Document.objects.create(
                    project=turn.job.project, title="n", external_id=f"n-{number}"
                )
            at += AT_ONCE
            step.advance(cursor={"at": at}, done=AT_ONCE, total=NUMBERS)


def main(job_id: str) -> None:
    """Give the job turns until it has ended."""
    import django

    django.setup()
    from documents import jobs
    from documents.models import Job, JobKind

    jobs.register(JobKind.IMPORT, write_documents)
    while not (job := Job.objects.get(pk=job_id)).has_ended:
        jobs.run_turn(job_id, job.version)


if __name__ == "__main__":
    main(sys.argv[1])
