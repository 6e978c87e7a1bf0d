"""What becomes of one row of a content, and when two rows say the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from annotations.models import Annotation, Relation
from users.services.events import Snapshot

Row = TypeVar("Row", Annotation, Relation)


@dataclass(frozen=True)
class Planned(Generic[Row]):
    """A row as it shall be, not yet written; `before` is None for what is new.

    `done` is what is done to it, as events name it; None for nothing.
    """

    row: Row
    done: str | None = None
    before: Snapshot | None = None

    @property
    def is_relabelled(self) -> bool:
        """Return whether a row that was there gets another label."""
        return self.before is not None and self.before["label_id"] != self.row.label_id


def frozen(value: Any) -> Any:
    """Return a JSON value as what equals another one if and only if they say the same.

    Numbers are equal by their size, as the database keeps them; true is not 1.
    """
    match value:
        case bool():
            return bool, value
        case dict():
            return frozenset((name, frozen(inner)) for name, inner in value.items())
        case list():
            return tuple(frozen(inner) for inner in value)
    return value
