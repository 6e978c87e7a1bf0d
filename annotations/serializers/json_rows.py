"""Annotations, and documents with them, as JSON that the database makes.

It is what AnnotationSerializer, CountedDocumentSerializer and ExpandedDocumentSerializer say.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from annotations.models import Anchoring, State
from config.api.json_rows import Shape, columns, read_rows
from documents.models import Role
from documents.serializers.json_rows import DOCUMENT, document_parameters
from users.models import User

MOST = 500  # annotations that come with a document

# Whether somebody sees all sets of a project is asked once for an answer; visible_to, which is the
# rule, would ask for each annotation. Who reads has found the document among the visible ones.
_SEEN = f"""(
    %(is_superuser)s OR kept.author_id = %(reader)s OR kept.state = '{State.APPROVED}' OR (
        SELECT NOT project.is_blind OR membership.role <> '{Role.ANNOTATOR}'
        FROM documents_membership AS membership
        JOIN documents_project AS project ON project.id = membership.project_id
        WHERE membership.user_id = %(reader)s AND membership.project_id = %(project)s
    )
)"""  # noqa: S608 - put together of constants
# By sets, of which a document has a few; what of a set is there is counted from an index alone.
_COUNT = f"""coalesce((
    SELECT sum((
        SELECT count(*) FROM annotations_annotation AS said
        WHERE said.document_id = shown.id AND said.annotation_set_id = kept.id
          AND said.deleted_at IS NULL AND said.anchoring <> '{Anchoring.LOST}'
    )) FROM annotations_annotationset AS kept WHERE kept.document_id = shown.id AND {_SEEN}
), 0)"""  # noqa: S608 - put together of constants
# A quote has the fragments' own, joined by blanks.
_FRAGMENTS = """(
    SELECT json_agg(json_build_object('start', first, 'end', last,
                                      'quote', substr(shown.quote, place, last - first))
                    ORDER BY number)
    FROM (
        SELECT number, first, last,
               (sum(last - first + 1) OVER (ORDER BY number) - (last - first))::int AS place
        FROM jsonb_array_elements(shown.fragments) WITH ORDINALITY AS each(part, number),
             LATERAL (SELECT (part ->> 0)::int AS first, (part ->> 1)::int AS last) AS extent
    ) AS parts
)"""
_PRESENT = f"""shown.document_id = %(document)s AND kept.document_id = %(document)s
    AND shown.deleted_at IS NULL
    AND shown.anchoring <> '{Anchoring.LOST}' AND {_SEEN} ORDER BY shown.id LIMIT {MOST + 1}"""

COUNTED_DOCUMENT = DOCUMENT.extended(annotation_count=_COUNT)
ANNOTATION = Shape(
    "annotations_annotation AS shown"
    " JOIN annotations_annotationset AS kept ON kept.id = shown.annotation_set_id",
    {
        **columns("shown", "id", "project_id", "document_id", "annotation_set_id", "revision_id"),
        **columns("shown", "label_id", "author_id", "start"),
        "end": 'shown."end"',
        "fragments": f"CASE WHEN shown.fragments IS NOT NULL THEN {_FRAGMENTS} END",
        **columns("shown", "quote", "prefix", "suffix", "page", "boxes", "anchoring"),
        **columns("shown", "anchor_confidence", "attributes", "body", "confidence"),
        **columns("shown", "derived_from_id", times=("deleted_at",)),
        **columns("shown", "version", times=("created_at", "updated_at")),
    },
)


def reading(user: User, project_id: UUID) -> dict[str, Any]:
    """Return the parameters that tell who reads in which project."""
    return {"reader": user.pk, "is_superuser": user.is_superuser, "project": project_id}


def expanded(
    document_id: UUID, expansions: Collection[str], reader: dict[str, Any]
) -> tuple[str, list[tuple[UUID, str]]]:
    """Return a document's JSON, and id and JSON of what a reader sees said of it as it is.

    Both are read by one statement; of annotations one more than MOST.
    """
    shape = DOCUMENT.extended(text="revision.text") if "text" in expansions else DOCUMENT
    statement = shape.select("shown.id = %(document)s")
    if "annotations" in expansions:
        statement += f" UNION ALL ({ANNOTATION.select(_PRESENT)})"
    found = read_rows(statement, {**reader, **document_parameters(), "document": document_id})
    annotations = [row for row in found if row[0] != document_id]
    return dict(found)[document_id], annotations
