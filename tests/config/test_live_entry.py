"""Who is let in to the live stream, for how long, and what the process answers besides."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from django.core import signing
from django.db import connection
from pytest_django import Settings

from config.live import hub, streams
from config.live.server import LiveServer
from documents.models import Membership, Project, Role
from tests.client import Client
from tests.config.live_server import address, listening, refusal, settled
from tests.factories import DocumentFactory, token_of
from tests.running_site import wait_for
from users.models import AccessToken, LoginSession, Scope
from users.services import events
from users.services.log_restoration import declare_restored

pytestmark = pytest.mark.django_db(transaction=True)


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
