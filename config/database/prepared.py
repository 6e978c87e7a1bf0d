"""Statements that the database parses and plans once for each connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import NotSupportedError, OperationalError, connection
from django.db.backends.postgresql.base import ServerBindingCursor  # type: ignore[attr-defined]


@contextmanager
def prepared(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> Iterator[Any]:
    """Run a statement that the database parses and plans once for each connection.

    Behind a PgBouncer it is planned each time: settings then name no `prepare_threshold`. Raises
    OperationalError where a migration has changed what the statement is about, and gives that
    connection up: its plans are of the past.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        bare = ServerBindingCursor(connection.connection)
        cursor = connection._prepare_cursor(bare)  # type: ignore[attr-defined] # noqa: SLF001
    with cursor:
        try:
            cursor.execute(sql, params)
        except NotSupportedError as error:
            connection.connection.close()
            raise OperationalError("A statement was prepared before a migration.") from error
        yield cursor
