"""Read texts and their layout, in the offsets that the client counts by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from documents.errors import DocumentNotReady, OffsetOutOfRange
from documents.ingest import boxes as places
from documents.ingest.boxes import Box
from documents.models import Document, Revision
from documents.offsets import (
    OffsetInsideCharacter,
    OffsetUnit,
    from_code_points,
    to_code_points,
)


@dataclass(frozen=True)
class Boxes:
    """Where a part of a text stands on its pages; empty for documents without pages to see."""

    revision_id: UUID
    boxes: list[Box]


@dataclass(frozen=True)
class TextRange:
    """A part of a text; `start`, `end` and `length` (of the whole) count `offset_unit`s."""

    revision_id: UUID
    offset_unit: str
    start: int
    end: int
    length: int
    text: str


def read(
    document: Document,
    *,
    start: int,
    end: int | None,
    offset_unit: str,
    revision: int | None = None,
) -> TextRange:
    """Return a part of the document's text; raises DocumentNotReady, OffsetOutOfRange."""
    found, unit = _revision(document, revision), OffsetUnit(offset_unit)
    length = from_code_points(found.text, found.length, unit)
    end = length if end is None else end
    first, last = _code_points(found, start, end, length, unit)
    return TextRange(found.pk, unit, start, end, length, found.text[first:last])


def boxes(
    document: Document,
    *,
    start: int,
    end: int | None,
    offset_unit: str,
    revision: int | None = None,
) -> Boxes:
    """Return what covers a part of the text on its pages; raises as `read` does."""
    found, unit = _revision(document, revision), OffsetUnit(offset_unit)
    length = from_code_points(found.text, found.length, unit)
    end = length if end is None else end
    first, last = _code_points(found, start, end, length, unit)
    return Boxes(found.pk, places.boxes(found.layout, first, last))


def layout(document: Document) -> dict[str, Any]:
    """Return pages, blocks and sentences of the document's text; raises DocumentNotReady."""
    revision = _revision(document, None)
    known = {"pages": [], "blocks": [], "sentences": [], **revision.layout}
    sizes = [[page["width"], page["height"]] for page in known.pop("geometry", ())]
    return known | {"page_sizes": sizes, "revision_id": revision.pk}


def _code_points(
    revision: Revision, start: int, end: int, length: int, unit: OffsetUnit
) -> tuple[int, int]:
    if not start <= end <= length:
        raise OffsetOutOfRange(f"Expected 0 ≤ start ≤ end ≤ {length}, found {start} and {end}.")
    try:
        first, last = (to_code_points(revision.text, offset, unit) for offset in (start, end))
    except OffsetInsideCharacter as error:
        raise OffsetOutOfRange(str(error)) from error
    return first, last


def _revision(document: Document, number: int | None) -> Revision:
    if number is not None:
        return get_object_or_404(document.revisions, number=number)
    if document.revision is None:
        raise DocumentNotReady(f"Its status is {document.status}.")
    return document.revision
