"""What documents are found by, written set-wise in the transaction of the change, or soon after.

One row for each document's words, one for each declared number or time of its metadata. It lies
below the pipeline and the services, which both write what is found. The words of many documents
at once are left to workers, by a queue that is part of the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from psycopg.errors import ProgramLimitExceeded

from documents.finding.languages import ACCENTS, CONFIGURATIONS, PLAIN
from documents.finding.question import PARTING
from documents.finding.scripts import DENSE
from documents.finding.values import MAX_KEYWORD, MOMENT

# As many code points of a text are read; what comes after them is not found.
REACH = 1_000_000
# One statement reads as many, so that no time limit is met.
AT_ONCE = 4_000_000
# A text of as few may always be read.
LEAST = 1_000
# As few documents are not worth a worker's while.
FEW = 20
# Each is told that there is something to index, in the transaction that queues it.
ANNOUNCERS: list[Callable[[], object]] = []


def _with_blanks(text: str) -> str:
    """Return the expression for a text in which blanks stand for what parts words."""
    for sign in PARTING:  # a tenth of what translate() takes
        text = f"replace({text}, '{sign}', ' ')"
    return text


# What is guessed of the letters of dense scripts makes the statement look dear enough to be
# compiled, which takes longer than all of its work.
_WORDS_OF = """
SET LOCAL jit = off;
WITH spoken AS (
    SELECT told.tag, told.name
    FROM unnest(%(tags)s::text[], %(names)s::text[]) AS told(tag, name)
    JOIN pg_catalog.pg_ts_config AS known
      ON known.cfgname = told.name AND known.cfgnamespace = 'pg_catalog'::regnamespace
),
read AS MATERIALIZED (
    SELECT document.id, document.project_id, revision.id AS revision_id,
           coalesce(spoken.name, %(plain)s) AS configuration,
           {title} AS title, {body} AS body
    FROM documents_document AS document
    LEFT JOIN documents_revision AS revision ON revision.id = document.revision_id
    LEFT JOIN spoken ON spoken.tag = lower(split_part(document.language, '-', 1))
    WHERE document.id = ANY(%(ids)s::uuid[])
    ORDER BY document.id
),
measured AS MATERIALIZED (
    SELECT *, octet_length(title) + octet_length(body) > length(title) + length(body) AS is_wide
    FROM read
),
judged AS MATERIALIZED (
    SELECT *, is_wide AND (title ~ %(dense)s OR body ~ %(dense)s) AS is_dense FROM measured
),
parted AS MATERIALIZED (
    SELECT id, project_id, revision_id, configuration::regconfig AS configuration,
           is_wide AND configuration <> %(plain)s AS has_accents,
           CASE WHEN is_dense THEN regexp_replace(title, %(dense)s, ' ', 'g') ELSE title
           END AS title,
           CASE WHEN is_dense THEN regexp_replace(body, %(dense)s, ' ', 'g') ELSE body
           END AS body,
           CASE WHEN is_dense THEN (
               SELECT array_to_tsvector(array_agg(DISTINCT letter || coalesce(next, '')))
               FROM (
                   SELECT letter, lead(letter) OVER (PARTITION BY number ORDER BY place) AS next
                   FROM regexp_matches(title || ' ' || body, %(dense)s, 'g')
                        WITH ORDINALITY AS run(matched, number),
                        string_to_table(matched[1], NULL) WITH ORDINALITY AS each(letter, place)
               ) AS pair
           ) ELSE '' END AS pairs
    FROM judged
)
INSERT INTO documents_searchentry (document_id, project_id, revision_id, configuration, words)
SELECT id, project_id, revision_id, configuration::text,
       setweight(to_tsvector(configuration, title), 'A')
       || CASE WHEN has_accents THEN setweight(to_tsvector(%(accents)s, title), 'A') ELSE '' END
       || to_tsvector(configuration, body)
       || CASE WHEN has_accents THEN to_tsvector(%(accents)s, body) ELSE '' END
       || pairs
FROM parted
ON CONFLICT (document_id) DO UPDATE
SET revision_id = EXCLUDED.revision_id, configuration = EXCLUDED.configuration,
    words = EXCLUDED.words
"""
_WORDS = _WORDS_OF.format(
    title=_with_blanks("document.title"),
    body=_with_blanks("coalesce(left(revision.text, %(reach)s), '')"),
)

_TOLD = """
SELECT field.id AS field_id, document.id AS document_id,
       CASE WHEN field.type = 'number' AND jsonb_typeof(metadata -> field.name) = 'number' THEN
           CASE WHEN abs((metadata -> field.name)::numeric) BETWEEN 1e-300 AND 1e308
                  OR (metadata -> field.name)::numeric = 0
                THEN (metadata -> field.name)::float8 END
       END AS number,
       CASE WHEN field.type = 'datetime' AND jsonb_typeof(metadata -> field.name) = 'string'
                 AND metadata ->> field.name ~ %(moment)s THEN
           CASE WHEN substr(metadata ->> field.name, 9, 2)::int <= extract(day FROM
                    make_date(substr(metadata ->> field.name, 1, 4)::int,
                              substr(metadata ->> field.name, 6, 2)::int, 1)
                    + interval '1 month' - interval '1 day')
                THEN (metadata ->> field.name)::timestamptz END
       END AS moment
