"""Statements that the database parses and plans once for each connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, NotSupportedError, OperationalError, connections
from django.db.backends.postgresql.base import ServerBindingCursor  # type: ignore[attr-defined]


@contextmanager
def prepared(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> Iterator[Any]:
    """Run a statement that the database parses and plans once for each connection.

    Behind a PgBouncer it is planned each time: settings then name no `prepare_threshold`. Raises
    OperationalError where a migration has changed what the statement is about, and gives that
    connection up: its plans are of the past.
    """
    own: Any = connections[DEFAULT_DB_ALIAS]  # looked up once, for each look takes its time
    own.ensure_connection()
    with own.wrap_database_errors:
        cursor = own._prepare_cursor(ServerBindingCursor(own.connection))  # noqa: SLF001
    with cursor:
        try:
            cursor.execute(sql, params)
        except NotSupportedError as error:
            own.connection.close()
            raise OperationalError("A statement was prepared before a migration.") from error
        yield cursor
