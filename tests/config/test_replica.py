"""Reads at a streaming replica, whose replay is held: nobody misses what they know of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import dj_database_url
import httpx
import psycopg
import pytest
from django.db import DatabaseError, connection, connections
from pytest_django import DjangoDbBlocker, Settings

from config.api import replica
from tests.config.away import closed_port, redis_at
from tests.running_site import RunningSite, running_site
from tests.standby import Pair, primary_and_replica

pytestmark = pytest.mark.xdist_group("replica")
KEPT = 3600.0  # seconds, so that nothing is forgotten while a test looks


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with primary_and_replica(tmp_path_factory.mktemp("servers")) as pair:
        yield pair


@pytest.fixture
def both(pair: Pair, django_db_blocker: DjangoDbBlocker, settings: Settings) -> Iterator[Pair]:
    """Take the pair for the site's databases, the replica at the same place as the primary."""
    settings.DATABASE_REPLICA_SECONDS = KEPT
    real = connections["default"]
    known = connections.settings
    pair.let_go()
    with django_db_blocker.unblock():
        for alias, url in (("default", pair.primary), (replica.REPLICA, pair.replica)):
            given = real.settings_dict | dj_database_url.parse(url) | {"OPTIONS": {}}
            known[alias], known[f"{alias} before"] = given, known.get(alias)
            connections[alias] = connections.create_connection(alias)
        yield pair
        for alias in ("default", replica.REPLICA):
            connections[alias].close()
            known[alias] = known.pop(f"{alias} before")
    del known[replica.REPLICA], connections[replica.REPLICA]
    connections["default"] = real
    pair.let_go()


@pytest.fixture(autouse=True)
def _nothing_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica._Away, "until", 0.0)


