"""Labels in a row, as other tools write them: names, [start, end, label], objects of these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from annotations.anchoring import Anchor, AnchorError, anchor
from annotations.formats.mapping import RowAnnotation, properties
from annotations.formats.rows import RowError, RowFault
from documents.ingest.extraction import storable
from documents.offsets import OffsetUnit

_TRIPLE = 3
_START, _END = ("start", "start_offset"), ("end", "end_offset")
_LABEL, _QUOTE = ("label", "labels", "choices"), ("quote", "text")


class LabelReader:
    """Reads the labels of one text; `errors` has what does not fit, by field and place in it."""

    def __init__(self, text: str, unit: OffsetUnit, separator: str | None) -> None:
        self.annotations: dict[Any, RowAnnotation] = {}
        self.errors: list[RowError] = []
        self._text, self._unit, self._separator = storable(text)[0], unit, separator
        # What is kept instead of NUL has three bytes where that had one.
        self._counted = text.encode(errors="replace").decode() if "\0" in text else self._text

    def read(self, field: str, value: Any) -> None:
        """Take a column's labels, all that fit."""
        listed = self._listed(value)
        for index, one in enumerate(listed):
            try:
                for found in self._annotations(one):
                    self._add(found)
            except RowFault as fault:
                place = f"{field}/{index}" if isinstance(value, list) else field
                self.errors.append(fault.at(place).error)

    def _add(self, found: RowAnnotation) -> None:
        # What is said twice of the whole document is said once.
        self.annotations[found if found.anchor else found.label] = found

    def _listed(self, value: Any) -> list[Any]:
        """Return what a column holds as a list: JSON within a cell, names, one or many."""
        if isinstance(value, str) and value.startswith("["):
            value = _json(value)
        if isinstance(value, str):
            names = value.split(self._separator) if self._separator else [value]
            return [name for name in names if name.strip()]
        if value is None:
            return []
        return value if isinstance(value, list) and not _is_triple(value) else [value]

    def _annotations(self, one: Any) -> Iterator[RowAnnotation]:
        if _is_triple(one):
            yield RowAnnotation(properties.label(one[2]), self._anchor(one[0], one[1], None))
        elif isinstance(one, dict):
            yield from self._of_object(one)
        else:
            yield RowAnnotation(properties.label(one))

    def _of_object(self, one: dict[str, Any]) -> Iterator[RowAnnotation]:
        """Read {start, end, label} with a quote to hold it against, or {label} alone."""
        start, end = _member(one, _START), _member(one, _END)
        is_span = start is not None or end is not None
        place = self._anchor(start, end, _member(one, _QUOTE)) if is_span else None
        confidence, names = properties.confidence(one.get("confidence")), _member(one, _LABEL)
        for name in names if isinstance(names, list) else [names]:
            yield RowAnnotation(properties.label(name), place, confidence=confidence)

    def _anchor(self, start: Any, end: Any, quote: Any) -> Anchor:
        try:
            first, last, unit = properties.offset(start), properties.offset(end), self._unit
            if self._counted is not self._text:
                counted = anchor(self._counted, start=first, end=last, unit=unit)
                first, last, unit = counted.start, counted.end, OffsetUnit.CODE_POINTS
            return anchor(
                self._text,
                start=first,
                end=last,
                quote=storable(quote)[0] if isinstance(quote, str) else None,
                unit=unit,
            )
        except AnchorError as error:
            raise RowFault(error.code, error.detail) from error


def _is_triple(value: Any) -> bool:
    """Tell [start, end, label] from a list of labels."""
    several = isinstance(value, list) and len(value) == _TRIPLE
    return several and isinstance(value[0], int) and isinstance(value[1], int)


def _member(one: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((one[name] for name in names if name in one), None)


def _json(cell: str) -> Any:
    """Return what a cell says in JSON, or the cell itself where it says nothing in it."""
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        return cell
