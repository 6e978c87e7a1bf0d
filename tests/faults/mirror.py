"""Rows as the feed of a project tells of them over HTTP, and as they stand in the tables."""

from __future__ import annotations

import json
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.faults.people import Desk, Person
from users.copying import as_json

TABLES = {
    "annotation": "annotations_annotation",
    "annotationset": "annotations_annotationset",
    "relation": "annotations_relation",
    "label": "annotations_label",
    "document": "documents_document",
}
# Its worker makes versions of a document of which no event tells, until it is ready.
STEADY = TABLES.keys() - {"document"}
Rows = dict[tuple[str, str], Any]


class Mirror:
    """Who follows a project's feed from its beginning."""

    def __init__(self, desk: Desk) -> None:
        self.person = Person(desk.client(desk.manager.http.headers), desk.ledger)
        self.path = f"{desk.path}/events"
        self.cursor = ""
        self.events: list[Any] = []
        self.rows: Rows = {}

    def follow(self, limit: int = 500) -> None:
        """Read all that there is, a page after the other."""
        has_more = True
        while has_more:
            after = f"&after={self.cursor}" if self.cursor else ""
            page = self.person.get(f"{self.path}?limit={limit}{after}")
            for event in page["results"]:
                self._apply(event)
            self.cursor, has_more = page["cursor"], page["has_more"]

    def _apply(self, event: Any) -> None:
        self.events.append(event)
        key = (event["target_type"], event["target_id"])
        if event["target_type"] in STEADY:  # nothing is left out, nothing before its cause
            known = self.rows.get(key)
            assert (known is None) == (event["before"] is None)
            assert known is None or known == event["before"]
        if event["target_type"] in TABLES:
            self.rows[key] = event["after"]


def tables(desk: Desk, like: Rows) -> Rows:
    """Return the rows of a project as they stand, of each the columns that `like` has."""
    found: Rows = {}
    with psycopg.connect(desk.site.server.url, row_factory=dict_row) as connection:
        connection.execute("SET timezone TO 'UTC'")
        for kind, table in TABLES.items():
            query = f"SELECT * FROM {table} WHERE project_id = %s"
            for row in connection.execute(query, [desk.project]):
                key = (kind, str(row["id"]))
                columns = like.get(key, {"id": None})
                found[key] = json.loads(as_json({name: row[name] for name in columns}))
    return found


def require_whole(desk: Desk, *mirrors: Mirror) -> None:
    """Require: accepted = stored = events, for those who followed and who reads it all now."""
    late = Mirror(desk)
    for mirror in (*mirrors, late):
        mirror.follow()
        ids = [event["id"] for event in mirror.events]
        assert len(ids) == len(set(ids)), "an event was told twice"
        assert mirror.rows == tables(desk, mirror.rows)
    desk.ledger.require(late.events)
    require_related(late.rows)
    require_listed(desk, late.rows)


def require_related(rows: Rows) -> None:
    """Require that relations are there exactly where both ends are."""
    for (kind, _), row in rows.items():
        if kind == "relation":
            ends = [rows["annotation", row[end]] for end in ("source_id", "target_id")]
            is_joined = all(end["deleted_at"] is None for end in ends)
            assert is_joined == (row["deleted_at"] is None)


def require_listed(desk: Desk, rows: Rows) -> None:
    """Require that the document's list shows exactly the annotations that the events leave."""
    alive = {
        key: row["version"]
        for (kind, key), row in rows.items()
        if kind == "annotation" and row["deleted_at"] is None
    }
    shown: dict[str, int] = {}
    following = f"/documents/{desk.document}/annotations?limit=500"
    while following:
        page = desk.manager.get(following)
        shown |= {one["id"]: one["version"] for one in page["results"]}
        following = page["next"]
    assert shown == alive
