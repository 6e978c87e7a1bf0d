"""Bring annotations and relations back to what they were at a time, as the log tells it.

A step takes on sets as wholes, each once, for a row fits only among what else is in its set.
Nothing is rewritten: what comes back is a next version. The events of a job bear its id as their
request's (`job:<id>`), and are changes as any: a restoration to a time before takes them back.
"""

from __future__ import annotations

from annotations.jobs.restoring.history import changes, position_at
from annotations.jobs.restoring.order import Order
from annotations.jobs.restoring.running import restore
from config.api.request_id import bound_request_id
from documents.jobs import Turn

__all__ = ["Order", "changes", "position_at", "run"]


def run(turn: Turn) -> None:
    """Do what the job says, or what is left of it."""
    with bound_request_id(f"job:{turn.job.pk}"):
        restore(turn)
