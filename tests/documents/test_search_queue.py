"""The words of many documents are read by workers, soon after the commit that brought them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from config.database import statistics
from documents import search_index, search_queue
from documents.models import Document, Project, SearchEntry, Unindexed
from tests.client import Client
from tests.factories import DocumentFactory
from tests.threads import at_once, start_until_it_waits

pytestmark = pytest.mark.django_db
Queue = Callable[..., list[Document]]


@pytest.fixture
def queue(project: Project, monkeypatch: pytest.MonkeyPatch) -> Queue:
    """Return a function that queues new documents of the project, of which none is found yet."""

    def add(count: int = 1, **fields: Any) -> list[Document]:
        made = [DocumentFactory.create(project=project, **fields) for _ in range(count)]
        SearchEntry.objects.filter(document__in=made).delete()
        monkeypatch.setattr(search_index, "FEW", 0)
        with transaction.atomic():
            search_index.index_later(document.pk for document in made)
        return made

    return add


def found(client: Client, project: Project, word: str) -> int:
    """Return how many documents a search finds."""
    answer = client.get(f"/projects/{project.pk}/documents?search={word}")
    assert answer.status_code == 200
    return len(answer.json()["results"])


def awaiting(client: Client, project: Project) -> Any:
    """Return how many documents the project is said to have that wait."""
    return client.get(f"/projects/{project.pk}/usage").json()["awaiting_index"]


def test_many_are_found_once_a_worker_was_there(
    queue: Queue, viewer: Client, project: Project
) -> None:
    queue(3)
    assert (found(viewer, project, "turin"), awaiting(viewer, project)) == (0, 3)
    assert search_queue.index_next() == 3
    assert (found(viewer, project, "turin"), awaiting(viewer, project)) == (3, 0)
    assert search_queue.index_next() == 0


def test_a_few_are_found_at_once(project: Project, viewer: Client) -> None:
    document = DocumentFactory.create(project=project)
    SearchEntry.objects.all().delete()
    with transaction.atomic():
        search_index.index_later([document.pk])
    assert (found(viewer, project, "turin"), awaiting(viewer, project)) == (1, 0)


def test_declared_metadata_are_filtered_by_at_once(
    queue: Queue, manager: Client, project: Project
) -> None:
    manager.post(f"/projects/{project.pk}/metadata-fields", {"name": "year", "type": "number"})
    queue(metadata={"year": 1843})
    answer = manager.get(f"/projects/{project.pk}/documents?metadata.year.gt=1800")
    assert len(answer.json()["results"]) == 1


def test_a_worker_is_told_after_the_commit(
    queue: Queue,
    working: Callable[[], AbstractContextManager[Any]],
    viewer: Client,
    project: Project,
) -> None:
    with working():
        queue(2)
        assert found(viewer, project, "turin") == 0
    assert found(viewer, project, "turin") == 2


def test_what_is_rolled_back_waits_for_nobody(queue: Queue) -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert not Unindexed.objects.exists()


def test_a_document_that_waits_several_times_is_one(
    queue: Queue, viewer: Client, project: Project
) -> None:
    [document] = queue()
    with transaction.atomic():
        search_index.index_later([document.pk, document.pk])
    assert str(Unindexed.objects.first()) == str(document.pk)
    assert awaiting(viewer, project) == 1
    search_queue.index_next()
    assert (found(viewer, project, "turin"), awaiting(viewer, project)) == (1, 0)


def test_an_erased_document_is_not_found_again(queue: Queue) -> None:
    [document] = queue()
    Document.objects.update(deleted_at=timezone.now(), erased_at=timezone.now())
    search_queue.index_next()
    assert not SearchEntry.objects.filter(document=document).exists()
    assert not Unindexed.objects.exists()


def test_a_turn_ends(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_queue, "BATCH", 2)
    queue(5)
    monkeypatch.setattr(search_queue, "TURN", 0)
    search_queue.index_waiting()
    assert Unindexed.objects.count() == 3
    monkeypatch.setattr(search_queue, "TURN", 60)
    search_queue.index_waiting()
    assert not Unindexed.objects.exists()


def test_searches_need_not_read_what_was_written_lately(queue: Queue) -> None:
    [document] = queue()
    search_queue.index_waiting()
    assert _pages_of_new_words() == 0
    SearchEntry.objects.all().delete()
    with transaction.atomic():
        search_index.index_documents([document.pk])
    assert _pages_of_new_words() > 0


def _pages_of_new_words() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('search_entry_by_word')")
        (pages,) = cursor.fetchone()
    return int(pages)


@pytest.mark.django_db(transaction=True)
def test_what_is_being_edited_is_left_to_another_time(queue: Queue) -> None:
    edited, other = queue(2)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Document.objects.select_for_update(no_key=True).get(pk=edited.pk)
        taken = start_until_it_waits(pool, search_queue.index_next).result(timeout=30)
    assert taken == 1
    assert Unindexed.objects.get().document_id == edited.pk
    assert SearchEntry.objects.get().document_id == other.pk


@pytest.mark.django_db(transaction=True)
def test_no_former_text_takes_the_place_of_a_new_one(
    queue: Queue, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    [document] = queue(title="Comet")
    index = search_index.index_documents
    edits: list[Any] = []

    def edit() -> Any:
        path = f"/documents/{document.pk}"
        return manager.patch(path, {"title": "Meteor"}, if_match="1").status_code

    with ThreadPoolExecutor(1) as pool:

        def index_while_somebody_edits(ids: Any) -> None:
            monkeypatch.setattr(search_queue, "index_documents", index)
            edits.append(start_until_it_waits(pool, edit))
            assert not edits[0].done()
            index(ids)

        monkeypatch.setattr(search_queue, "index_documents", index_while_somebody_edits)
        search_queue.index_next()
        assert edits[0].result(timeout=30) == 200
    assert "'meteor':1A" in SearchEntry.objects.get().words


@pytest.mark.django_db(transaction=True)
def test_several_workers_share_the_work(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_queue, "BATCH", 2)
    queue(4)
    index = search_index.index_documents
    taken: list[set[str]] = []

    def note(ids: Any) -> None:
        given = {str(one) for one in ids}
        taken.append(given)
        index(given)

    monkeypatch.setattr(search_queue, "index_documents", note)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        assert search_queue.index_next() == 2  # and holds them until the end
        assert start_until_it_waits(pool, search_queue.index_next).result(timeout=30) == 2
    assert not taken[0] & taken[1]
    assert SearchEntry.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_simultaneous_workers_get_through_whatever_waits_twice(queue: Queue) -> None:
    made = queue(6)
    with transaction.atomic():
        search_index.index_later(document.pk for document in reversed(made))
    at_once(*[search_queue.index_waiting] * 3)
    assert not Unindexed.objects.exists()
    assert SearchEntry.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_two_connections_index_what_is_more_than_a_batch(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_queue, "BATCH", 2)
    queue(6)
    index, backends, both = search_index.index_documents, [], Barrier(2)

    def note(ids: Any) -> None:
        backends.append(_backend())
        if len(backends) > 1:
            both.wait(timeout=30)  # neither goes on before the other is at work
        index(ids)

    monkeypatch.setattr(search_queue, "index_documents", note)
    search_queue.index_waiting()
    first, second, third = backends
    assert first in {second, third}
    assert second != third
    assert not Unindexed.objects.exists()


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(pid)


@pytest.mark.django_db(transaction=True)
def test_the_planner_knows_of_many_new_rows_at_once(
    project: Project, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else it takes a table that was filled a moment ago for empty, and reads all of it.
    monkeypatch.setattr(statistics, "FEW", 25)
    texts = [{"text": f"{n} letters"} for n in range(30)]
    manager.post(f"/projects/{project.pk}/documents/bulk", {"documents": texts})
    assert estimated_rows() != 30
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    search_queue.index_waiting()
    assert estimated_rows() == 30


def estimated_rows() -> int:
    """Return how many documents PostgreSQL's planner believes that there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'documents_document'")
        return int(cursor.fetchone()[0])
