"""Whether what a row says fits the labels, the pages and what else is said."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from annotations.anchoring import Extents, box_faults, stretches
from annotations.attributes import AttributesError, check_attributes
from annotations.models import Annotation, Relation, taken
from documents.models import Revision


class Fault(NamedTuple):
    """Why something is left out of an import; the rest of its row is kept."""

    code: str
    detail: str


class Fitting:
    """Holds annotations and relations against what is there; in some sets no two may overlap."""

    def __init__(self, *, allows_overlap: bool) -> None:
        self.allows_overlap = allows_overlap
        self._taken: dict[UUID, Extents[UUID]] = {}
        self._pages: dict[UUID, list[tuple[float, float] | None]] = {}

    def fault_of(self, one: Annotation) -> Fault | None:
        """Return why an annotation does not fit its set; one that does takes its place there."""
        return _attributes(one) or self._boxes(one) or self._overlap(one)

    def _boxes(self, one: Annotation) -> Fault | None:
        for box in one.boxes or ():
            if one.revision_id not in self._pages:
                self._pages[one.revision_id] = Revision.objects.page_sizes(one.revision_id)
            for fault in box_faults(box, self._pages[one.revision_id]):
                return Fault(fault.code, f"{one.label}: {fault.detail}")
        return None

    def _overlap(self, one: Annotation) -> Fault | None:
        if self.allows_overlap:
            return None
        if one.annotation_set_id not in self._taken:
            self._taken[one.annotation_set_id] = taken(one.annotation_set_id)
        place = stretches(one.start, one.end, one.fragments)
        if self._taken[one.annotation_set_id].take(one.pk, place) is None:
            return None
        return Fault(
            "overlaps", f"{one.label}: {one.start} to {one.end} overlaps with another one."
        )


def fault_of_relation(one: Relation, source: UUID, target: UUID) -> Fault | None:
    """Return why a relation does not fit its label, or the labels at its ends."""
    if one.label.joins and [str(source), str(target)] not in one.label.joins:
        return Fault("not_joined_by_label", f"{one.label} does not join such annotations.")
    return _attributes(one)


def _attributes(one: Annotation | Relation) -> Fault | None:
    try:
        check_attributes(one.label.attribute_schema, one.attributes)
    except AttributesError as error:
        return Fault(error.code, f"{one.label}{error.pointer}: {error.detail}")
    return None
