"""Find the chains that relations make, such as coreference: who is spoken of again and again."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple
from uuid import UUID

from annotations.models import Annotation, Relation
from documents.models import Document
from users.models import User


class Chain(NamedTuple):
    """Annotations of a set in the order of the text, and the relations that join them."""

    annotation_set_id: UUID
    annotations: list[UUID]
    relations: list[UUID]


def chains(
    *, reader: User, document: Document, label: UUID, annotation_set: UUID | None = None
) -> list[Chain]:
    """Return the connected components over the relations of a label, as far as the reader sees.

    They come set by set, in the order in which the first of each stands in the text; what stands
    in no text comes last.
    """
    rows = Relation.objects.visible_to(reader).live().filter(document=document, label=label)
    if annotation_set:
        rows = rows.filter(annotation_set=annotation_set)
    columns = ("pk", "annotation_set_id", "source_id", "target_id")
    told = list(rows.order_by("pk").values_list(*columns))
    joined = _Joined()
    for _, _, source, target in told:
        joined.join(source, target)
    members: dict[UUID, list[UUID]] = defaultdict(list)
    for annotation in _in_text_order(joined.all()):
        members[joined.root(annotation)].append(annotation)
    relations: dict[UUID, list[UUID]] = defaultdict(list)
    sets = {}
    for relation, set_id, source, _ in told:
        relations[joined.root(source)].append(relation)
        sets[joined.root(source)] = set_id
    found = [Chain(sets[root], each, relations[root]) for root, each in members.items()]
    return sorted(found, key=lambda chain: chain.annotation_set_id)  # stable: the order stays


def _in_text_order(ids: list[UUID]) -> list[UUID]:
    rows = Annotation.objects.filter(pk__in=ids).order_by("start", "end", "page", "pk")
    return list(rows.values_list("pk", flat=True))


class _Joined:
    """Sets of what is joined with each other, each known by one of them (union-find)."""

    def __init__(self) -> None:
        self._above: dict[UUID, UUID] = {}

    def all(self) -> list[UUID]:
        """Return all that is joined with anything."""
        return list(self._above)

    def root(self, one: UUID) -> UUID:
        """Return by whom the set of one is known, and shorten the way there."""
        while (above := self._above[one]) != one:
            self._above[one] = self._above[above]
            one = above
        return one

    def join(self, one: UUID, other: UUID) -> None:
        """Make one set of those of both."""
        for each in (one, other):
            self._above.setdefault(each, each)
        self._above[self.root(one)] = self.root(other)