FROM documents_document AS document
JOIN documents_metadatafield AS field ON field.project_id = document.project_id
WHERE field.type IN ('number', 'datetime')
"""
_VALUES = f"""
WITH told AS MATERIALIZED (
    SELECT * FROM ({_TOLD} AND document.id = ANY(%(ids)s::uuid[])) AS each
    WHERE number IS NOT NULL OR moment IS NOT NULL
),
gone AS (
    DELETE FROM documents_metadatavalue AS kept WHERE kept.document_id = ANY(%(ids)s::uuid[])
    AND NOT EXISTS (SELECT FROM told
                    WHERE told.document_id = kept.document_id AND told.field_id = kept.field_id)
)
INSERT INTO documents_metadatavalue (field_id, document_id, number, moment)
SELECT field_id, document_id, number, moment FROM told ORDER BY document_id, field_id
ON CONFLICT (field_id, document_id) DO UPDATE
SET number = EXCLUDED.number, moment = EXCLUDED.moment
"""  # noqa: S608 - put together of constants
_FIELD = f"""
DELETE FROM documents_metadatavalue WHERE field_id = %(field)s;
INSERT INTO documents_metadatavalue (field_id, document_id, number, moment)
SELECT * FROM ({_TOLD} AND field.id = %(field)s) AS each
WHERE number IS NOT NULL OR moment IS NOT NULL
"""  # noqa: S608 - put together of constants
_MISFITS = """
SELECT count(*) FROM documents_document AS document
JOIN documents_metadatafield AS field ON field.project_id = document.project_id
WHERE field.id = %(field)s AND jsonb_typeof(metadata -> field.name) <> 'null' AND NOT
    CASE field.type
        WHEN 'keyword' THEN jsonb_typeof(metadata -> field.name) = 'string'
             AND length(metadata ->> field.name) <= %(longest)s
        WHEN 'boolean' THEN jsonb_typeof(metadata -> field.name) = 'boolean'
        ELSE EXISTS (SELECT FROM documents_metadatavalue AS value
                     WHERE value.field_id = field.id AND value.document_id = document.id)
    END
"""
_LENGTHS = """
SELECT document.id, length(title) + least(coalesce(revision.length, 0), %s)
FROM documents_document AS document
LEFT JOIN documents_revision AS revision ON revision.id = document.revision_id
WHERE document.id = ANY(%s::uuid[]) ORDER BY document.id
"""
_QUEUE = """
INSERT INTO documents_unindexed (document_id, project_id)
SELECT id, project_id FROM documents_document WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id
"""
_RULES = {
    "tags": list(CONFIGURATIONS),
    "names": list(CONFIGURATIONS.values()),
    "plain": PLAIN,
    "accents": ACCENTS,
    "dense": DENSE,
}


def index_documents(ids: Iterable[UUID | str]) -> None:
    """Write anew what the documents are found by.

    That are the words of title and present text, and declared numbers and times of metadata.
    To be called in the transaction that makes them, or changes title, language, metadata or text,
    after all of their rows are written. Any number of ids; statements work on many rows each.
    """
    assert connection.in_atomic_block, "what is found belongs to the transaction of its change"
    given = sorted({str(one) for one in ids})
    for some in _batches(given) if len(given) > 1 else [given]:
        _write_words(some, REACH)
    _execute(_VALUES, {"ids": given, "moment": MOMENT})


def index_later(ids: Iterable[UUID | str]) -> None:
    """Have the words of many documents indexed soon after the commit; those of FEW at once.

    Otherwise like `index_documents`: declared metadata are written now. Until a worker was there,
    new documents are not found by words, and changed ones by those that they had.
    """
    given = sorted({str(one) for one in ids})
    if len(given) <= FEW:
        index_documents(given)
        return
    _execute(_VALUES, {"ids": given, "moment": MOMENT})
    _execute(_QUEUE, {"ids": given})
    for announce in ANNOUNCERS:
        announce()


def index_field(field_id: UUID) -> int:
    """Write anew the values of one declared field; return how many documents have another kind.

    In the transaction that declares it, while nobody else writes documents of its project.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIELD, {"field": field_id, "moment": MOMENT})
        cursor.execute(_MISFITS, {"field": field_id, "longest": MAX_KEYWORD})
        (misfits,) = cursor.fetchone()
    return int(misfits)


def _batches(ids: list[str]) -> Iterator[list[str]]:
    """Yield the ids in batches of bounded length of text."""
    with connection.cursor() as cursor:
        cursor.execute(_LENGTHS, [REACH, ids])
        rows = cursor.fetchall()
    batch: list[str] = []
    length = 0
    for document_id, more in rows:
        if batch and length + more > AT_ONCE:
            yield batch
            batch, length = [], 0
        batch.append(str(document_id))
        length += more
    yield batch


def _write_words(ids: list[str], reach: int) -> None:
    """Write the words; of a text with more different ones than fit, those of its beginning."""
    try:
        with transaction.atomic():
            _execute(_WORDS, {**_RULES, "ids": ids, "reach": reach})
    except DatabaseError as error:
        if not isinstance(error.__cause__, ProgramLimitExceeded) or reach <= LEAST:
            raise
        half = len(ids) // 2
        for some in (ids[:half], ids[half:]) if half else ():
            _write_words(some, reach)
        if not half:
            _write_words(ids, reach // 4)


def _execute(statement: str, parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
