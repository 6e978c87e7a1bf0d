"""What labels are put on: spans, several fragments of one, boxes on pages, whole documents.

Each kind of label takes its own kind of target, and all of it is held against the revision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from annotations.anchoring import (
    AmbiguousQuote,
    Anchor,
    AnchorError,
    anchor,
    box_faults,
    check_around,
    locate,
)
from annotations.errors import InvalidAnnotation
from annotations.models import Kind, Label
from documents.models import Revision
from documents.offsets import OffsetUnit, from_code_points

Fields = dict[str, Any]
SPAN = ("start", "end", "quote", "prefix", "suffix", "fragments")
REGION = ("boxes",)
# What each kind of label is not put on, and how that is told.
_FOREIGN = {
    Kind.SPAN: ((REGION, "not_a_region_label", "is put on a span of text"),),
    Kind.REGION: ((SPAN, "not_a_span_label", "is put on parts of pages"),),
    Kind.DOCUMENT: (
        (SPAN, "not_a_span_label", "is said of the whole document"),
        (REGION, "not_a_region_label", "is said of the whole document"),
    ),
}
NOWHERE: Fields = {
    "start": None,
    "end": None,
    "fragments": None,
    "quote": "",
    "prefix": "",
    "suffix": "",
    "page": None,
    "boxes": None,
}


@dataclass(frozen=True)
class Ground:
    """What targets are held against: a revision's text and pages; `unit` is what offsets count."""

    revision: Revision
    unit: OffsetUnit

    @cached_property
    def text(self) -> str:
        """Return the revision's text."""
        return self.revision.text

    @cached_property
    def pages(self) -> list[tuple[float, float] | None]:
        """Return width and height of each page in points, or None where they are not known."""
        return Revision.objects.page_sizes(self.revision.pk)


def target(label: Label, fields: Fields, ground: Ground) -> Fields:
    """Return the columns of what `label` is put on; raises InvalidAnnotation.

    `fields`: for a span `start` and `end` or a `quote`, maybe with `prefix` and `suffix`, or
    `fragments`, which are such spans; for a region `boxes`; for a document none of these.
    """
    if label.kind == Kind.RELATION:
        detail = f"{label.name!r} is put on relations."
        raise InvalidAnnotation("label", "relation_label", detail)
    kind = Kind(label.kind)
    for members, code, told in _FOREIGN[kind]:
        for member in members:
            if fields.get(member) is not None:
                raise InvalidAnnotation(member, code, f"{label.name!r} {told}; leave {member} out.")
    if kind == Kind.SPAN:
        return NOWHERE | _span(label, fields, ground)
    return NOWHERE | (_region(label, fields, ground) if kind == Kind.REGION else {})


def _span(label: Label, fields: Fields, ground: Ground) -> Fields:
    if fields.get("fragments") is not None:
        return _discontinuous(fields, ground)
    if fields.get("start") is None and fields.get("end") is None and not fields.get("quote"):
        detail = f"{label.name!r} is put on a span of text: send its offsets, or a quote."
        raise InvalidAnnotation("start", "required", detail)
    return vars(_anchored(fields, ground, ""))


def _anchored(fields: Fields, ground: Ground, place: str) -> Anchor:
    """Return the anchor of a span that is told at `place`, a path that ends in a slash or none."""
    start, end = fields.get("start"), fields.get("end")
    if (start is None) != (end is None):
        member = "start" if start is None else "end"
        detail = "A span has both start and end."
        raise InvalidAnnotation(f"{place}{member}", "required", detail)
    try:
        return _found(fields, ground)
    except AmbiguousQuote as error:
        candidates = [asdict(one) for one in error.candidates]
        raise InvalidAnnotation.from_anchor(error, place, candidates=candidates) from error
    except AnchorError as error:
        raise InvalidAnnotation.from_anchor(error, place) from error


def _found(fields: Fields, ground: Ground) -> Anchor:
    around = {name: fields.get(name) or "" for name in ("prefix", "suffix")}
    quote, start = fields.get("quote"), fields.get("start")
    if start is None:
        return locate(ground.text, quote or "", **around, unit=ground.unit)
    found = anchor(ground.text, start=start, end=fields["end"], quote=quote, unit=ground.unit)
    check_around(ground.text, found, **around)
    return found


def _discontinuous(fields: Fields, ground: Ground) -> Fields:
    """Return the columns of a span of several fragments; what is told of all of it must fit."""
    parts = [
        _anchored(one, ground, f"fragments/{place}/")
        for place, one in enumerate(fields["fragments"])
    ]
    for place, (before, after) in enumerate(pairwise(parts), 1):
        if after.start <= before.end:
            detail = "Fragments ascend and do not touch: this one begins before the last one ends."
            raise InvalidAnnotation(f"fragments/{place}/start", "fragments_in_disorder", detail)
    first, last = parts[0], parts[-1]
    found: Fields = {
        "start": first.start,
        "end": last.end,
        "quote": " ".join(one.quote for one in parts),
        "prefix": first.prefix,
        "suffix": last.suffix,
        "fragments": [[one.start, one.end] for one in parts],
    }
    _check_whole(fields, found, ground)
    return found


def _check_whole(fields: Fields, found: Fields, ground: Ground) -> None:
    """Hold what is told of a discontinuous span as a whole against its fragments."""
    text, start, end = ground.text, found["start"], found["end"]
    fits: dict[str, Callable[[Any], bool]] = {
        "start": lambda told: told == from_code_points(text, start, ground.unit),
        "end": lambda told: told == from_code_points(text, end, ground.unit),
        "quote": lambda told: told == found["quote"],
        "prefix": lambda told: text.endswith(told, 0, start),
        "suffix": lambda told: text.startswith(told, end),
    }
    for member, fit in fits.items():
        if fields.get(member) is not None and not fit(fields[member]):
            detail = "It is not what the fragments come to; leave it out."
            raise InvalidAnnotation(member, f"{member}_mismatch", detail)


def _region(label: Label, fields: Fields, ground: Ground) -> Fields:
    boxes = fields.get("boxes")
    if boxes is None:
        detail = f"{label.name!r} is put on parts of pages."
        raise InvalidAnnotation("boxes", "required", detail)
    for place, box in enumerate(boxes):
        for fault in box_faults(box, ground.pages):
            raise InvalidAnnotation(f"boxes/{place}/{fault.member}", fault.code, fault.detail)
    return {"page": boxes[0]["page"], "boxes": [dict(box) for box in boxes]}
