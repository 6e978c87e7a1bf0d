"""Gather what a page shows of an annotated document: text, marks, labels, sets, who said what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Left
from django.utils.safestring import SafeString

from annotations.admin.colors import DARK, LIGHT, ink, tint
from annotations.admin.drawing import draw
from annotations.admin.segments import Span, block_starts, blocks, lanes, segments
from annotations.models import Annotation, AnnotationSet, Label
from documents.models import Revision
from users.models import User

PART = 1_000_000  # code points on one page
MOST = 10_000  # spans on one page
SHORT = 80


@dataclass(frozen=True)
class Entry:
    """A label as the page uses it: its number in class names, and how often it is used."""

    number: int
    label: Label
    count: int

    def colors(self) -> dict[str, str]:
        """Return the colours of lines and backgrounds, on light and on dark pages."""
        color = self.label.color
        return {
            "ink_light": ink(color, LIGHT),
            "ink_dark": ink(color, DARK),
            "tint_light": tint(color, LIGHT),
            "tint_dark": tint(color, DARK),
        }


@dataclass(frozen=True)
class Said:
    """One annotation beside the text: its number on the page, its label's, whose it is."""

    number: int
    entry: Entry
    annotation: Annotation
    annotation_set: AnnotationSet


@dataclass(frozen=True)
class Part:
    """The stretch of the text that the page shows, one of `count`; offsets are code points."""

    number: int
    count: int
    start: int
    end: int

    @property
    def neighbours(self) -> dict[str, int]:
        """Return the numbers of the part before and the one after, where there are."""
        near = {"earlier": self.number - 1, "later": self.number + 1}
        return {name: number for name, number in near.items() if 1 <= number <= self.count}


@dataclass(frozen=True)
class Reading:
    """All that the template shows of the text."""

    part: Part
    html: SafeString
    lanes: int
    pages: list[int]
    legend: list[Entry]
    spans: list[Said]
    of_document: list[Said]
    is_cut: bool  # not all spans are drawn


def read(
    reader: User, revision: Revision, sets: Sequence[AnnotationSet], part_number: int
) -> Reading:
    """Return a part (from 1) of a text with what the sets, as the reader sees them, say of it."""
    part = _part(revision.text, part_number)
    rows = _rows(reader, sets).filter(revision=revision)  # not what was lost on the way to it
    near = rows.filter(start__lt=part.end, end__gt=part.start)
    found = list(near.order_by("start", F("end").desc(), "id")[: MOST + 1])
    whole = list(rows.filter(start=None).order_by("label__position", "label__name", "id"))
    said = _numbered(found[:MOST], whole, sets)
    spans = said[: len(found[:MOST])]
    starts = block_starts(revision.text[part.start : part.end], part.start, _pages(revision))
    html, deepest = _drawn(revision, part, spans, starts)
    return Reading(
        part=part,
        html=html,
        lanes=deepest,
        pages=[page for page in starts.values() if page],
        legend=sorted({one.entry.number: one.entry for one in said}.values(), key=_by_position),
        spans=spans,
        of_document=said[len(spans) :],
        is_cut=len(found) > MOST,
    )


def _rows(reader: User, sets: Sequence[AnnotationSet]) -> QuerySet[Annotation]:
    rows: QuerySet[Annotation] = Annotation.objects.visible_to(reader).live()
    rows = rows.filter(annotation_set__in=sets).select_related("label")
    return rows.defer("quote", "prefix", "suffix").annotate(short=Left("quote", SHORT))


def _numbered(
    spans: list[Annotation], whole: list[Annotation], sets: Sequence[AnnotationSet]
) -> list[Said]:
    counts: Counter[Any] = Counter(one.label_id for one in [*spans, *whole])
    labels = {one.label_id: one.label for one in [*spans, *whole]}
    entries = {pk: Entry(n, labels[pk], counts[pk]) for n, pk in enumerate(labels)}
    set_of = {one.pk: one for one in sets}
    return [
        Said(number, entries[one.label_id], one, set_of[one.annotation_set_id])
        for number, one in enumerate([*spans, *whole])
    ]


def _drawn(
    revision: Revision, part: Part, spans: list[Said], starts: dict[int, int | None]
) -> tuple[SafeString, int]:
    """Return the marked text, and how many lanes its lines need."""
    placed = [
        Span(one.annotation.start or 0, one.annotation.end or 0, one.number, one.entry.number)
        for one in spans
    ]
    lane_of = lanes(placed)
    cut = segments(part.start, part.end, placed, list(starts), lane_of)
    text = revision.text[part.start : part.end]
    html = draw(text, part.start, blocks(cut, starts), lane_of)
    return html, max(lane_of.values(), default=0) + 1


def _part(text: str, number: int) -> Part:
    """Return one part of a text; all but the last end with a line where there is one."""
    starts = [0]
    while len(text) - starts[-1] > PART * 6 // 5:  # the last part may be somewhat longer
        reached = starts[-1] + PART
        starts.append(text.rfind("\n", starts[-1], reached) + 1 or reached)
    number = max(1, min(number, len(starts)))
    end = [*starts[1:], len(text)][number - 1]
    return Part(number, len(starts), starts[number - 1], end)


def _pages(revision: Revision) -> list[list[int]]:
    pages: list[list[int]] = revision.layout.get("pages", [])
    return pages


def _by_position(entry: Entry) -> tuple[str, int, str]:
    return (entry.label.kind, entry.label.position, entry.label.name)
