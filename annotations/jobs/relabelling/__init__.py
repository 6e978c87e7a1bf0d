"""Give what has one label another one: merge labels, split one, and take that back.

The events of a job bear its id as their request's (`job:<id>`), so that it can be undone from the
log. What a merge or a split moves, it moves once: a row that has the other label is found no more.
"""

from __future__ import annotations

from annotations.jobs.relabelling.conditions import matching
from annotations.jobs.relabelling.merging import rewrite
from annotations.jobs.relabelling.moving import merge, split
from annotations.jobs.relabelling.order import Action
from annotations.jobs.relabelling.undoing import undo
from config.api.request_id import bound_request_id
from documents.jobs import Turn

__all__ = ["Action", "matching", "rewrite", "run"]

_RUNS = {Action.MERGE: merge, Action.SPLIT: split, Action.UNDO: undo}


def run(turn: Turn) -> None:
    """Do what the job says, or what is left of it."""
    with bound_request_id(f"job:{turn.job.pk}"):
        _RUNS[Action(turn.job.parameters["action"])](turn)
