"""Which function runs which kind of job; each app registers its own when it is ready."""

from __future__ import annotations

from collections.abc import Callable

from documents.jobs.turn import Turn
from documents.models import JobKind

Runner = Callable[[Turn], None]
RUNNERS: dict[str, Runner] = {}


def register(kind: JobKind, runner: Runner) -> None:
    """Have jobs of the kind run by the function."""
    RUNNERS[kind] = runner
