"""Keep a document's text the present one while somebody says something of it."""

from __future__ import annotations

from typing import NamedTuple, NoReturn
from uuid import UUID

from annotations.errors import BeingReanchored
from config.database.prepared import prepared
from documents.models import Job, JobKind

PATIENCE = "5"  # seconds, as often as the sweep looks for waiting jobs


class Held(NamedTuple):
    """What stays as it is until the transaction ends."""

    revision_id: UUID | None
    allows_overlap: bool


# Who changes whether spans may overlap locks the project's row for update.
_HOLD = """
SELECT document.revision_id, project.allows_overlap
FROM documents_document AS document JOIN documents_project AS project
  ON project.id = document.project_id
WHERE document.id = %s FOR SHARE OF document FOR KEY SHARE OF project
"""
_BEHIND = """
SELECT 1 FROM annotations_annotationset
WHERE document_id = %s AND revision_id IS DISTINCT FROM %s LIMIT 1
"""


def hold_text(document_id: UUID) -> Held:
    """Return which revision is the document's present text, and whether spans may overlap.

    Both stay so until the transaction ends; many may hold them at once. Whoever gives annotations
    or sets to a document holds them first: so nobody opens a second set beside one that is on its
    way to a new text, and no unchecked span slips in. Raises BeingReanchored.
    """
    held = hold_revision(document_id)
    require_none_behind(document_id, held)
    return held


def hold_revision(document_id: UUID) -> Held:
    """Hold the same for who makes sure in the next statement that no set is behind it."""
    with prepared(_HOLD, [document_id]) as cursor:
        return Held(*cursor.fetchone())


def require_none_behind(document_id: UUID, held: Held) -> None:
    """Raise BeingReanchored while one of the document's sets is on an earlier text.

    A statement of its own, for it has to see what was committed while the holding one waited.
    """
    with prepared(_BEHIND, [document_id, held.revision_id]) as cursor:
        if cursor.fetchone():
            _refuse(document_id)


def _refuse(document_id: UUID) -> NoReturn:
    jobs = Job.objects.filter(document_id=document_id, kind=JobKind.REANCHORING)
    job = jobs.order_by("-pk").first()
    if job is None or job.has_ended:
        told = f"job {job.pk} is {job.state}" if job else "no job does it"
        raise BeingReanchored(f"Have a manager retry it: {told}.")
    detail = f"Try again once job {job.pk} has ended."
    raise BeingReanchored(detail, headers={"Retry-After": PATIENCE}, job_id=str(job.pk))
