"""Read texts and their layout, in the offsets that the client counts by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from documents.errors import DocumentNotReady, OffsetOutOfRange, RangeTooLong
from documents.ingest import boxes as places
from documents.ingest import segments
from documents.ingest.boxes import Box
from documents.ingest.layout import sentences_of
from documents.models import Document, Revision
from documents.offsets import (
    OffsetInsideCharacter,
    OffsetUnit,
    all_from_code_points,
    from_code_points,
    to_code_points,
)

# How many code points are taken apart into words while a client waits.
SEGMENTED = 100_000


@dataclass(frozen=True)
class Boxes:
    """Where a part of a text stands on its pages; empty for documents without pages to see."""

    revision_id: UUID
    boxes: list[Box]


@dataclass(frozen=True)
class Words:
    """The words that begin in a part of a text, as [start, end] in `offset_unit`s."""

    revision_id: UUID
    offset_unit: str
    words: list[list[int]]


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


def words(
    document: Document,
    *,
    start: int,
    end: int | None,
    offset_unit: str,
    revision: int | None = None,
) -> Words:
    """Return the words of a part of the text; raises as `read` does, and RangeTooLong."""
    found, unit = _revision(document, revision), OffsetUnit(offset_unit)
    length = from_code_points(found.text, found.length, unit)
    first, last = _code_points(found, start, length if end is None else end, length, unit)
    if last - first > SEGMENTED:
        raise RangeTooLong(f"Expected at most {SEGMENTED} code points, found {last - first}.")
    spans = segments.words(found.text, first, last)
    return Words(found.pk, unit, _in_unit(found.text, spans, unit))


def layout(document: Document, *, offset_unit: str, revision: int | None = None) -> dict[str, Any]:
    """Return pages, blocks and sentences of the document's text; raises DocumentNotReady."""
    found, unit = _revision(document, revision), OffsetUnit(offset_unit)
    known = {"pages": [], "blocks": [], **found.layout}
    sentences = known.get("sentences", sentences_of(found.text, known["blocks"]))
    sizes = [[page["width"], page["height"]] for page in known.pop("geometry", ())]
    spans = [(block["start"], block["end"]) for block in known["blocks"]]
    placed = zip(known["blocks"], _in_unit(found.text, spans, unit), strict=True)
    return {
        "revision_id": found.pk,
        "offset_unit": unit,
        "pages": _in_unit(found.text, known["pages"], unit),
        "blocks": [block | {"start": start, "end": end} for block, (start, end) in placed],
        "sentences": _in_unit(found.text, sentences, unit),
        "page_sizes": sizes,
    }


def _in_unit(text: str, spans: Iterable[Sequence[int]], unit: OffsetUnit) -> list[list[int]]:
    """Return spans that ascend, given in code points, in another unit."""
    offsets = all_from_code_points(text, chain.from_iterable(spans), unit)
    return [list(span) for span in zip(offsets, offsets, strict=True)]


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