def ask(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


def is_there() -> bool:
    """Tell whether the handler of a read is at the replica."""
    return bool(ask("SELECT pg_is_in_recovery()")[0])


def locking() -> bool:
    """Lock a row, and tell whether that was done at the replica."""
    ask("SELECT 1 FROM pg_class LIMIT 1 FOR SHARE")
    return is_there()


def write() -> None:
    ask("SELECT pg_logical_emit_message(true, 'a change', '')")


def read_by(who: str, handler: Callable[[], Any] = is_there) -> Any:
    return replica.read_there(handler, who)()


@pytest.mark.usefixtures("both")
def test_reads_are_done_at_the_replica_and_then_the_primary_is_back() -> None:
    assert replica.is_used()
    assert read_by("ada")
    assert not is_there()


def test_who_wrote_reads_at_the_primary_until_the_replica_has_it(both: Pair) -> None:
    assert read_by("ada")
    assert read_by("bea")
    both.hold()
    write()
    replica.renew("ada")
    assert not read_by("ada")
    assert not read_by("ada")
    assert read_by("bea")
    both.let_go()
    assert read_by("ada")


def test_who_comes_anew_reads_nothing_older_than_that(both: Pair) -> None:
    both.hold()
    write()
    assert not read_by("ada")


def test_what_nobody_in_particular_wrote_concerns_everybody(both: Pair) -> None:
    assert read_by("ada")
    both.hold()
    write()
    replica.renew(replica.NOBODY)
    assert not read_by("ada")


def test_who_has_read_at_the_primary_does_not_see_time_go_back(both: Pair) -> None:
    assert read_by("ada")
    both.hold()
    write()
    assert not read_by("ada", locking)  # which only the primary does, and shows what it has
    assert not read_by("ada")


def test_a_place_asked_for_before_a_write_is_not_found_after_it(both: Pair) -> None:
    assert read_by("ada")
    stale = replica._place_of("ada")
    both.hold()
    write()
    replica.renew("ada")
    assert replica._place_of("ada") != stale


@pytest.mark.usefixtures("both")
def test_what_the_replica_refuses_is_done_at_the_primary() -> None:
    assert not read_by("ada", locking)
    assert not is_there()


@pytest.mark.usefixtures("both")
def test_what_takes_too_long_is_not_begun_anew() -> None:
    begun = []

    def cancelled() -> None:
        begun.append(is_there())
        ask("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(60)")

    with pytest.raises(DatabaseError, match="cancel"):
        read_by("ada", cancelled)
    assert begun == [True]


@pytest.mark.usefixtures("both")
def test_a_replica_that_is_away_is_done_without_and_not_asked_for_a_while() -> None:
    there = connections[replica.REPLICA]
    there.close()
    elsewhere = there.settings_dict | {"HOST": "127.0.0.1", "PORT": str(closed_port())}
    away = type(there)(elsewhere, replica.REPLICA)
    connections[replica.REPLICA] = away
    assert not read_by("ada")
    connections[replica.REPLICA] = there
    assert not read_by("ada")
    replica._Away.until = 0.0
    assert read_by("ada")


@pytest.mark.usefixtures("both")
def test_without_a_cache_all_is_read_at_the_primary() -> None:
    with redis_at(closed_port()):
        assert not read_by("ada")
    assert read_by("ada")


@pytest.mark.usefixtures("both")
def test_a_primary_is_no_replica() -> None:
    connections[replica.REPLICA] = connections["default"]
    assert not replica.knows_enough("ada")


# The whole site


@pytest.fixture(scope="module")
def site(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    settings = {"DATABASE_REPLICA_URL": pair.replica, "DATABASE_REPLICA_SECONDS": str(KEPT)}
    folder = tmp_path_factory.mktemp("a site")
    with running_site(folder, DATABASE_URL=pair.primary, REDIS_URL="", **settings) as running:
        yield running


def names(client: httpx.Client) -> set[str]:
    answer = client.get("/projects")
    assert answer.status_code == 200, answer.text
    return {project["name"] for project in answer.json()["results"]}


def hold_once_read_there(pair: Pair, client: httpx.Client) -> set[str]:
    """Hold the replica when a caller was last read there; return the names that were read.

    The site's own workers write too, and one who comes right after that is read at the primary.
    """
    while True:
        pair.let_go()
        read = names(client)
        if pair.was_asked():
            pair.hold()
            return read


def make_project(client: httpx.Client, name: str) -> str:
    answer = client.post("/projects", json={"name": name})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_the_api_reads_at_the_replica_and_keeps_ones_own_writes(
    site: RunningSite, pair: Pair
) -> None:
    with site.client() as ada:
        make_project(ada, "first")
        pair.let_go()
        assert names(ada) == {"first"}
        pair.hold()
        make_project(ada, "second")
        assert names(ada) == {"first", "second"}
        assert ada.head("/projects").status_code == 200
        pair.let_go()
        assert names(ada) == {"first", "second"}


def test_what_others_changed_may_come_later(site: RunningSite, pair: Pair) -> None:
    with site.client() as ada, psycopg.connect(pair.primary, autocommit=True) as other:
        make_project(ada, "before")
        assert hold_once_read_there(pair, ada) == {"before"}
        other.execute("UPDATE documents_project SET name = 'after' WHERE name = 'before'")
        assert names(ada) == {"before"}
        pair.let_go()
        assert names(ada) == {"after"}


def test_the_log_is_followed_at_the_primary_alone(site: RunningSite, pair: Pair) -> None:
    with site.client() as ada, site.client() as bea:
        project = make_project(ada, "of both")
        mine = {"email": bea.get("/users/me").json()["email"], "role": "manager"}
        assert ada.post(f"/projects/{project}/members", json=mine).status_code == 201
        assert hold_once_read_there(pair, ada) == {"of both"}
        label = {"kind": "span", "name": "late"}
        assert bea.post(f"/projects/{project}/labels", json=label).status_code == 201
        assert ada.get(f"/projects/{project}/labels").json()["results"] == []
        told = ada.get(f"/projects/{project}/events").json()["results"]
        assert told[-1]["action"] == "label.created"
        pair.let_go()
