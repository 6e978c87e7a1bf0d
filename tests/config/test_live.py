"""The live stream: who has a ticket hears all that the feed tells, once, whatever goes down."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from config.live import application, hub, reading, streams
from config.live.__main__ import listener
from config.live.server import LiveServer
from documents.models import Project, Role, Worker
from documents.services.workers import any_alive, any_streaming
from tests.client import Client
from tests.config.live_server import address, listening, live_server, settled
from tests.factories import DocumentFactory, UserFactory
from tests.running_site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[[str], Client]


def feed(client: Client, project: Project, query: str = "") -> Any:
    return client.get(f"/projects/{project.pk}/events?limit=500{query}").json()["results"]


# What is heard


def test_tells_at_once_what_the_feed_tells(
    live: LiveServer, curator: Client, project: Project
) -> None:
    DocumentFactory.create(project=project)
    with listening(address(curator, project)) as heard:
        assert heard.response.headers["Content-Type"] == "text/event-stream"
        assert heard.response.headers["Cache-Control"] == "no-store"
        document = DocumentFactory.create(project=project)
        (message,) = heard.take(1)
    (_, told) = feed(curator, project)
    assert (message.event, message.data["target_id"]) == ("document.created", str(document.pk))
    assert message.id == message.data["cursor"]
    assert message.data | {"cursor": ""} == told | {"cursor": ""}


def test_all_that_listen_from_wherever_are_told(
    live: LiveServer, curator: Client, project: Project
) -> None:
    DocumentFactory.create_batch(3, project=project)
    first, _, third = feed(curator, project)
    with (
        listening(address(curator, project)) as from_now,
        listening(address(curator, project, f"?after={third['cursor']}")) as from_the_end,
        listening(address(curator, project, f"?after={first['cursor']}")) as from_before,
    ):
        from_before.take(2)
        for _ in range(3):
            made = DocumentFactory.create(project=project)
            for heard in (from_now, from_the_end, from_before):
                assert heard.take(1)[0].data["target_id"] == str(made.pk)


def test_the_last_event_id_goes_before_the_address(
    live: LiveServer, curator: Client, project: Project
) -> None:
    DocumentFactory.create_batch(3, project=project)
    first, second, third = feed(curator, project)
    url = address(curator, project, f"?after={first['cursor']}")
    with listening(url, Last_Event_ID=second["cursor"]) as heard:
        assert heard.take(1)[0].data["id"] == third["id"]
    by_the_api = address(
        curator, project, f"?after={first['cursor']}", Last_Event_ID=second["cursor"]
    )
    with listening(by_the_api) as heard:
        assert heard.take(1)[0].data["id"] == third["id"]


def test_tells_more_than_fits_in_one_reading(
    live: LiveServer, curator: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.live.reading.AT_ONCE", 2)
    cursor = curator.get(f"/projects/{project.pk}/events?after=now").json()["cursor"]
    DocumentFactory.create_batch(7, project=project)
    with listening(address(curator, project, f"?after={cursor}")) as heard:
        got = [message.data["id"] for message in heard.take(7)]
    assert got == [event["id"] for event in feed(curator, project)]


def test_tells_what_is_asked_for(live: LiveServer, member: Make, project: Project) -> None:
    manager = member(Role.MANAGER)
    with listening(address(manager, project, "?action=label&target_type=label")) as heard:
        DocumentFactory.create(project=project)
        manager.post(f"/projects/{project.pk}/labels", {"kind": "span", "name": "person"})
        assert heard.take(1)[0].event == "label.created"


def test_says_where_it_is_before_anything_happens(
    live: LiveServer, curator: Client, project: Project
) -> None:
    with listening(address(curator, project)) as heard:
        assert next(heard.lines) == "retry: 3000"
        name, _, cursor = next(heard.lines).partition(": ")
    assert name == "id"
    DocumentFactory.create(project=project)
    assert len(feed(curator, project, f"&after={cursor}")) == 1


def test_gives_signs_of_life(
    live: LiveServer, curator: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "HEARTBEAT_SECONDS", 0.05)
    with listening(address(curator, project)) as heard:
        assert ":" in heard.lines
        DocumentFactory.create(project=project)
        assert len(heard.take(1)) == 1


def test_each_event_is_told_once_however_often_a_listener_comes_back(
    live: LiveServer, curator: Client, project: Project
) -> None:
    """Writers write meanwhile; the listener leaves after some events and goes on from the last."""
    cursor = curator.get(f"/projects/{project.pk}/events?after=now").json()["cursor"]
    people = UserFactory.create_batch(3)

    def write(person: Any) -> None:
        try:
            for number in range(8):
                DocumentFactory.create(project=project, actor=person, text=f"{number}.")
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=[person]) for person in people]
    for writer in writers:
        writer.start()
    got: list[int] = []
    last, url = cursor, address(curator, project)
    for count in (1, 2, 5, 7, 9):
        with listening(url, Last_Event_ID=last) as heard:
            got += [message.data["id"] for message in heard.take(count)]
            last = heard.last_id
    for writer in writers:
        writer.join()
    told = [event["id"] for event in feed(curator, project, f"&after={cursor}")]
    assert len(got) == 24
    assert sorted(got) == sorted(told)


# What goes down


def test_what_nobody_was_told_of_is_asked_for(
    member: Make, project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "POLL_SECONDS", 0.1)
    settings.DATABASE_PGBOUNCER = True  # through which nobody can listen
    curator = member(Role.CURATOR)
    with (
        live_server() as (server, settings.LIVE_URL),
        listening(address(curator, project)) as heard,
    ):
        wait_for(lambda: settled(server))
        for _ in range(2):
            DocumentFactory.create(project=project)
            assert len(heard.take(1)) == 1


def test_streams_stay_open_while_the_database_is_away_and_lose_nothing(
    live: LiveServer, curator: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(streams, "RETRY_SECONDS", 0.1)
    with listening(address(curator, project), timeout=40) as heard:  # pools take seconds at times
        wait_for(lambda: settled(live))
        DocumentFactory.create(project=project)
        heard.take(1)
        for _ in range(2):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            made = DocumentFactory.create(project=project)
            (message,) = heard.take(1)
            assert message.data["target_id"] == str(made.pk)


def test_it_tells_that_it_lives_and_that_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "TELL_SECONDS", 0.05)
    with live_server():
        wait_for(any_streaming)
        Worker.objects.update(seen_at="2020-01-01T00:00Z")
        wait_for(any_streaming)  # again and again
        assert not any_alive()  # it does no work
    assert not Worker.objects.exists()


def test_readings_that_fail_are_made_again(
    live: LiveServer, curator: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "RETRY_SECONDS", 0.05)
    failures = iter(range(3))

    def read(*given: Any) -> Any:
        if next(failures, None) is not None:
            raise OperationalError("It is away.")
        return real(*given)

    real = reading.read
    with listening(address(curator, project)) as heard:
        wait_for(lambda: settled(live))
        monkeypatch.setattr(streams, "read", read)
        DocumentFactory.create(project=project)
        assert len(heard.take(1)) == 1
    assert next(failures, None) is None


def test_a_database_that_is_away_lets_nobody_in(
    live: LiveServer, curator: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*given: Any) -> Any:
        raise OperationalError("It is away.")

    monkeypatch.setattr(application, "admitted", away)
    answer = httpx.get(address(curator, project))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_fault_of_ours_leaves_nobody_waiting(
    live: LiveServer, curator: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(streams, "read", broken)
    with listening(address(curator, project)) as heard:
        assert heard.rest() == []


def test_a_stop_ends_all_streams(
    transactional_db: None, curator: Client, project: Project, settings: Settings
) -> None:
    with live_server() as (server, settings.LIVE_URL), listening(address(curator, project)) as one:
        server.should_exit = True
        assert one.rest() == []


def test_who_takes_nothing_is_let_go_and_costs_no_memory(
    live: LiveServer, curator: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "SEND_SECONDS", 0.3)
    monkeypatch.setattr(application, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr("config.live.reading._message", lambda *_: b"data: %s\n\n" % (b"x" * 10**6))
    cursor = curator.get(f"/projects/{project.pk}/events?after=now").json()["cursor"]
    DocumentFactory.create_batch(20, project=project)
    where = urlsplit(address(curator, project, f"?after={cursor}"))
    with socket.create_connection(("127.0.0.1", where.port or 0)) as client:
        client.sendall(f"GET {where.path}?{where.query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_for(lambda: live.hub.channels, seconds=10)
        wait_for(lambda: not live.hub.channels, seconds=10)


def test_a_stream_that_is_being_sent_to_reads_on_afterwards() -> None:
    nobody: Any = None
    stream = streams.Stream(nobody, nobody)
    stream.is_busy, stream.is_behind = True, False

    async def ask(*_: Any) -> Any:
        return None

    channel = streams.Channel(ask)
    channel.streams.add(stream)
    asyncio.run(channel._read())
    assert stream.is_behind


def test_it_listens_where_no_bound_on_silence_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "TCP_USER_TIMEOUT")
    with listener("127.0.0.1:0") as made:
        assert made.getsockname()[1]
