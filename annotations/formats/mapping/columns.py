"""Which column of a file of rows is what: as its sender says, else as its name says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from annotations.formats.rows import FormatError, Row
from documents.offsets import OffsetUnit

# What columns are called in files for doccano, Label Studio, Prodigy and Hugging Face's datasets.
KNOWN = {
    "text": ("text", "/data/text", "content", "body"),
    "external_id": ("external_id", "id"),
    "title": ("title",),
    "language": ("language", "lang"),
    "split": ("split",),
    "tags": ("tags",),
}
KNOWN_OBJECTS = ("metadata", "meta")
KNOWN_LABELS = ("label", "labels", "entities", "spans")
LOOKED_AT = 100
_WRAPPED = "/data"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where in a row each property is: a column's name, or a JSON pointer (RFC 6901).

    `metadata` names single values; of the `metadata_objects` each member is taken, and with
    `others` every column that is used for nothing else. A cell of several labels or tags is
    parted by their separator. `offset_unit` is what the offsets of spans count.
    """

    text: str
    external_id: str | None = None
    title: str | None = None
    language: str | None = None
    split: str | None = None
    tags: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    metadata_objects: tuple[str, ...] = ()
    others: bool = False
    labels: tuple[str, ...] = ()
    label_separator: str | None = None
    tag_separator: str | None = ","
    offset_unit: OffsetUnit = OffsetUnit.CODE_POINTS

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can keep of it, and people can read."""
        lists = {"metadata_objects": list(self.metadata_objects), "labels": list(self.labels)}
        return {**asdict(self), **lists, "offset_unit": self.offset_unit.value}

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Mapping:
        """Return the mapping that `as_dict` kept."""
        tuples = {name: tuple(kept[name]) for name in ("metadata_objects", "labels")}
        return cls(**{**kept, **tuples, "offset_unit": OffsetUnit(kept["offset_unit"])})


def columns_of(rows: Iterable[Row]) -> list[str]:
    """Return what the columns of the first rows are called, in their order."""
    columns: dict[str, None] = {}
    for row in islice(rows, LOOKED_AT):
        found = row.fields or {}
        columns |= dict.fromkeys(found)
        if isinstance(found.get("data"), dict) and "text" in found["data"]:
            columns["/data/text"] = None
    return list(columns)


def complete(given: dict[str, Any], columns: list[str], *, is_table: bool = False) -> Mapping:
    """Return the mapping that the sender gave, the rest of it by what columns are called.

    `given` has members of Mapping; None says that the property is in no column. Raises
    FormatError: `unknown_column` where a table has no such one, `no_text_column`.
    """
    used = set(_used(given))
    if is_table and (unknown := used.difference(columns)):
        detail = f"There is no column {min(unknown)!r}. {_there_is(columns)}"
        raise FormatError("unknown_column", detail)
    free = {name.casefold(): name for name in reversed(columns) if name not in used}
    found = _recognised(free) | given
    if not found.get("text"):
        detail = f"Which column is the text? Say so by a mapping. {_there_is(columns)}"
        raise FormatError("no_text_column", detail)
    return Mapping(**found)


def _recognised(free: dict[str, str]) -> dict[str, Any]:
    """Return what columns that nobody mentioned are by their names."""
    found: dict[str, Any] = {}
    for name, known in KNOWN.items():
        if column := next((free[one] for one in known if one in free), None):
            found[name] = column
    if not found.get("text") and len(free) == 1:
        found["text"] = next(iter(free.values()))
    is_wrapped = found.get("text", "").startswith(_WRAPPED)
    objects = (_WRAPPED,) if is_wrapped else _present(KNOWN_OBJECTS, free)
    return {
        **found,
        "metadata_objects": objects,
        "labels": _present(KNOWN_LABELS, free),
        "others": not is_wrapped,
    }


def _present(known: tuple[str, ...], free: dict[str, str]) -> tuple[str, ...]:
    return tuple(free[name] for name in known if name in free)


def _used(given: dict[str, Any]) -> Iterator[str]:
    """Yield every column that the sender mentions."""
    yield from (given[name] for name in KNOWN if given.get(name))
    yield from given.get("metadata", {}).values()
    yield from (*given.get("metadata_objects", ()), *given.get("labels", ()))


def _there_is(columns: list[str]) -> str:
    """Say which columns a file has, as many as a sentence can hold."""
    if not columns:
        return "None of the first rows can be read."
    named = ", ".join(name[:40] for name in columns[:20])
    return f"There is: {named}." if len(columns) <= 20 else f"There is: {named} and more."  # noqa: PLR2004
