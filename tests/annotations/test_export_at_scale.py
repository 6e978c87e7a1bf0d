"""Exports of any size go out in flat memory and few queries, while the project goes on changing."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotations.models import Annotation, AnnotationSet, Label
from annotations.services import exports
from annotations.services.export_records import Record
from documents.models import Document, Project, Revision
from documents.offsets import OffsetUnit
from tests.client import Client
from tests.factories import DocumentFactory, UserFactory, schema_version_of
from tests.test_query_plans import HOT
from users.models import User


def make_many(project: Project, number: int, text: str = "Ada", annotations: int = 2) -> None:
    """Insert documents with a text, a set and annotations each, in few statements."""
    person: User = UserFactory.create()
    label = Label.objects.create(project=project, kind="span", name=f"l{number}")
    documents = [Document(project=project, title=f"D{n}", sha256="0") for n in range(number)]
    Document.objects.bulk_create(documents)
    columns = {"project": project, "number": 1, "text": text, "length": len(text)}
    revisions = [Revision(document=document, **columns) for document in documents]
    Revision.objects.bulk_create(revisions)
    for document, revision in zip(documents, revisions, strict=True):
        document.revision, document.status = revision, "ready"
    Document.objects.bulk_update(documents, ["revision", "status"])
    sets = [
        AnnotationSet(project=project, document=d, revision=d.revision, author=person)
        for d in documents
    ]
    AnnotationSet.objects.bulk_create(sets)
    columns = {"project": project, "label": label, "author": person, "quote": "Ada"}
    columns["schema_version"] = schema_version_of(project)
    Annotation.objects.bulk_create(
        Annotation(
            document=one.document,
            annotation_set=one,
            revision=one.revision,
            start=0,
            end=3,
            **columns,
        )
        for one in sets
        for _ in range(annotations)
    )


def records_of(project: Project) -> Iterator[Record]:
    chief = UserFactory.create(is_superuser=True)
    return exports.records(reader=chief, project=project, states=(), unit=OffsetUnit.CODE_POINTS)


def test_thousands_cost_the_same_few_queries_a_batch(
    project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_many(project, 1000)
    records = records_of(project)
    batches = 1000 // exports.BATCH
    with django_assert_num_queries(batches * 5 + 1):
        found = list(records)
    assert len({record["id"] for record in found}) == 1000
    assert [record["title"] for record in found] == [f"D{n}" for n in range(1000)]
    assert all(len(record["annotation_sets"][0]["annotations"]) == 2 for record in found)


def forget_the_tables() -> None:
    """Leave the planner as it is after a first import: without knowledge of what is in a table."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # as for larger ones than a test's
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = ANY(%s::regclass[])", [[*HOT]])
        cursor.execute(
            "UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid = ANY(%s::regclass[])",
            [[*HOT]],
        )


def documents_read() -> int:
    """Return how many rows of documents this transaction has read by their indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = %s",
            ["documents_document"],
        )
        (rows,) = cursor.fetchone()
    return int(rows)


def test_no_batch_reads_the_rest_of_a_project_of_which_nothing_is_known_yet(
    project: Project, curator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 50)
    make_many(project, 1000)
    forget_the_tables()
    before = documents_read()
    response = curator.get(f"/projects/{project.pk}/export")
    assert sum(len(batch.splitlines()) for batch in response.streaming_content) == 1000
    assert documents_read() - before < 10 * 1000


def test_the_first_line_goes_out_before_the_rest_is_read(project: Project, curator: Client) -> None:
    make_many(project, exports.BATCH + 1)
    response = curator.get(f"/projects/{project.pk}/export")
    batches = iter(response.streaming_content)
    with CaptureQueriesContext(connection) as queries:
        lines = next(batches).splitlines()
    assert json.loads(lines[0])["title"] == "D0"
    assert len(lines) == exports.BATCH
    assert len(queries) == 2
    assert len(b"".join(batches).splitlines()) == 1
    response.close()


def peak_of(records: Iterator[Record]) -> int:
    """Return how many bytes at once reading all records takes at most."""
    tracemalloc.start()
    for number, _ in enumerate(records):
        if number % 10 == 0:  # else it counts what nobody holds, as much as is left by chance
            gc.collect()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_memory_stays_flat_however_many_there_are(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 20)
    make_many(project, 40)
    few = peak_of(records_of(project))
    make_many(project, 260)
    assert peak_of(records_of(project)) < 1.5 * few


def test_memory_stays_flat_however_long_they_are(project: Project) -> None:
    make_many(project, 60, text="Ada " * 50_000)  # 12 MB
    assert peak_of(records_of(project)) < 4_000_000


def test_a_text_larger_than_a_batch_comes_out(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH_CHARACTERS", 5)
    for text in ("Ada", "A longer text", "Eve", "Zoë"):
        DocumentFactory.create(project=project, text=text)
    texts = [record["text"] for record in records_of(project)]
    assert texts == ["Ada", "A longer text", "Eve", "Zoë"]


def test_who_is_removed_meanwhile_gets_no_more(project: Project, viewer: Client) -> None:
    make_many(project, exports.BATCH + 1)
    response = viewer.get(f"/projects/{project.pk}/export")
    batches = iter(response.streaming_content)
    assert len(next(batches).splitlines()) == exports.BATCH
    viewer.person.memberships.all().delete()
    assert list(batches) == []
    response.close()


def test_a_batch_that_was_deleted_before_ends_nothing(
    project: Project, curator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 2)
    make_many(project, 6)
    Document.objects.filter(title__in=["D2", "D3"]).update(deleted_at=timezone.now())
    response = curator.get(f"/projects/{project.pk}/export")
    batches = [batch.splitlines() for batch in response.streaming_content]
    titles = [[json.loads(line)["title"] for line in batch] for batch in batches]
    assert titles == [["D0", "D1"], ["D4", "D5"]]


def test_a_batch_that_is_deleted_meanwhile_ends_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 2)
    make_many(project, 6)
    records = records_of(project)
    next(records)
    Document.objects.filter(title__in=["D2", "D3"]).update(deleted_at=timezone.now())
    assert [record["title"] for record in records] == ["D1", "D4", "D5"]
