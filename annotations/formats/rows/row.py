"""What reading a file of records yields, where that stands, and how much it may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

Fields = dict[str, Any]
# What JSON calls its values.
KINDS: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class RowLimits:
    """Bound what one row may be, and what broken rows may cost.

    After a broken row that runs over several lines, reading goes back to its second line. That
    is done until `reread_bytes` of a file have been read again; later ones are left out whole.
    """

    row_bytes: int = 10_000_000
    columns: int = 1_000
    depth: int = 40
    values: int = 1_000_000
    reread_bytes: int = 1_000_000_000


DEFAULT_ROW_LIMITS = RowLimits()


class Position(NamedTuple):
    """A place between two rows, from which reading goes on.

    `offset` is in bytes, `number` counts the rows before it, `line` is the physical line (from 1)
    that it lies in, and `reread` how many bytes were read more than once to get there.
    """

    offset: int = 0
    number: int = 0
    line: int = 1
    reread: int = 0


BEGINNING = Position()


class RowError(NamedTuple):
    """Why a row cannot be taken: which field (empty for the row itself), a code, a sentence."""

    field: str
    code: str
    detail: str


class Row(NamedTuple):
    """One record: its number and the physical line it begins in, both from 1.

    It has either `fields` or an `error`. `end` is where the next one is read from.
    """

    number: int
    line: int
    end: Position
    fields: Fields | None
    error: RowError | None


class FormatError(Exception):
    """The file as a whole, or all that is left of it, cannot be read."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class RowFault(Exception):
    """A row's content is not what it has to be; the reader makes a RowError of it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.error = RowError("", code, detail)

    def at(self, field: str) -> RowFault:
        """Return it with the field that it is about."""
        self.error = self.error._replace(field=field)
        return self


def too_large(limits: RowLimits) -> RowFault:
    """Return the fault of a row beyond the limit."""
    return RowFault("row_too_large", f"A row has at most {limits.row_bytes} bytes.")


def undecodable(encoding: str, start: int) -> RowFault:
    """Return the fault of a row with a byte (counted from 0) that is no character."""
    return RowFault("undecodable_text", f"Byte {start + 1} of the line is not {encoding}.")
