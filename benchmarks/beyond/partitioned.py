"""Ten million annotations in one table, and in 16 partitions by a hash of their project.

The tables have the columns and the B-tree indexes of `annotations_annotation` by which requests
find rows; a partitioned table's keys must hold `project_id`. Each query is explained and run 30
times; told is the fastest, planning included, and how many pages of memory it touched.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from benchmarks.beyond.ground import keep

ROWS = 10_000_000
OF_A_DOCUMENT = 20
OF_A_PROJECT = 50_000
PARTITIONS = 16
REPEATS = 30
INDEXES = (
    "project_id, id",
    "document_id, id",
    "annotation_set_id, start, id",
    "project_id, label_id, id",
    "author_id",
    "label_id",
)
# Ids grow as UUIDv7 do; what stands behind a letter tells what they are of.
FILL: LiteralString = """
INSERT INTO {table} (id, version, created_at, updated_at, start, "end", quote, prefix, suffix, body,
    author_id, document_id, project_id, annotation_set_id, label_id, anchoring, revision_id,
    attributes, exclusive, schema_version_id)
SELECT pg_temp.made('a', n), 1, now(), now(), n %% 1000, n %% 1000 + 7, 'harbour', 'to the ',
    ' of the town', '', pg_temp.made('u', n %% 50), pg_temp.made('d', n / {document}),
    pg_temp.made('p', n / {project}), pg_temp.made('s', n / {document}),
    pg_temp.made('l', n / {project} * 10 + n %% 10), 'written', pg_temp.made('r', n / {document}),
    '{{}}', false, 1
FROM generate_series(%s, %s) AS n
"""
MADE = """
CREATE FUNCTION pg_temp.made(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN (lpad(to_hex(ascii(kind)), 4, '0') || lpad(to_hex(n), 28, '0'))::uuid
"""
OWN = "project_id = %(project)s AND "
QUERIES = {
    "one annotation by its id": "SELECT * FROM {table} WHERE {own} id = %(id)s",
    "those of a document": "SELECT * FROM {table} WHERE {own} document_id = %(document)s"
    " ORDER BY id",
    "counts of 50 documents": "SELECT document_id, count(*) FROM {table}"
    " WHERE {own} document_id = ANY(%(documents)s) GROUP BY document_id",
    "a page of its project": "SELECT * FROM {table} WHERE project_id = %(project)s"
    " AND id > %(id)s ORDER BY id LIMIT 50",
    "how often its project has a label": "SELECT count(*) FROM {table}"
    " WHERE project_id = %(project)s AND label_id = %(label)s",
}


def made(kind: str, number: int) -> UUID:
    """Return the id that `FILL` gives to the row of a kind with a number."""
    return UUID(f"{ord(kind):04x}{number:028x}")


def main() -> None:
    """Fill both tables, run the queries on both and keep what they cost."""
    with database() as connection:
        connection.execute(MADE)
        facts: dict[str, Any] = {"rows": ROWS, "partitions": PARTITIONS, "queries": {}}
        for table in ("plain", "parted"):
            begun = time.perf_counter()
            make(connection, table)
            facts[f"seconds to fill {table}"] = round(time.perf_counter() - begun, 1)
        for name, query in QUERIES.items():
            facts["queries"][name] = costs(connection, query)
            print(name, facts["queries"][name], flush=True)
        facts["seconds to remove a project"] = {
            table: removal(connection, table) for table in ("plain", "parted")
        }
        keep("partitioned", facts)


@contextmanager
def database() -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection to a migrated database of its own, which is dropped afterwards."""
    server, name = os.environ["DATABASE_URL"], "postil_beyond_partitioned"
    with psycopg.connect(server, autocommit=True) as first:
        first.execute(f"DROP DATABASE IF EXISTS {name}")
        first.execute(f"CREATE DATABASE {name}")
        url = server.rpartition("/")[0] + f"/{name}"
        given = {**os.environ, "DATABASE_URL": url}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=given, check=True)
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("SET synchronous_commit = off; SET maintenance_work_mem='512MB'")
                connection.execute("SET jit = off; SET max_parallel_workers_per_gather = 0")
                yield connection
        finally:
            first.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make(connection: psycopg.Connection[Any], table: str) -> None:
    """Make a table of the shape of the annotations', fill it and index it."""
    how = "PARTITION BY HASH (project_id)" if table == "parted" else ""
    run(connection, f"CREATE TABLE {table} (LIKE annotations_annotation INCLUDING DEFAULTS) {how}")
    for number in range(PARTITIONS if how else 0):
        bound = f"WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        run(connection, f"CREATE TABLE {table}_{number} PARTITION OF {table} FOR VALUES {bound}")
    fill: Any = FILL.format(table=table, document=OF_A_DOCUMENT, project=OF_A_PROJECT)
    step = ROWS // 10
    for first in range(0, ROWS, step):
        connection.execute(fill, [first, first + step - 1])
    run(connection, f"ALTER TABLE {table} ADD PRIMARY KEY ({'project_id, id' if how else 'id'})")
    for columns in INDEXES[1:] if how else INDEXES:  # the key of the partitioned one is the first
        run(connection, f"CREATE INDEX ON {table} ({columns})")
    run(connection, f"VACUUM ANALYZE {table}")


def costs(connection: psycopg.Connection[Any], query: str) -> dict[str, Any]:
    """Return what a query costs on both tables, on the partitioned one with its project and not."""
    told = {"plain": cost(connection, query.format(table="plain", own=""))}
    if "{own}" in query:
        told["parted, by what it is asked for now"] = cost(
            connection, query.format(table="parted", own="")
        )
    told["parted, its project told"] = cost(connection, query.format(table="parted", own=OWN))
    return told


def cost(connection: psycopg.Connection[Any], query: str) -> dict[str, float]:
    """Return the least milliseconds of a query, planned and run, and the pages that it touched."""
    place = ROWS // 2
    asked = {
        "id": made("a", place + 7),
        "document": made("d", place // OF_A_DOCUMENT),
        "documents": [made("d", place // OF_A_DOCUMENT + n) for n in range(50)],
        "project": made("p", place // OF_A_PROJECT),
        "label": made("l", place // OF_A_PROJECT * 10 + 3),
    }
    explained: Any = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {query}"
    plans = [connection.execute(explained, asked).fetchall()[0][0][0] for _ in range(REPEATS)]
    assert plans[0]["Plan"]["Actual Rows"] > 0
    return {
        "ms": round(min(one["Planning Time"] + one["Execution Time"] for one in plans), 3),
        "pages": min(one["Plan"]["Shared Hit Blocks"] for one in plans),
    }


def removal(connection: psycopg.Connection[Any], table: str) -> float:
    """Return how many seconds the rows of one project take to be deleted."""
    begun = time.perf_counter()
    statement: Any = f"DELETE FROM {table} WHERE project_id = %s"
    gone = connection.execute(statement, [made("p", 3)]).rowcount
    assert gone == OF_A_PROJECT
    return round(time.perf_counter() - begun, 2)


def run(connection: psycopg.Connection[Any], statement: str) -> None:
    """Execute a statement made of names of our own."""
    connection.execute(statement)


if __name__ == "__main__":
    main()
