"""Write down the groups, one a line, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple
from uuid import UUID

import orjson
from django.db.models import Q

from documents.fingerprints import similarity
from documents.models import GroupMember, Job

PAGE = 1_000


class Member(NamedTuple):
    """A document of a group, in the order of the groups."""

    first_id: UUID
    document_id: UUID
    external_id: str | None
    title: str
    signature: bytes


def write_groups(job: Job, file: IO[bytes], tick: Callable[[], None]) -> dict[str, int]:
    """Write the groups, whatever their size in flat memory, and return how many there are.

    A line is {"documents": [{"id", "external_id", "title", "similarity"}, …]}, the earliest
    document first; `similarity` is the estimate to that one. `tick` is called every so often.
    """
    groups = documents = 0
    first: Member | None = None
    for member in _members(job, tick):
        documents += 1
        if first is None or first.document_id != member.first_id:
            file.write(b"]}\n" if first else b"")
            file.write(b'{"documents":[')
            first, groups = member, groups + 1
        else:
            file.write(b",")
        file.write(orjson.dumps(_told(member, first)))
    file.write(b"]}\n" if first else b"")
    return {"groups": groups, "documents": documents}


def _members(job: Job, tick: Callable[[], None]) -> Iterator[Member]:
    rows = GroupMember.objects.filter(job=job).order_by("first_id", "document_id")
    columns = ("first_id", "document_id", "document__external_id", "document__title")
    after: Any = Q()
    while True:
        told = rows.filter(after).values_list(*columns, "document__fingerprint__signature")[:PAGE]
        page = [Member(*row) for row in told]
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]
        after = Q(first_id__gt=last.first_id) | Q(
            first_id=last.first_id, document_id__gt=last.document_id
        )
        tick()


def _told(member: Member, first: Member) -> dict[str, Any]:
    return {
        "id": member.document_id,
        "external_id": member.external_id,
        "title": member.title,
        "similarity": round(similarity(first.signature, member.signature), 2),
    }
