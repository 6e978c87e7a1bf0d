"""Where a project allows no overlap: who is in the way, and how the project comes to that.

The database holds it, by the constraint over `exclusive` annotations. Those that are written while
the setting is read under lock are exclusive; who changes the setting marks all that there are.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, connection

from annotations.errors import Overlaps, OverlapsExist
from annotations.models import Annotation
from documents.models import Project
from users.copying import as_json

CONSTRAINT = "annotation_exclusive_do_not_overlap"
# So many of those that overlap are told.
TOLD = 10
# A stretch that begins before an earlier one of its set ends overlaps with one: no two of the same
# annotation do. So each is looked at once, however many there are.
_OVERLAPPING = """
WITH stretch AS (
  SELECT one.id, one.annotation_set_id, part
  FROM annotations_annotation AS one,
    unnest(annotation_extent(one.start, one."end", one.fragments)) AS part
  WHERE one.project_id = %s AND one.deleted_at IS NULL AND one.start IS NOT NULL
    AND one.anchoring <> 'lost'
), reached AS (
  SELECT id, lower(part) < max(upper(part)) OVER (
    PARTITION BY annotation_set_id ORDER BY lower(part), id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) AS is_late FROM stretch
)
SELECT DISTINCT id FROM reached WHERE is_late ORDER BY id
"""
_IN_THE_WAY = """
SELECT id FROM annotations_annotation
WHERE annotation_set_id = %s AND exclusive AND deleted_at IS NULL AND start IS NOT NULL
  AND anchoring <> 'lost' AND id <> %s
  AND annotation_extent(start, "end", fragments) && annotation_extent(%s, %s, %s::jsonb)
ORDER BY id LIMIT 1
"""


def told(error: IntegrityError, annotation: Annotation) -> Overlaps | None:
    """Return the problem that a refusal of the database is, if one is in the annotation's way."""
    if CONSTRAINT not in str(error):
        return None
    fragments = None if annotation.fragments is None else as_json(annotation.fragments)
    place = [annotation.start, annotation.end, fragments]
    with connection.cursor() as cursor:
        cursor.execute(_IN_THE_WAY, [annotation.annotation_set_id, annotation.pk, *place])
        (found,) = cursor.fetchone()
    return Overlaps.with_other(found)


def follow_setting(project: Project, changes: dict[str, Any]) -> None:
    """Make the annotations of a project, locked for update, as exclusive as it is from now on.

    Raises OverlapsExist where some overlap that shall not.
    """
    allows = changes.get("allows_overlap", project.allows_overlap)
    if allows == project.allows_overlap:
        return
    if not allows:
        _refuse_overlaps(project)
    rows = Annotation.objects.filter(project=project, exclusive=allows)
    rows.update(exclusive=not allows)


def _refuse_overlaps(project: Project) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_OVERLAPPING, [project.pk])
        found = [pk for (pk,) in cursor.fetchall()]
    if found:
        rows = Annotation.objects.filter(pk__in=found[:TOLD]).order_by("pk")
        first = [
            {"annotation_id": str(pk), "document_id": str(document_id)}
            for pk, document_id in rows.values_list("pk", "document_id")
        ]
        detail = f"{len(found)} annotations overlap with others of their sets."
        raise OverlapsExist(detail, count=len(found), annotations=first)
