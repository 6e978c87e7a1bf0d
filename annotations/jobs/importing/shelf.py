"""Files on their way into the storage: those that become documents' stay, the others go again."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import IO, Any, Self

from django.core.files.base import File

from annotations.jobs.importing.writing import Pair
from documents.intake import Ended
from documents.jobs import Turn, TurnOver
from documents.models import Document
from documents.models.document import source_path

# As many files are brought in one batch at most.
FILES = 50
STORING = "storing"
_TAKEN = frozenset({Ended.CREATED, Ended.REVISED})


class Shelf:
    """The files of a turn, batch by batch.

    The names under which a batch's files are stored are noted in the job's cursor beforehand, with
    the batch before: what a worker that dies leaves behind is found and removed by the next turn.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._storage: Any = Document._meta.get_field("source").storage  # noqa: SLF001 - public
        self._names = self._next = _names()
        self._stored: list[str] = []
        self._unwanted: list[str] = []

    def __enter__(self) -> Self:
        self._remove(self._turn.job.cursor.get(STORING, ()))
        # Even where the time is up: a turn that only gets ready would be followed by such others.
        with suppress(TurnOver), self._turn.step() as step:
            step.advance(cursor={**step.job.cursor, STORING: self._names})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or isinstance(error, TurnOver):  # which comes after the commit
            self.settle()
        else:
            self._remove(self._stored)

    def store(self, content: IO[bytes]) -> str:
        """Store a file and return its name."""
        name = self._names[len(self._stored)]
        self._stored.append(name)
        stored: str = self._storage.save(name, File(content))
        return stored

    def reserve(self) -> list[str]:
        """Return the names of the next batch's files, to be noted with this batch."""
        self._next = _names()
        return self._next

    def sort(self, pairs: Iterable[Pair]) -> None:
        """Note which files no document took; they go once the step is committed."""
        taken = {
            prepared.item.source.stored_as
            for prepared, outcome in pairs
            if prepared.item.source and outcome.ended in _TAKEN
        }
        self._unwanted = [name for name in self._stored if name not in taken]

    def settle(self) -> None:
        """Remove what no document took, after the commit, and begin the next batch."""
        self._remove(self._unwanted)
        self._names, self._stored, self._unwanted = self._next, [], []

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            self._storage.delete(name)


def _names() -> list[str]:
    return [source_path(Document(), "") for _ in range(FILES)]
