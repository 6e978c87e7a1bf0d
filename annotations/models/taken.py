"""Which stretches of a text the annotations of a set take, where none may overlap."""

from __future__ import annotations

from uuid import UUID

from annotations.anchoring import Extents, stretches
from annotations.models.annotation import Anchoring, Annotation


def taken(set_id: UUID) -> Extents[UUID]:
    """Return which stretches the exclusive annotations of a (locked) set take."""
    rows = Annotation.objects.live().filter(annotation_set=set_id, exclusive=True)
    spans = rows.exclude(start=None).exclude(anchoring=Anchoring.LOST)
    extents: Extents[UUID] = Extents()
    for pk, *place in spans.values_list("pk", "start", "end", "fragments"):
        extents.take(pk, stretches(*place))
    return extents
