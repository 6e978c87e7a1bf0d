"""What PostgreSQL and Argon2id do with the same work when nothing of ours is in between."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg import sql

from benchmarks.load import CLIENTS

# What an import of texts writes: whole rows of these, with all their indexes.
OF_AN_IMPORT = ("documents_document", "documents_revision", "users_event")
OF_SPANS = ("annotations_annotation",)
SIGN_IN_SECONDS = 4.0
# The content of an export: documents with text, their sets, and the annotations of these.
CONTENT = """
    SELECT d.id, d.external_id, d.title, d.language, d.split, d.tags, d.metadata, d.iri,
           d.media_type, d.created_at, r.number, r.sha256, r.text, (
        SELECT json_agg(row_to_json(one)) FROM (
            SELECT s.id, s.kind, s.state, s.author_id, s.version, (
                SELECT json_agg(row_to_json(said)) FROM (
                    SELECT a.id, l.name AS label, a.label_id, a.start, a."end", a.quote, a.prefix,
                           a.suffix, a.attributes, a.body, a.confidence, a.version, a.created_at
                    FROM annotations_annotation a JOIN annotations_label l ON l.id = a.label_id
                    WHERE a.annotation_set_id = s.id AND a.deleted_at IS NULL
                    ORDER BY a.start, a."end", a.id) said) AS annotations
            FROM annotations_annotationset s WHERE s.document_id = d.id) one) AS sets
    FROM documents_document d JOIN documents_revision r ON r.id = d.revision_id
    WHERE d.project_id = %s AND d.deleted_at IS NULL ORDER BY d.id
"""


def copy_plain(database: str, rows: Iterable[tuple[str, ...]]) -> float:
    """Return rows a second of COPY into a table of text columns with a primary key."""
    given = list(rows)
    columns = ", ".join(f"c{n} text" for n in range(1, len(given[0])))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE benchmark_copy (c0 text PRIMARY KEY, {columns})")
        begun = time.perf_counter()
        with connection.cursor().copy("COPY benchmark_copy FROM STDIN") as copy:
            for row in given:
                copy.write_row(row)
        seconds = time.perf_counter() - begun
        connection.execute("DROP TABLE benchmark_copy")
    return len(given) / seconds


def copy_into_tables(
    database: str, tables: Iterable[str], project: str, at_once: int | None = None
) -> float:
    """Return rows a second of COPY of a project's own rows into like tables with all indexes.

    Rows are counted in the first table; `at_once` commits after so many of them, as requests do.
    """
    seconds, counted = 0.0, 0
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        for table in tables:
            lines = _rows_of(connection, table, project)
            counted = counted or len(lines)
            seconds += _copy_lines(connection, table, lines, at_once or len(lines))
    return counted / seconds


def _rows_of(connection: psycopg.Connection, table: str, project: str) -> list[bytes]:
    """Return rows as COPY writes them, a line each."""
    query = sql.SQL("COPY (SELECT * FROM {} WHERE project_id = {}) TO STDOUT")
    of_project = query.format(sql.Identifier(table), sql.Literal(project))
    if table == "documents_revision":
        of_project = sql.SQL(
            "COPY (SELECT r.* FROM documents_revision r JOIN documents_document d"
            " ON d.id = r.document_id WHERE d.project_id = {}) TO STDOUT"
        ).format(sql.Literal(project))
    with connection.cursor().copy(of_project) as copy:
        return [bytes(row) for row in copy]


def _copy_lines(
    connection: psycopg.Connection, table: str, lines: list[bytes], at_once: int
) -> float:
    connection.execute(f"CREATE TABLE benchmark_rows (LIKE {table} INCLUDING ALL)")
    begun = time.perf_counter()
    for start in range(0, len(lines), at_once):
        with connection.cursor().copy("COPY benchmark_rows FROM STDIN") as copy:
            copy.write(b"".join(lines[start : start + at_once]))
    seconds = time.perf_counter() - begun
    connection.execute("DROP TABLE benchmark_rows")
    return seconds


def copy_out(database: str, project: str) -> float:
    """Return bytes a second of COPY of a project's content as rows of JSON."""
    with psycopg.connect(database) as connection:
        begun, size = time.perf_counter(), 0
        query = psycopg.ClientCursor(connection).mogrify(CONTENT, [project])
        statement = f"COPY (SELECT row_to_json(c) FROM ({query}) c) TO STDOUT"
        with connection.cursor().copy(statement.encode()) as copy:
            for row in copy:
                size += len(row)
    return size / (time.perf_counter() - begun)


def argon2id() -> float:
    """Return verifications a second of one password, from as many threads as there are clients."""
    from django.contrib.auth.hashers import Argon2PasswordHasher  # after the environment is set

    hasher = Argon2PasswordHasher()
    encoded, end = hasher.encode("a password", hasher.salt()), time.perf_counter() + SIGN_IN_SECONDS

    def verify(_: int) -> int:
        count = 0
        while time.perf_counter() < end:
            assert hasher.verify("a password", encoded)
            count += 1
        return count

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(verify, range(CLIENTS))) / SIGN_IN_SECONDS


def settle(database: str) -> None:
    """Do at once what autovacuum does within a minute, so that it does not do it meanwhile."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
