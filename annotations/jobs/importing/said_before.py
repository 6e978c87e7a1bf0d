"""What imports said of texts before, so that nothing is said twice."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from annotations.models import Annotation, AnnotationSet, Relation, SetKind
from documents.models import Job, Revision

# What an annotation says: of two that say the same in a set there is one.
Key = tuple[Any, ...]
# What a relation says: from where, to where, with which label.
Join = tuple[UUID, UUID, UUID]
_SAID = (
    "annotation_set_id",
    "label_id",
    "start",
    "end",
    "fragments",
    "page",
    "boxes",
    "attributes",
    "body",
    "confidence",
)


class SaidBefore:
    """The imported sets of some texts, by the texts' ids."""

    def __init__(self, job: Job, texts: set[UUID]) -> None:
        # By text, the set of this job; by text, what each set says, and by which annotation.
        self.ours: dict[UUID, AnnotationSet] = {}
        self._said: dict[UUID, dict[UUID, dict[Key, UUID]]] = defaultdict(dict)
        # By set, what is joined.
        self.joined: dict[UUID, set[Join]] = defaultdict(set)
        self._digests: dict[UUID, str] = {}
        if texts:
            rows = Revision.objects.filter(pk__in=texts)
            self._digests = dict(rows.values_list("pk", "sha256"))
            self._load(job, texts)

    def _load(self, job: Job, texts: set[UUID]) -> None:
        sets = AnnotationSet.objects.filter(revision_id__in=texts, kind=SetKind.IMPORT)
        keys: dict[UUID, dict[Key, UUID]] = {}
        for each in sets:
            keys[each.pk] = self._said[each.revision_id][each.pk] = {}
            if each.job_id == job.pk:
                self.ours[each.revision_id] = each
        annotations = Annotation.objects.live().filter(annotation_set__in=sets)
        for each in annotations.only(*_SAID):
            keys[each.annotation_set_id][key_of(each)] = each.pk
        relations = Relation.objects.live().filter(annotation_set__in=sets)
        ends = ("source_id", "target_id", "label_id")
        for set_id, *joined in relations.values_list("annotation_set_id", *ends):
            self.joined[set_id].add(tuple(joined))

    def is_text(self, text: UUID, sha256: str) -> bool:
        """Tell whether a text of before is the very one that a row gives."""
        return self._digests.get(text) == sha256

    def has(
        self, text: UUID, said: AbstractSet[Key], joins: AbstractSet[tuple[Key, Key, UUID]]
    ) -> bool:
        """Tell whether one import, this or another, said all of that before."""
        return any(
            said <= known.keys()
            and {(known[one], known[other], label) for one, other, label in joins}
            <= self.joined[set_id]
            for set_id, known in self._said[text].items()
        )

    def of(self, text: UUID, set_id: UUID) -> dict[Key, UUID]:
        """Return what a set says, and by which annotation, to be added to."""
        return self._said[text].setdefault(set_id, {})


def key_of(annotation: Annotation) -> Key:
    """Return what tells annotations apart; of a whole document, each label is said once."""
    if annotation.start is None and annotation.page is None:
        return (annotation.label_id,)
    said = (annotation.start, annotation.end, annotation.body, annotation.confidence)
    more = (annotation.fragments, annotation.boxes, annotation.attributes)
    return (annotation.label_id, *said, json.dumps(more, sort_keys=True) if any(more) else "")
