"""What a row says: a document, and the labels that it has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from annotations.anchoring import Anchor
from annotations.formats.rows import RowError


@dataclass(frozen=True, slots=True)
class RowBox:
    """A part of a page (from 0), in points from its top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class RowAnnotation:
    """A label by its name, on a span that is held against the text, or on the whole document.

    A discontinuous span has `fragments`, which `anchor` reaches from end to end, and a region has
    `boxes` instead. `attributes` are JSON with sorted keys, so that they can be compared.
    """

    label: str
    anchor: Anchor | None = None
    body: str = ""
    confidence: float | None = None
    fragments: tuple[tuple[int, int], ...] = ()
    boxes: tuple[RowBox, ...] = ()
    attributes: str = "{}"


@dataclass(frozen=True, slots=True)
class RowRelation:
    """A label by its name, that leads from one of a row's annotations to another, by place."""

    label: str
    source: int
    target: int
    body: str = ""
    confidence: float | None = None
    attributes: str = "{}"


@dataclass(frozen=True, slots=True)
class RowDocument:
    """A document as a row gives it.

    `properties` are those of external_id, title, language, split, tags, metadata and iri that
    the row has. Spans are those of the text as it will be stored. `left_out` is told of a row that
    is taken: what of it could not be.
    """

    text: str
    properties: dict[str, Any]
    annotations: list[RowAnnotation] = field(default_factory=list)
    media_type: str = "text/plain"
    relations: list[RowRelation] = field(default_factory=list)
    left_out: list[RowError] = field(default_factory=list)


class RowRefused(Exception):
    """A row is no document, for one reason or several."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__(errors)
        self.errors = errors
