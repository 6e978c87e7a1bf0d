"""The feed of a project over HTTP: who reads on from its cursor is told all that happens, once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction

from config.api.concurrency import ANY_VERSION
from documents.models import Document, Project, Role
from documents.services.documents import delete_document, update_document
from tests.client import Client
from tests.factories import (
    DocumentFactory,
    JobFactory,
    UserFactory,
    service_account_in,
    token_of,
)
from users import feed
from users.models import Event, Scope
from users.services import events
from users.services.events import record

# A snapshot holds what is committed: what a test's own transaction has written is not in it.
pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)
Make = Callable[[str], Client]


def page(client: Client, project: Project, query: str = "") -> Any:
    response = client.get(f"/projects/{project.pk}/events{query}")
    assert response.status_code == 200, response.content
    return response.json()


def actions(client: Client, project: Project, query: str = "") -> list[str]:
    return [event["action"] for event in page(client, project, query)["results"]]


@committed
def test_tells_who_did_what_from_what_to_what(curator: Client, project: Project) -> None:
    person = UserFactory.create()
    document = DocumentFactory.create(project=project, actor=person, title="Ada")
    update_document(
        actor=person, document=document, precondition=ANY_VERSION, changes={"title": "Zoë"}
    )
    told = page(curator, project)
    created, updated = told["results"]
    assert (created["action"], created["before"]) == ("document.created", None)
    assert updated["action"] == "document.updated"
    assert (updated["before"]["title"], updated["after"]["title"]) == ("Ada", "Zoë")
    assert updated["actor"] == str(person.pk)
    assert (updated["target_type"], updated["target_id"]) == ("document", str(document.pk))
    assert updated["transaction"] > created["transaction"]
    assert updated["undoes"] is None
    assert updated["cursor"] != created["cursor"]
    assert told["has_more"] is False


@committed
def test_goes_on_after_the_page_and_after_each_event(curator: Client, project: Project) -> None:
    for _ in range(5):
        DocumentFactory.create(project=project)
    whole = page(curator, project)["results"]
    first = page(curator, project, "?limit=3")
    assert (len(first["results"]), first["has_more"]) == (3, True)
    assert first["cursor"] == first["results"][-1]["cursor"]
    rest = page(curator, project, f"?limit=3&after={first['cursor']}")
    assert (len(rest["results"]), rest["has_more"]) == (2, False)
    assert [e["id"] for e in first["results"] + rest["results"]] == [e["id"] for e in whole]
    assert page(curator, project, f"?after={rest['cursor']}")["results"] == []
    DocumentFactory.create(project=project)
    later = page(curator, project, f"?after={rest['cursor']}")
    assert len(later["results"]) == 1
    from_the_second = page(curator, project, f"?after={whole[1]['cursor']}")
    assert len(from_the_second["results"]) == 4


@committed
def test_begins_now_when_asked_to(curator: Client, project: Project) -> None:
    DocumentFactory.create(project=project)
    begun = page(curator, project, "?after=now")
    assert (begun["results"], begun["has_more"]) == ([], False)
    new = DocumentFactory.create(project=project)
    (event,) = page(curator, project, f"?after={begun['cursor']}")["results"]
    assert event["target_id"] == str(new.pk)


@committed
def test_is_of_one_project(curator: Client, project: Project) -> None:
    other = DocumentFactory.create()
    mine = DocumentFactory.create(project=project)
    told = {event["target_id"] for event in page(curator, project)["results"]}
    assert str(mine.pk) in told
    assert str(other.pk) not in told


@committed
def test_keeps_what_is_asked_for(curator: Client, project: Project) -> None:
    ada, zoe = UserFactory.create_batch(2)
    one = DocumentFactory.create(project=project, actor=ada)
    two = DocumentFactory.create(project=project, actor=zoe)
    delete_document(actor=zoe, document=one, precondition=ANY_VERSION)
    created, deleted = "document.created", "document.deleted"
    assert actions(curator, project, "?action=document") == [created, created, deleted]
    assert actions(curator, project, "?action=document.deleted") == [deleted]
    assert actions(curator, project, "?action=docu") == []
    both = "?action=document.deleted&action=document.created"
    assert actions(curator, project, both) == [created, created, deleted]
    assert actions(curator, project, f"?actor={zoe.pk}") == [created, deleted]
    assert actions(curator, project, "?target_type=job&target_type=label") == []
    assert len(actions(curator, project, "?target_type=document&target_type=label")) == 3
    job = JobFactory.create(project=project)
    with transaction.atomic():
        record(actor=ada, action="job.created", target=job, project_id=project.pk)
    Event.objects.filter(target_id=job.pk).update(document_id=two.pk)  # as of an annotation
    assert actions(curator, project, f"?document={one.pk}") == [created, deleted]
    assert actions(curator, project, f"?document={two.pk}") == [created, "job.created"]


@committed
def test_a_cursor_is_good_under_other_filters(curator: Client, project: Project) -> None:
    DocumentFactory.create(project=project)
    cursor = page(curator, project, "?action=label")["cursor"]
    DocumentFactory.create(project=project)
    assert actions(curator, project, f"?after={cursor}") == ["document.created"]


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "after=.",
        "after=0.eyJ4IjoxfQ==",
        "after=",
        "after=now&after=now",
        "limit=0",
        "limit=501",
        "limit=x",
        "document=x",
        "actor=x",
        f"action={'a' * 61}",
        "action=",
        "previous=x",
        "ordering=at",
        "cursor=x",
    ],
)
def test_what_makes_no_sense_is_refused(curator: Client, project: Project, query: str) -> None:
    response = curator.get(f"/projects/{project.pk}/events?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR])
def test_is_not_for_those_who_may_not_see_what_others_do(
    member: Make, project: Project, role: str
) -> None:
    client = member(role)
    for path in ("events", "events/stream"):
        assert client.get(f"/projects/{project.pk}/{path}").status_code == 403
    assert client.post(f"/projects/{project.pk}/events/ticket").status_code == 403


@committed
def test_is_read_by_tokens_that_may_read(member: Make, project: Project) -> None:
    manager = member(Role.MANAGER)
    reading = Client.with_token(token_of(manager.person, scope=Scope.READ))
    DocumentFactory.create(project=project)
    assert "document.created" in actions(reading, project)
    elsewhere = token_of(manager.person, scope=Scope.READ, project_id=uuid4())
    path = f"/projects/{project.pk}/events"
    assert Client.with_token(elsewhere).get(path).status_code == 404


@committed
def test_what_only_managers_are_told_stays_so(member: Make, project: Project) -> None:
    manager, curator = member(Role.MANAGER), member(Role.CURATOR)
    invited = {"role": "viewer", "email": "ada@example.org"}
    answer = manager.post(f"/projects/{project.pk}/invitations", invited)
    assert answer.status_code == 201, answer.content
    assert "invitation.created" not in actions(curator, project)
    told = page(manager, project, "?action=invitation")["results"]
    assert [event["action"] for event in told] == ["invitation.created"]
    assert told[0]["after"]["role"] == "viewer"
    assert "email" not in told[0]["after"]  # as in the security log


@committed
def test_the_use_of_tokens_shows_nothing_that_the_security_log_hides(
    member: Make, project: Project
) -> None:
    account = service_account_in(project, role=Role.CURATOR)
    token = token_of(account.user, project_id=project.pk)
    Client.with_token(token).get(f"/projects/{project.pk}")
    (used,) = page(member(Role.MANAGER), project, "?action=access_token.used")["results"]
    assert used["after"].keys() == {"address", "user_agent"}


@committed
def test_waits_for_nobody_and_leaves_nobody_out(
    curator: Client, project: Project, other_connection: psycopg.Connection[Any]
) -> None:
    insert = (
        "INSERT INTO users_event (action, target_type, target_id, request_id, at, project_id)"
        " VALUES ('long.created', 'long', %s, '', now(), %s)"
    )
    other_connection.execute(insert, [uuid4(), project.pk])
    DocumentFactory.create(project=project)
    told = page(curator, project)
    assert [event["action"] for event in told["results"]] == ["document.created"]
    other_connection.commit()
    assert actions(curator, project, f"?after={told['cursor']}") == ["long.created"]


@pytest.fixture
def other_connection(transactional_db: None) -> Any:
    given = connection.get_connection_params()
    names = {"dbname", "user", "password", "host", "port"}
    with psycopg.connect(**{name: given[name] for name in names & given.keys()}) as opened:
        yield opened


# A log that was restored from a backup


@committed
def test_after_a_restoration_all_is_told_again_and_former_cursors_are_gone(
    curator: Client, project: Project
) -> None:
    before = DocumentFactory.create(project=project)
    future = Event.objects.filter(target_id=before.pk)
    future.update(transaction=10**15)  # as the numbers of another cluster are
    cursor = page(curator, project)["cursor"]
    assert actions(curator, project) == []
    call_command("declare_restored", stdout=StringIO())
    (told,) = page(curator, project)["results"]
    assert told["target_id"] == str(before.pk)
    gone = curator.get(f"/projects/{project.pk}/events?after={cursor}")
    assert (gone.status_code, gone.json()["code"]) == (410, "position_gone")
    again = page(curator, project)["cursor"]
    new = DocumentFactory.create(project=project)
    (event,) = page(curator, project, f"?after={again}")["results"]
    assert event["target_id"] == str(new.pk)


def test_a_cursor_of_another_cluster_is_gone(curator: Client, project: Project) -> None:
    of, _, word = page(curator, project)["cursor"].partition(".")
    gone = curator.get(f"/projects/{project.pk}/events?after=1{of}.{word}")
    assert (gone.status_code, gone.json()["code"]) == (410, "position_gone")


# Who listens to the database


class Heard:
    """What a connection is told of events until now."""

    def __init__(self, opened: psycopg.Connection[Any]) -> None:
        opened.autocommit = True
        opened.execute(f"LISTEN {events.CHANNEL}")
        self.opened = opened

    def now(self) -> list[str]:
        self.opened.execute("SELECT 1")
        return [told.payload for told in self.opened.notifies(timeout=0)]


@pytest.fixture
def heard(other_connection: psycopg.Connection[Any]) -> Heard:
    return Heard(other_connection)


@committed
def test_the_database_is_told_once_for_each_transaction_and_project(
    member: Make, project: Project, heard: Heard
) -> None:
    manager = member(Role.MANAGER)
    heard.now()
    documents = [{"text": f"Text {number}."} for number in range(3)]
    manager.post(f"/projects/{project.pk}/documents/bulk", {"documents": documents})
    assert heard.now() == [str(project.pk)]
    assert manager.get(f"/projects/{project.pk}/documents").status_code == 200
    assert heard.now() == []


@committed
def test_nobody_is_told_of_what_is_undone(project: Project, heard: Heard) -> None:
    with transaction.atomic():
        with suppress(LookupError), transaction.atomic():
            DocumentFactory.create(project=project)
            raise LookupError
        other: Document = DocumentFactory.create()
    assert heard.now() == [str(other.project_id)]


@committed
def test_a_failure_to_tell_harms_nobody(
    member: Make, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "CHANNEL", "x" * 100)  # longer than PostgreSQL takes
    manager = member(Role.MANAGER)
    answer = manager.post(f"/projects/{project.pk}/documents", {"text": "New."})
    assert answer.status_code == 201
    assert manager.get(f"/documents/{UUID(answer.json()['id'])}").status_code == 200


@committed
def test_places_of_readers_meet_at_the_same_present(project: Project) -> None:
    rows = Event.objects.filter(project_id=project.pk)
    early = feed.now()
    DocumentFactory.create(project=project)
    late = feed.now()
    until = feed.now()
    DocumentFactory.create(project=project)
    assert feed.read(rows, early, 10, until)[1] == feed.read(rows, late, 10, until)[1]
    assert len(feed.read(rows, early, 10, until)[0]) == 1
    assert len(feed.read(rows, early, 10)[0]) == 2
    fresh, place = feed.news(rows, late)
    assert fresh.count() == 1
    assert feed.read(rows, place, 10)[0] == []
