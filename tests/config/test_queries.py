"""Slow statements, and those that one request sends again and again, are told of in the log."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from config.queries import MOST_ALIKE, QueryWatchMiddleware, shape_of, watched
from tests.client import Client
from users.models import User

pytestmark = pytest.mark.django_db


def test_a_shape_has_no_values_and_no_lengths() -> None:
    assert shape_of("SELECT 'it''s' FROM a WHERE b IN (%s, %s,%s)") == (
        "SELECT ? FROM a WHERE b IN (%s…)"
    )
    assert shape_of("INSERT INTO a VALUES (%s), (%s)") == "INSERT INTO a VALUES (%s…)…"
    assert shape_of("INSERT INTO a VALUES (%s, %s), (%s, %s)") == "INSERT INTO a VALUES (%s…)…"
    assert len(shape_of("SELECT " + "a, " * 1000)) == 1000


def run(statement: str, times: int = 1) -> None:
    with connection.cursor() as cursor:
        for _ in range(times):
            cursor.execute(statement, [0.02])


def test_a_slow_statement_is_told_of(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.SLOW_QUERY_MS = 10
    with watched():
        run("SELECT pg_sleep(%s), 'Ada'")
        run("SELECT %s")
    (told,) = caplog.messages
    assert told.startswith("A statement took ")
    assert told.endswith(" ms: SELECT pg_sleep(%s), ?")


def test_a_slow_statement_that_fails_is_told_of(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SLOW_QUERY_MS = 10
    with watched(), pytest.raises(DatabaseError), atomic():
        run("SELECT pg_sleep(%s), 1 / (random() * 0)::int")
    assert len(caplog.messages) == 1


def test_a_query_for_each_row_is_told_of(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DEBUG, settings.SLOW_QUERY_MS = True, 0
    with watched():
        run("SELECT %s", MOST_ALIKE)
        run("SELECT %s, 1", MOST_ALIKE + 1)
    assert caplog.messages == [f"A statement was sent {MOST_ALIKE + 1} times: SELECT %s, 1"]


def test_requests_are_watched_while_developing(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        for _ in range(MOST_ALIKE + 1):
            User.objects.exists()
        return HttpResponse()

    settings.DEBUG = True
    QueryWatchMiddleware(view)(RequestFactory().get("/"))
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("wanted", [True, False])
def test_nothing_is_watched_unless_it_is_wanted(
    settings: Settings, wanted: bool, stranger: Client
) -> None:
    settings.SLOW_QUERY_MS = int(wanted)
    watching: list[int] = []

    def looking(execute: object, *args: object) -> object:
        watching.append(len(connection.execute_wrappers))
        return execute(*args)  # type: ignore[operator]

    with connection.execute_wrapper(looking):
        assert stranger.get("/projects").status_code == 200
    assert set(watching) == {2 if wanted else 1}
