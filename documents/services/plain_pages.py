"""All documents of a project in order of creation: which are on a page."""

from __future__ import annotations

from functools import cache

from documents.models import Document
from users.compiled import hole, named_sql


@cache
def ids_of_all(*, is_descending: bool, goes_on: bool) -> str:
    """Return the SQL for the ids of the documents of `project_id`, which its caller sees.

    Where it `goes_on`, of those behind the id `place`. It asks for what lies between, not for what
    is equal: PostgreSQL, which thinks that projects lie mixed among each other, would else walk
    the primary key past all rows of older projects.
    """
    project = hole("project_id")
    rows = Document.objects.filter(project__gte=project, project__lte=project).live()
    if goes_on:
        rows = rows.filter(**{"id__lt" if is_descending else "id__gt": hole("place")})
    order = ("-project_id", "-id") if is_descending else ("project_id", "id")
    return named_sql(rows.order_by(*order).values("id"), "project_id", "place")
