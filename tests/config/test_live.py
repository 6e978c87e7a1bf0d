"""The live stream: who has a ticket hears all that the feed tells, once, whatever goes down."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from django.core import signing
from django.db import OperationalError, connection
from pytest_django import Settings

from config.live import application, hub, reading, streams
from config.live.__main__ import listener
from config.live.server import LiveServer
from documents.models import Membership, Project, Role
from tests.client import Client
from tests.config.live_server import listening, live_server
from tests.factories import DocumentFactory, UserFactory, token_of
from tests.running_site import wait_for
from users.models import AccessToken, LoginSession, Scope
from users.services import events
from users.services.log_restoration import declare_restored

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[[str], Client]


@pytest.fixture
def live(
    transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveServer]:
    """Return a running server that the API leads to; it asks for news only when it is told."""
    monkeypatch.setattr(hub, "POLL_SECONDS", 60.0)
    with live_server() as (server, address):
        settings.LIVE_URL = address
        yield server


@pytest.fixture
def curator(member: Make) -> Client:
    return member(Role.CURATOR)


def address(client: Client, project: Project, query: str = "", **headers: str) -> str:
    """Return where the API leads who wants to listen."""
    answer = client.get(f"/projects/{project.pk}/events/stream{query}", **headers)
    assert answer.status_code == 307, answer.content
    return str(answer["Location"])


def feed(client: Client, project: Project, query: str = "") -> Any:
    return client.get(f"/projects/{project.pk}/events?limit=500{query}").json()["results"]


def refusal(url: str, **headers: str) -> tuple[int, str]:
    answer = httpx.get(url, headers=headers, timeout=10)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, str(answer.json()["code"])


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


def settled(server: LiveServer) -> bool:
    """Return whether all streams have been read for."""
    channels = list(server.hub.channels.values())
    return bool(channels) and not any(
        stream.is_behind for channel in channels for stream in list(channel.streams)
    )


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


# Who is let in


def test_a_ticket_can_be_asked_for(live: LiveServer, curator: Client, project: Project) -> None:
    answer = curator.post(f"/projects/{project.pk}/events/ticket")
    assert (answer.status_code, answer.json()["expires_in"]) == (201, 60)
    with listening(answer.json()["url"]) as heard:
        DocumentFactory.create(project=project)
        assert len(heard.take(1)) == 1


def test_a_site_without_a_live_process_says_so(
    curator: Client, project: Project, settings: Settings
) -> None:
    settings.LIVE_URL = ""
    answer = curator.get(f"/projects/{project.pk}/events/stream")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_tickets_that_are_none_let_nobody_in(
    live: LiveServer, curator: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = address(curator, project)
    (ticket,) = parse_qs(urlsplit(url).query)["ticket"]
    start = url.partition("?")[0]
    for wrong in ("", "x", ticket[:-1], signing.dumps({"project_id": str(project.pk)})):
        assert refusal(f"{start}?ticket={wrong}") == (403, "ticket_invalid")
    assert refusal(start) == (403, "ticket_invalid")
    assert refusal(f"{start}?ticket={ticket}&ticket={ticket}") == (400, "invalid_query")
    assert refusal(f"{start}?ticket={ticket}&after=x") == (400, "invalid_query")
    elsewhere = start.replace(str(project.pk), str(uuid4()))
    assert refusal(f"{elsewhere}?ticket={ticket}") == (403, "ticket_invalid")
    a_minute_ago = time.time() - 61
    monkeypatch.setattr("django.core.signing.time.time", lambda: a_minute_ago)
    old = address(curator, project)
    monkeypatch.undo()
    assert refusal(old) == (403, "ticket_invalid")


def end_session(client: Client, project: Project) -> None:
    LoginSession.objects.filter(user=client.person).update(ended_at="2020-01-01T00:00Z")


def deactivate(client: Client, project: Project) -> None:
    type(client.person).objects.filter(pk=client.person.pk).update(is_active=False)


def remove(client: Client, project: Project) -> None:
    Membership.objects.filter(user=client.person).delete()


def demote(client: Client, project: Project) -> None:
    Membership.objects.filter(user=client.person).update(role=Role.ANNOTATOR)


def delete(client: Client, project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(deleted_at="2020-01-01T00:00Z")


def restore_a_backup(client: Client, project: Project) -> None:
    declare_restored()


ENDS = [end_session, deactivate, remove, demote, delete]


@pytest.mark.parametrize("end", ENDS)
def test_who_is_out_is_not_let_in_by_an_earlier_ticket(
    live: LiveServer, curator: Client, project: Project, end: Callable[..., None]
) -> None:
    url = address(curator, project)
    end(curator, project)
    assert refusal(url) == (403, "ticket_invalid")


@pytest.mark.parametrize("end", [*ENDS, restore_a_backup])
def test_who_is_out_hears_no_more(
    live: LiveServer,
    curator: Client,
    project: Project,
    end: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "RECHECK_SECONDS", 0.1)
    with listening(address(curator, project)) as heard:
        wait_for(lambda: settled(live))
        end(curator, project)
        assert heard.rest() == []


def test_a_token_listens_as_long_as_it_is_good(
    live: LiveServer, curator: Client, project: Project
) -> None:
    text = token_of(curator.person, scope=Scope.READ, project_id=project.pk)
    scripts = Client.with_token(text)
    url = address(scripts, project, "?action=document")
    with listening(url) as heard:
        DocumentFactory.create(project=project)
        assert len(heard.take(1)) == 1
        AccessToken.objects.update(revoked_at="2020-01-01T00:00Z")
        DocumentFactory.create(project=project)
        assert heard.rest() == []
    assert refusal(url) == (403, "ticket_invalid")


def test_nobody_listens_too_often(
    live: LiveServer,
    curator: Client,
    project: Project,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = address(curator, project)
    with listening(url):
        settings.LIVE_MAX_LISTENERS = 1
        assert refusal(url) == (503, "unavailable")
        settings.LIVE_MAX_LISTENERS = 10
        monkeypatch.setattr(hub, "MOST_OF_ONE", 1)
        assert refusal(url) == (429, "rate_limited")
    wait_for(lambda: not live.hub.channels, seconds=10)
    with listening(url):
        pass


def test_what_anybody_tells_the_database_does_no_harm(
    live: LiveServer, curator: Client, project: Project
) -> None:
    with listening(address(curator, project)) as heard:
        with connection.cursor() as cursor:
            for told in ("x", str(uuid4())):
                cursor.execute("SELECT pg_notify(%s, %s)", [events.CHANNEL, told])
        DocumentFactory.create(project=project)
        assert len(heard.take(1)) == 1


# Over HTTP


def test_what_it_does_not_answer(live: LiveServer, settings: Settings) -> None:
    assert httpx.get(f"{settings.LIVE_URL}/healthz").json() == {"status": "ok"}
    for path in ("/", "/projects", f"/projects/{'-' * 36}/events", f"/projects/{uuid4()}/x"):
        assert refusal(f"{settings.LIVE_URL}{path}") == (404, "not_found")
    assert httpx.post(f"{settings.LIVE_URL}/healthz").status_code == 405


def test_only_pages_of_known_origins_may_read(
    live: LiveServer, curator: Client, project: Project, settings: Settings
) -> None:
    url = address(curator, project)
    name = "Access-Control-Allow-Origin"
    ours, other = "https://front.example", "https://evil.example"
    with listening(url, Origin="null") as heard:
        assert name not in heard.response.headers
    settings.CORS_ALLOWED_ORIGINS = [ours]
    for origin in (ours, "null"):
        with listening(url, Origin=origin) as heard:
            assert heard.response.headers[name] == origin
            assert heard.response.headers["Vary"] == "Origin"
    with listening(url, Origin=other) as heard:
        assert name not in heard.response.headers
    asked = {"Access-Control-Request-Method": "GET", "Origin": ours}
    preflight = httpx.options(url, headers=asked)
    assert (preflight.status_code, preflight.headers[name]) == (204, ours)
    assert "last-event-id" in preflight.headers["Access-Control-Allow-Headers"]
    refused = httpx.options(url, headers=asked | {"Origin": other})
    assert name not in refused.headers


def test_every_answer_has_the_id_of_its_request(live: LiveServer, settings: Settings) -> None:
    told = httpx.get(f"{settings.LIVE_URL}/x", headers={"X-Request-ID": "of-mine"})
    assert told.headers["X-Request-ID"] == told.json()["request_id"] == "of-mine"


def test_the_main_site_never_streams(
    live: LiveServer, curator: Client, project: Project, settings: Settings
) -> None:
    answer = curator.get(f"/projects/{project.pk}/events/stream")
    assert answer.status_code == 307
    assert answer.content == b""
    assert answer["Cache-Control"] == "private, no-store"
    where = urlsplit(answer["Location"])
    assert f"{where.scheme}://{where.netloc}" == settings.LIVE_URL
    assert UUID(where.path.split("/")[2]) == project.pk


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
