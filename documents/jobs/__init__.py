"""Long work in turns: what a kind of job needs to write, and what it may count on.

A runner is a function of a Turn. It reads `turn.job` (parameters, cursor, source), prepares a
batch outside of a transaction, and writes it in a step:

    def run_import(turn: Turn) -> None:
        with turn.open_source() as source:
            for batch in batches(source, turn.job.cursor):
                with turn.step() as step:
                    counts, errors = take_in(batch, actor=turn.job.created_by)
                    step.advance(
                        cursor=batch.end, done=len(batch), counts=counts, errors=errors
                    )

    register(JobKind.IMPORT, run_import)  # in AppConfig.ready

- A step is one transaction under the lock of the job's row. It holds the batch, the cursor, the
  counts, the errors and the renewed lease: whatever happens to the worker, all of it is there or
  nothing, and the next turn goes on at the cursor. `turn.keep()` renews the lease while a batch
  takes long to prepare (settings.PROCESSING_LEASE, 30 s).
- After settings.JOB_TURN (10 s) the end of a step raises TurnOver, and the job waits in the queue
  behind what others sent meanwhile. LeaseLost and CancelRequested come from the beginning of a
  step. A runner lets all three pass; what it holds open, it holds by `with`.
- While the cursor has a true member "unbroken", a request to cancel waits: for work that must not
  be left half done, though it takes several steps.
- A runner that returns has succeeded. Raise JobFailed(code, detail) when it cannot go on. Errors
  of the database's connection, of locks and of files (OSError) leave the job to its next turn;
  three turns without a step end it as `worker_lost`. Anything else is our fault: it is logged,
  and the job fails with `internal_error`.
- A file for the starter: turn.keep_result(file, name), before returning.
- Services start a job by documents.services.jobs.start_job, workers by add_job.
"""

from documents.jobs.adding import add_job
from documents.jobs.endings import CancelRequested, JobFailed, LeaseLost, TurnOver
from documents.jobs.registry import RUNNERS, Runner, register
from documents.jobs.running import end_job, run_turn, take_left_behind
from documents.jobs.turn import Step, Turn

__all__ = [
    "RUNNERS",
    "CancelRequested",
    "JobFailed",
    "LeaseLost",
    "Runner",
    "Step",
    "Turn",
    "TurnOver",
    "add_job",
    "end_job",
    "register",
    "run_turn",
    "take_left_behind",
]
