"""Exported documents as lines of JSON that PostgreSQL writes: what `export_records` would tell.

All that is told of a batch is read in one statement, so it is of one moment. Left to Python are
the few records that take more than columns: of sets that lie on another text than the
document's, with fragments, with what was lost, or with numbers of so many digits that Python
rounds them.
"""

from __future__ import annotations

from collections.abc import Iterable
from string import Template
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from annotations.models import AnnotationSet
from documents.models import Document


def _moment(column: str) -> str:
    """Return the expression for a time as orjson writes it; NULL where there is none."""
    told = f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')"""
    return f"""'"' || replace({told}, '.000000', '') || 'Z"'"""


# concat() leaves NULL out and `||` makes NULL of it, so that members of nothing are left out.
_SAID = Template("""concat(
    '{"id":"', one.id, '","label":{"id":"', label.id, '","name":', to_json(label.name),
    '},"kind":"', label.kind, '","schema_version":', version.number,
    ',"attributes":', one.attributes, ',"body":', to_json(one.body),
    ',"confidence":', coalesce(one.confidence::text, 'null'),
    ',"created_at":', $created, ',"updated_at":', $updated, $more, '}')
""")
_MARK = """
    ',"derived_from":"' || one.derived_from_id || '"',
    CASE WHEN one.anchoring <> 'written' THEN concat(
        ',"anchoring":"', one.anchoring,
        '","anchor_confidence":', coalesce(one.anchor_confidence::text, 'null')) END,
    ',"boxes":' || one.boxes::text,
    CASE WHEN one.start IS NOT NULL THEN concat(
        ',"start":', one.start, ',"end":', one."end", ',"quote":', to_json(one.quote)) END
"""
_JOINT = """ ',"source":"', one.source_id, '","target":"', one.target_id, '"' """
_LABELLED = """
    JOIN annotations_label AS label ON label.id = one.label_id
    JOIN annotations_schemaversion AS version ON version.id = one.schema_version_id
    WHERE one.annotation_set_id = each.id AND one.deleted_at IS NULL
"""
# Looked up one by one by their indexes: what the planner guesses of a batch it joins in squares.
_LINES = Template("""
SELECT document.id, CASE
    WHEN said.is_left IS NOT TRUE AND document.metadata::text !~ $huge THEN concat(
        '{"id":"', document.id, '","external_id":',
        coalesce(to_json(document.external_id)::text, 'null'),
        ',"title":', to_json(document.title), ',"language":', to_json(document.language),
        ',"split":"', document.split, '","tags":', to_json(document.tags),
        ',"metadata":', document.metadata, ',"media_type":', to_json(document.media_type),
        ',"sha256":"', document.sha256, '","revision":{"id":"', revision.id,
        '","number":', revision.number, ',"sha256":"', revision.sha256,
        '"},"offset_unit":"code_points","text":', to_json(revision.text),
        ',"annotation_sets":[', said.told, E']}\\n')
    END
FROM documents_document AS document
JOIN documents_revision AS revision ON revision.id = document.revision_id
CROSS JOIN LATERAL (
    SELECT string_agg(concat(
               '{"id":"', each.id, '","kind":"', each.kind, '","state":"', each.state,
               '","author":{"id":"', author.id, '","email":', to_json(author.email),
               ',"name":', to_json(author.name),
               '},"submitted_at":', coalesce($submitted, 'null'),
               ',"reviewed_at":', coalesce($reviewed, 'null'),
               ',"annotations":[', marks.told, ']', ',"model_run":' || model.told,
               ',"relations":[' || joints.told || ']', '}'), ',' ORDER BY each.id) AS told,
           bool_or(marks.is_left OR joints.is_left OR model.told ~ $huge
                   OR each.revision_id <> document.revision_id) AS is_left
    FROM (
        SELECT * FROM annotations_annotationset WHERE document_id = document.id OFFSET 0
    ) AS each
    JOIN users_user AS author ON author.id = each.author_id
    LEFT JOIN LATERAL (
        SELECT row_to_json(run)::text AS told FROM (
            SELECT id, name, model_version, parameters, description FROM annotations_modelrun
            WHERE id = each.model_run_id
        ) AS run
    ) AS model ON true
    CROSS JOIN LATERAL (
        SELECT string_agg($mark, ',' ORDER BY one.start, one."end", one.id) AS told,
               bool_or(one.anchoring = 'lost' OR one.fragments IS NOT NULL
                       OR one.attributes <> '{}' AND one.attributes::text ~ $huge) AS is_left
        FROM annotations_annotation AS one $labelled
    ) AS marks
    CROSS JOIN LATERAL (
        SELECT string_agg($joint, ',' ORDER BY one.id) AS told,
               bool_or(one.attributes::text ~ $huge) AS is_left
        FROM annotations_relation AS one $labelled
    ) AS joints
    WHERE each.id = ANY(ARRAY($$sets))
) AS said
WHERE document.id = ANY(ARRAY($$documents))
ORDER BY document.id
""")
# For a queryset, these tables are the batch alone, under the same names. With an index of the
# project at hand and nothing known yet of a table that was just filled, the planner would choose to
# read the whole project for each batch; here it has no choice.
_NARROWED = """%(table)s AS MATERIALIZED (
    SELECT found.* FROM batch CROSS JOIN LATERAL (
        SELECT * FROM %(table)s WHERE %(column)s = batch.id OFFSET 0
    ) AS found
)"""
_COLUMNS = {"documents_document": "id", "annotations_annotationset": "document_id"}
_NARROW = ", ".join(_NARROWED % {"table": one, "column": of} for one, of in _COLUMNS.items())
_TIMES = {"created": _moment("one.created_at"), "updated": _moment("one.updated_at")}
_STATEMENT = Template(
    _LINES.substitute(
        mark=_SAID.substitute(_TIMES, more=_MARK),
        joint=_SAID.substitute(_TIMES, more=_JOINT),
        labelled=_LABELLED,
        submitted=_moment("each.submitted_at"),
        reviewed=_moment("each.reviewed_at"),
        huge="'[0-9]{19}'",
    )
)


def lines_of(
    ids: list[UUID], documents: QuerySet[Document], sets: QuerySet[AnnotationSet]
) -> Iterable[tuple[UUID, str | None]]:
    """Return the line of each of such documents among `ids`, in their order, with such sets.

    None for a line that is left to Python. Offsets count code points.
    """
    chosen, chosen_with = _among(documents)
    seen, seen_with = _among(sets)
    statement = _STATEMENT.substitute(documents=chosen, sets=seen)
    with connection.cursor() as cursor:
        cursor.execute(statement, [ids, *seen_with, ids, *chosen_with])
        found: list[tuple[UUID, str | None]] = cursor.fetchall()
    return found


def _among(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """Return SQL for the ids of such rows among those of a batch."""
    asked, with_values = rows.order_by().values("pk").query.sql_with_params()
    return f"WITH batch AS (SELECT unnest(%s) AS id), {_NARROW} {asked}", with_values
