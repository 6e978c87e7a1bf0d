"""Groups of alike documents, kept in the database: whoever is alike to a member is a member."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from documents.models import GroupMember, Job

Pair = tuple[UUID, UUID]

_REGROUP = """
UPDATE documents_groupmember AS member SET first_id = given.new
FROM unnest(%s::uuid[], %s::uuid[]) AS given(old, new)
WHERE member.job_id = %s AND member.first_id = given.old
"""


def put_together(job: Job, pairs: Sequence[Pair]) -> None:
    """Put the documents of each pair, with all of their groups, into one; in a step of the job."""
    involved = {document_id for pair in pairs for document_id in pair}
    members = GroupMember.objects.filter(job=job, document__in=involved)
    known = dict(members.values_list("document_id", "first_id"))
    firsts = _firsts([(known.get(one, one), known.get(other, other)) for one, other in pairs])
    GroupMember.objects.bulk_create(
        GroupMember(job=job, document_id=document_id, first_id=firsts[document_id])
        for document_id in sorted(involved - known.keys())
    )
    moved = {old: new for old, new in firsts.items() if old != new and old in known.values()}
    with connection.cursor() as cursor:
        cursor.execute(_REGROUP, [list(moved), list(moved.values()), job.pk])


def _firsts(pairs: Sequence[Pair]) -> dict[UUID, UUID]:
    """Return for each id of the pairs the least one that it is connected to (union-find)."""
    parents = {one: one for pair in pairs for one in pair}

    def root(one: UUID) -> UUID:
        while parents[one] != one:
            parents[one] = one = parents[parents[one]]
        return one

    for pair in pairs:
        least, other = sorted(map(root, pair))
        parents[other] = least
    return {one: root(one) for one in parents}
