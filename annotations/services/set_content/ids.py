"""The ids that clients choose: each once, and none that anything else has or ever had."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from annotations.models import Annotation, Relation
from annotations.services.set_content.faults import Faults
from annotations.services.targets import Fields
from users.models import Event

Lists = Mapping[str, tuple[Sequence[Fields], Collection[UUID]]]


def check_ids(lists: Lists, faults: Faults) -> None:
    """Note ids that stand twice or are taken, in lists of items with the ids known among each.

    The log knows all that has an id, deleted or erased: histories go by it. Whose a taken id is,
    is told to nobody.
    """
    told = list(_told(lists))
    taken = _taken({pk for _, pk, is_known in told if not is_known})
    seen: set[UUID] = set()
    for pointer, pk, is_known in told:
        if pk in seen:
            faults.add(pointer, "id_repeated", "Another item has this id.")
        elif pk in taken and not is_known:
            faults.add(pointer, "id_taken", "It is not of this set's; choose another one.")
        seen.add(pk)


def _told(
    lists: Lists,
) -> Iterator[tuple[str, UUID, bool]]:
    for name, (items, known) in lists.items():
        for number, fields in enumerate(items):
            if "id" in fields:
                yield f"/{name}/{number}/id", fields["id"], fields["id"] in known


def _taken(ids: Collection[UUID]) -> set[UUID]:
    if not ids:
        return set()
    rows = Annotation.objects.filter(pk__in=ids).values_list("pk")
    relations = Relation.objects.filter(pk__in=ids).values_list("pk")
    events = Event.objects.filter(target_id__in=ids).values_list("target_id")
    return {pk for (pk,) in rows.union(relations, events)}
