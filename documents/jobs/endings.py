"""How a turn of a job may end before its runner returns; runners raise JobFailed alone."""

from __future__ import annotations


class TurnOver(Exception):
    """Its time is up: the next turn goes on at the cursor."""


class LeaseLost(Exception):
    """Another worker has taken the job over; nothing more of this turn counts."""


class CancelRequested(Exception):
    """Somebody asked for the job to be cancelled."""


class JobFailed(Exception):
    """The job cannot go on. `code` is stable and for programs, `detail` is for its starter."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
