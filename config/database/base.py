"""The backend that settings name; Django looks for this module."""

from __future__ import annotations

from select import POLLIN, poll
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg import Connection, Error
from psycopg_pool import ConnectionPool


class Operations(operations.DatabaseOperations):
    """It tells in debug logs of prepared statements too, of which psycopg keeps no text."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """Return the statement, with its values where they are in it."""
        return super().last_executed_query(cursor, sql, params) or str(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """It takes from the pool what the server has not closed meanwhile."""

    ops_class = Operations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that works; raises PoolTimeout when none comes in time."""
        while True:
            connection = super().get_new_connection(conn_params)
            if is_alive(connection):
                return connection
            self._give_up(connection)

    def _give_up(self, connection: Connection[Any]) -> None:
        """Have the pool make another one in its stead."""
        connection.close()
        pool: Any = self.pool  # type: ignore[attr-defined]
        pool.putconn(connection)


def is_alive(connection: Connection[Any]) -> bool:
    """Return whether an idle connection works, which is asked of the server only if it has spoken.

    A server that ends a connection says so and closes it: then there is something to read. To ask
    at every request would cost a round trip. Where a network swallowed the connection without a
    word, the first statement fails, as it may after any look.
    """
    heard = poll()
    try:
        heard.register(connection.fileno(), POLLIN)
        if heard.poll(0):
            ConnectionPool.check_connection(connection)
    except Error:
        return False
    return True
