"""Give what was said of a text its place in the next one, one annotation after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from annotations.anchoring import Anchor, Extents, Found, anchor, stretches
from annotations.models import Anchoring, Annotation
from documents.models import Revision

MOVED = (
    "revision_id",
    "start",
    "end",
    "fragments",
    "quote",
    "prefix",
    "suffix",
    "exclusive",
    "anchoring",
    "anchor_confidence",
    "version",
    "updated_at",
)
# The first ones are surer; what somebody wrote or placed counts as found exactly.
_ORDER = [Anchoring.EXACT, Anchoring.QUOTE, Anchoring.FUZZY]


class Seen(NamedTuple):
    """An annotation as it was when its new place was sought, and the place, if there is one.

    That is where it was found, or each of its fragments.
    """

    version: int
    found: list[Found] | None


@dataclass
class Plan:
    """Where all that is said of a document has its place in the new text."""

    revision: Revision
    places: dict[UUID, Seen] = field(default_factory=dict)


class Outdated(Exception):
    """Something was said while places were sought."""


def anchors_of(one: Annotation, text: str) -> Iterator[Anchor]:
    """Yield what is to be sought of an annotation on a span: it, or each of its fragments."""
    if one.fragments is None:
        assert one.start is not None
        assert one.end is not None
        yield Anchor(one.start, one.end, one.quote, one.prefix, one.suffix)
    else:
        yield from (anchor(text, start=start, end=end) for start, end in one.fragments)


def in_order(parts: Sequence[Found | None]) -> list[Found] | None:
    """Return where all parts were found, if they still ascend without touching; else None."""
    found = [part for part in parts if part is not None]
    in_line = all(before.end < after.start for before, after in pairwise(found))
    return found if in_line and len(found) == len(parts) else None


def files_before(revision: Revision) -> int:
    """Return the number of the last text that was of another file than a text is; 0 for none.

    Parts of pages have a place on the pages of their own file alone.
    """
    former = Revision.objects.filter(document=revision.document_id, number__lt=revision.number)
    of_others = former.exclude(source=None).exclude(source="").order_by("-number")
    return of_others.values_list("number", flat=True).first() or 0


@dataclass
class Moving:
    """Moves annotations, whose sets are under lock, as planned.

    `files_before` is the last text of another file. Where the project allows no overlap, what lies
    in the way of an earlier annotation of its set in the new text stays, without being exclusive.
    """

    plan: Plan
    files_before: int
    allows_overlap: bool
    taken: dict[UUID, Extents[UUID]] = field(default_factory=lambda: defaultdict(Extents))

    def __call__(self, one: Annotation) -> None:
        """Give an annotation its place; what is lost keeps its own, in its old text."""
        way, found = self.way(one), self._found(one)
        one.version += 1
        one.updated_at = timezone.now()
        if way == Anchoring.LOST:
            one.anchoring, one.anchor_confidence = Anchoring.LOST, None
        else:
            one.revision = self.plan.revision
        if found:
            _put(one, found, self.plan.revision.text)
        one.exclusive = not self.allows_overlap and self._has_room(one)

    def way(self, one: Annotation) -> str:
        """Return how an annotation comes to its place."""
        found = self._found(one)
        if found:
            return max((Anchoring(each.method) for each in found), key=_ORDER.index)
        if one.page is not None and one.revision.number > self.files_before:
            return "region"
        is_whole = one.start is None and one.page is None
        return "whole_document" if is_whole else Anchoring.LOST

    def stays_lost(self, one: Annotation) -> bool:
        """Return whether an annotation was lost before, and is still."""
        return one.anchoring == Anchoring.LOST and self.way(one) == Anchoring.LOST

    def _found(self, one: Annotation) -> list[Found] | None:
        """Return the place that was sought; raises Outdated if the annotation is another now."""
        seen = self.plan.places.get(one.pk)
        if seen is None or seen.version != one.version:
            raise Outdated
        return seen.found

    def _has_room(self, one: Annotation) -> bool:
        """Return whether nothing is in an annotation's way; what is not there is in nobody's."""
        if one.deleted_at or one.anchoring == Anchoring.LOST:
            return True
        wanted = stretches(one.start, one.end, one.fragments)
        return self.taken[one.annotation_set_id].take(one.pk, wanted) is None


def _put(one: Annotation, found: list[Found], text: str) -> None:
    """Put an annotation where it was found.

    Who was found somehow and is found exactly later on is no surer than it was: the confidences
    are multiplied, and the less sure way stays. Several fragments are as sure as the least sure.
    """
    ways = [Anchoring(each.method) for each in found]
    ways += [way for way in _ORDER if way == one.anchoring]
    confidence = 1.0 if one.anchor_confidence is None else one.anchor_confidence
    one.anchoring = max(ways, key=_ORDER.index)
    one.anchor_confidence = confidence * min(each.confidence for each in found)
    parts = [anchor(text, start=each.start, end=each.end) for each in found]
    one.start, one.end = parts[0].start, parts[-1].end
    one.quote = " ".join(part.quote for part in parts)
    one.prefix, one.suffix = parts[0].prefix, parts[-1].suffix
    if one.fragments is not None:
        one.fragments = [[part.start, part.end] for part in parts]
