"""Take back what our own export wrote: documents with their annotations, as JSON Lines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from annotations.formats.mapping import RowDocument, RowRefused, properties
from annotations.formats.postil_sets import Said, objects
from annotations.formats.rows import Fields, RowFault
from documents.ingest.extraction import storable
from documents.offsets import OffsetUnit

MARKDOWN = "text/markdown"
_TAKES: dict[str, Callable[[Any], Any]] = {
    **properties.SIMPLE,
    "tags": partial(properties.tags, separator=None),
    "metadata": properties.metadata,
    "iri": partial(properties.line, most=properties.IRI),
}


def document(fields: Fields) -> RowDocument:
    """Return the document of an exported record, held against itself; raises RowRefused.

    The text must be the one that was exported, by its SHA-256, and each quote stand in it.
    """
    try:
        text = _at("text", _text, fields)
        found = {
            name: _at(name, take, fields[name]) for name, take in _TAKES.items() if fields.get(name)
        }
        said = Said(storable(text)[0], _at("offset_unit", _unit, fields.get("offset_unit")))
        for index, one in enumerate(objects("annotation_sets", fields)):
            said.add(one, f"annotation_sets/{index}")
    except RowFault as fault:
        raise RowRefused([fault.error]) from fault
    media_type = MARKDOWN if fields.get("media_type") == MARKDOWN else "text/plain"
    return RowDocument(text, found, said.annotations, media_type, said.relations, said.left_out)


def _at(field: str, take: Callable[..., Any], *given: Any) -> Any:
    try:
        return take(*given)
    except RowFault as fault:
        raise fault.at(field) from fault


def _text(fields: Fields) -> str:
    text = properties.text(fields.get("text"))
    revision = fields.get("revision")
    digest = revision.get("sha256") if isinstance(revision, dict) else None
    if hashlib.sha256(storable(text)[0].encode()).hexdigest() != digest:
        detail = "The text is not the one that was exported: its SHA-256 is another."
        raise RowFault("text_changed", detail)
    return text


def _unit(value: Any) -> OffsetUnit:
    try:
        return OffsetUnit(value)
    except ValueError as error:
        expected = ", ".join(OffsetUnit)
        raise RowFault("invalid_choice", f"Expected one of: {expected}.") from error
