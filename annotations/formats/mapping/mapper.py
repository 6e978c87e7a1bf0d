"""Make documents of rows as a mapping says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import orjson

from annotations.formats.mapping import properties
from annotations.formats.mapping.columns import Mapping
from annotations.formats.mapping.document import RowAnnotation, RowDocument, RowRefused
from annotations.formats.mapping.labels import LabelReader
from annotations.formats.rows import Fields, RowError, RowFault

Path = tuple[str, ...]


class Column(NamedTuple):
    """Where a value is in a row, by its name and taken apart, and what it is for."""

    name: str
    path: Path
    use: str


class Mapper:
    """Knows a mapping, with its pointers taken apart once for all rows."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._takes: dict[str, Callable[[Any], Any]] = {
            "text": properties.text,
            **properties.SIMPLE,
            "tags": partial(properties.tags, separator=mapping.tag_separator),
        }
        named = {use: name for use in self._takes if (name := getattr(mapping, use))}
        self._properties = [_column(name, use) for use, name in named.items()]
        self._metadata = [_column(name, use) for use, name in mapping.metadata.items()]
        self._objects = [_column(name, name) for name in mapping.metadata_objects]
        self._labels = [_column(name, name) for name in mapping.labels]
        columns = (*self._properties, *self._metadata, *self._objects, *self._labels)
        self._used = {column.path for column in columns}
        self._opened = {path[:end] for path in self._used for end in range(1, len(path))}

    def document(self, fields: Fields) -> RowDocument:
        """Return the document of a row, its spans held against its text; raises RowRefused."""
        errors: list[RowError] = []
        found = {}
        for name, path, use in self._properties:
            value = _find(fields, path)
            if value is not None and value != "":
                found[use] = _tried(self._takes[use], value, name, errors)
        metadata = self._kept(fields)
        for name, value in metadata.items():
            _tried(properties.metadata, {name: value}, name, errors)
        text = found.pop("text", None)
        if text is None and not errors:
            errors.append(RowError(self._mapping.text, "required", "The row has no text."))
        annotations = self._annotations(text, fields, errors) if text else []
        if errors:
            raise RowRefused(errors)
        return RowDocument(text, found | {"metadata": metadata} if metadata else found, annotations)

    def _annotations(
        self, text: str, fields: Fields, errors: list[RowError]
    ) -> list[RowAnnotation]:
        labels = LabelReader(text, self._mapping.offset_unit, self._mapping.label_separator)
        for name, path, _ in self._labels:
            labels.read(name, _find(fields, path))
        errors += labels.errors
        return list(labels.annotations.values())

    def _kept(self, fields: Fields) -> Fields:
        """Return the metadata; what is named goes before objects' members, and these first."""
        kept: Fields = {}
        for name, value in fields.items() if self._mapping.others else ():
            if (name,) not in self._used and value is not None:
                kept[name] = self._rest(value, (name,))
        for name, path, _ in self._objects:
            rest = self._rest(_unpacked(_find(fields, path)), path)
            kept |= rest if isinstance(rest, dict) else {name: rest}
        for _, path, use in self._metadata:
            kept[use] = _find(fields, path)
        return {name: value for name, value in kept.items() if value is not None}

    def _rest(self, value: Any, path: Path) -> Any:
        """Return an object without the members that something else takes; all else as it is."""
        if path not in self._opened or not isinstance(value, dict):
            return value
        members = [(name, inner, (*path, name)) for name, inner in value.items()]
        rest = {name: self._rest(inner, at) for name, inner, at in members if at not in self._used}
        return rest or None


def _column(name: str, use: str) -> Column:
    if not name.startswith("/"):
        return Column(name, (name,), use)
    parts = name[1:].split("/")
    return Column(name, tuple(one.replace("~1", "/").replace("~0", "~") for one in parts), use)


def _find(fields: Any, path: Path) -> Any:
    """Return what stands at a path, None where nothing does."""
    for step in path:
        if isinstance(fields, dict):
            fields = fields.get(step)
        elif isinstance(fields, list) and step.isdecimal() and int(step) < len(fields):
            fields = fields[int(step)]
        else:
            return None
    return fields


def _tried(take: Callable[[Any], Any], value: Any, field: str, errors: list[RowError]) -> Any:
    """Return the value as it is kept; None, with an error, where it is not."""
    try:
        return take(value)
    except RowFault as fault:
        errors.append(fault.at(field).error)
        return None


def _unpacked(value: Any) -> Any:
    """Return the object that a cell holds as JSON; all else as it is."""
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
