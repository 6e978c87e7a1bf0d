"""What one step of an import writes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from annotations.formats.mapping import RowAnnotation, RowRelation
from documents.intake import NewDocument
from documents.models import JobError


@dataclass(frozen=True)
class Prepared:
    """A document on its way in, the labels that came with it, and where in the source it is."""

    item: NewDocument
    annotations: list[RowAnnotation] = field(default_factory=list)
    line: int | None = None
    entry: str = ""
    tag: str = ""
    relations: list[RowRelation] = field(default_factory=list)

    @property
    def said(self) -> list[RowAnnotation | RowRelation]:
        """Return all that names a label."""
        return [*self.annotations, *self.relations]

    def error(self, field: str, code: str, detail: str) -> JobError:
        """Return what was wrong with it."""
        return JobError(line=self.line, entry=self.entry, field=field, code=code, detail=detail)


@dataclass
class Batch:
    """Some items of a source, read and prepared; `cursor` is where the next ones begin.

    `done` counts all of them, `counts` how those ended that are not `prepared`. `total` is how
    many there may be in the source, where that can be told.
    """

    prepared: list[Prepared] = field(default_factory=list)
    errors: list[JobError] = field(default_factory=list)
    cursor: dict[str, Any] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    done: int = 0
    total: int | None = None
