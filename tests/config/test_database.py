"""Pooled connections are looked at before they are used, without a word to the server."""

from __future__ import annotations

from select import select

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from config.database.base import is_alive

pytestmark = pytest.mark.django_db(transaction=True)


def backend() -> int:
    """Return which process of the server answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_connection_that_the_server_ended_is_replaced() -> None:
    known = backend()
    connection.close()  # back to the pool, as at the end of a request
    with psycopg.connect(_address()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [known])
    assert backend() != known


def test_a_connection_that_is_told_something_is_kept() -> None:
    with connection.cursor() as cursor:
        cursor.execute("LISTEN postil_test")
    bare = connection.connection
    with psycopg.connect(_address(), autocommit=True) as other:
        other.execute("NOTIFY postil_test")
    assert select([bare], [], [], 10)[0]
    assert is_alive(bare)
    assert not bare.closed


def _address() -> str:
    known = connection.settings_dict
    places = {"dbname": "NAME", "host": "HOST", "port": "PORT", "user": "USER"}
    given = {name: known[place] for name, place in places.items()}
    return make_conninfo(**given, password=known["PASSWORD"] or None)
