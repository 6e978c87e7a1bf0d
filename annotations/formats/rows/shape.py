"""How a file of records is to be read: what its sender says of it, and what is found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from annotations.formats.rows.row import BEGINNING, Position


class Format(StrEnum):
    """Files of records that are read."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    TSV = "tsv"
    LINES = "lines"
    POSTIL = "postil"


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What the sender says of the file; None is found out.

    `encoding` is a label as the web knows them. `quote` is the character that encloses cells,
    empty where none does. Without a `header` columns are called column_1, column_2 and so on.
    """

    format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header: bool = True


@dataclass(frozen=True, slots=True)
class Shape:
    """How to read the file, found once, so that whoever goes on with it reads it alike.

    `encoding` is a codec of Python's. `start` is where the first row is looked for: after the
    byte order mark, a table's header or a JSON array's bracket.
    """

    format: Format
    encoding: str
    newline: str = "\n"
    start: Position = BEGINNING
    delimiter: str = ","
    quote: str = '"'
    columns: tuple[str, ...] = ()
    in_array: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can keep of it."""
        return {**asdict(self), "start": list(self.start), "columns": list(self.columns)}

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Shape:
        """Return the shape that `as_dict` kept."""
        start, columns = Position(*kept["start"]), tuple(kept["columns"])
        return cls(**{**kept, "format": Format(kept["format"]), "start": start, "columns": columns})
